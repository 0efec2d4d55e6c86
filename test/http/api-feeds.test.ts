import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { CHALLENGES } from '../../server/auth/authenticate.ts';
import { AppError } from '../../server/domain/errors.ts';
import { startApiPlace, type ApiAnswer, type ApiPlace } from './api-place.ts';
import { API_FEEDS, FULL_PULL, PULL, PUSH, rejects } from './api-samples.ts';

const feeds = API_FEEDS;

function parseList(value: unknown): readonly unknown[] {
  assert.ok(Array.isArray(value));
  return value as readonly unknown[];
}

describe('the management API: feeds (design, 3)', () => {
  let place: ApiPlace;
  let names = 0;
  before(async () => {
    place = await startApiPlace();
  });
  after(() => place[Symbol.asyncDispose]());

  const add = async (more: object = {}): Promise<string> => {
    const name = `feed-${++names}`;
    const answer = await place.ask('POST', feeds, { body: { ...PULL, name, ...more } });
    assert.equal(answer.status, 201, answer.text);
    return name;
  };
  const descriptionOf = (answer: ApiAnswer): string => String(answer.json()['description']);

  test('adds a feed with 201, where it is and what it is', async () => {
    const answer = await place.ask('POST', feeds, { body: { ...PULL, name: 'first' } });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.location, '/api/v1/feeds/first');
    assert.deepEqual(answer.json(), {
      ...PULL,
      name: 'first',
      auth: { kind: 'none' },
      defaults: {},
      match: {},
      allowPrivate: false,
      paused: false,
      createdAt: '2018-08-24T18:00:00.000123Z',
      nextRunAt: '2018-08-24T18:00:00.000123Z',
      totals: { objects: 0, accepted: 0, known: 0, rejected: 0 },
      failures: 0,
      runs: [],
      rejects: 0,
    });
    assert.deepEqual((await place.ask('GET', '/api/v1/feeds/first')).json(), answer.json());
  });

  test('hands on every term of a pull and of a push, and no other', async () => {
    const pull = { ...PULL, auth: { kind: 'basic', user: 'us' }, secret: { env: 'FEED_A' } };
    const terms = { defaults: { tlp: 'amber+strict', audiences: ['state'], consent: 'usg' } };
    const since = '2018-08-01T02:00:00.1234567+02:00';
    const name = await add({ ...pull, ...terms, match: { types: ['indicator'] }, since, allowPrivate: true });
    const { ...asked } = place.feeds.requests.at(-1);
    assert.deepEqual(asked, {
      ...pull,
      ...terms,
      name,
      match: { types: ['indicator'] },
      since: Date.UTC(2018, 7, 1) * 1000 + 123_456,
      allowPrivate: true,
    });
    const answer = await place.ask('POST', feeds, { body: { ...PUSH, name: 'out' } });
    assert.equal(answer.status, 201, answer.text);
    const { ...sent } = place.feeds.requests.at(-1);
    assert.deepEqual(sent, { ...PUSH, name: 'out', allowPrivate: false });
    assert.equal(answer.json()['from'], 'state');
    assert.equal(answer.json()['defaults'], undefined);
  });

  test('shows where a feed stands: cursor, counts, failures and runs, with timestamps as TAXII has them (TAXII 2.1, 1.5)', async () => {
    place.feeds.put(FULL_PULL, rejects(3));
    const shown = (await place.ask('GET', `${feeds}/full`)).json();
    assert.deepEqual(shown['cursor'], {
      after: '2018-08-24T17:00:00.000001Z',
      next: 'abc',
      reached: '2018-08-24T17:30:00.000000Z',
    });
    assert.deepEqual(shown['totals'], { objects: 10, accepted: 5, known: 3, rejected: 2 });
    assert.equal(shown.failures, 1);
    assert.equal(shown['retryAt'], '2018-08-24T18:05:00.000000Z');
    assert.deepEqual(shown['lastError'], {
      code: 'partner.busy',
      detail: 'Ask again later.',
      at: '2018-08-24T18:00:00.000000Z',
    });
    const error = shown['lastError'];
    assert.deepEqual(shown['runs'], [
      {
        startedAt: '2018-08-24T18:00:00.000000Z',
        endedAt: '2018-08-24T18:00:01.000000Z',
        result: 'failed',
        counts: { objects: 1, accepted: 1, known: 0, rejected: 0 },
        pages: 1,
        requests: 4,
        bytes: 1000,
        error,
      },
    ]);
    assert.equal(shown['rejects'], 3);
    assert.deepEqual(shown['secret'], { file: '/run/secrets/feed' });
    assert.equal(shown['into'], 'intake');
    assert.equal(shown.id, undefined);
  });

  test('lists all feeds', async () => {
    await using other = await startApiPlace();
    assert.deepEqual((await other.ask('GET', feeds)).json(), { feeds: [] });
    other.feeds.put(FULL_PULL);
    const one = (await other.ask('GET', `${feeds}/full`)).json();
    assert.deepEqual((await other.ask('GET', `${feeds}/`)).json(), { feeds: [one] });
  });

  test('removes a feed with 204, and then it is not there', async () => {
    const name = await add();
    const answer = await place.ask('DELETE', `${feeds}/${name}`);
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.equal((await place.ask('DELETE', `${feeds}/${name}`)).status, 404);
  });

  test('pauses and resumes a feed, with no body or an empty object', async () => {
    const name = await add();
    const paused = await place.ask('POST', `${feeds}/${name}/pause`);
    assert.equal(paused.status, 200);
    assert.equal(paused.json()['paused'], true);
    assert.equal(paused.json()['nextRunAt'], undefined);
    const resumed = await place.ask('POST', `${feeds}/${name}/resume`, { body: {} });
    assert.equal(resumed.json()['paused'], false);
    assert.equal((await place.ask('POST', `${feeds}/${name}/pause`, { body: { now: true } })).status, 400);
    assert.equal((await place.ask('GET', `${feeds}/${name}`)).json()['paused'], false);
  });

  test('says of a feed that is not there 404 with a code of its own, whatever is asked of it', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/rejects'],
      ['POST', '/run'],
      ['POST', '/pause'],
      ['POST', '/resume'],
    ] as const) {
      const answer = await place.ask(method, `${feeds}/nowhere${path}`);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.json()['error_code'], 'feed.not-found');
    }
  });

  test('says 409 of a name that is taken, and 400 with the reason for what the service refuses', async () => {
    const name = await add();
    const taken = await place.ask('POST', feeds, { body: { ...PULL, name } });
    assert.equal(taken.status, 409);
    assert.equal(taken.json()['error_code'], 'feed.exists');
    place.feeds.failWith(new AppError('input.invalid', { detail: 'There is no organisation "isac".' }));
    const refused = await place.ask('POST', feeds, { body: { ...PULL, name: 'refused' } });
    assert.equal(refused.status, 400);
    assert.equal(refused.json()['error_code'], 'input.invalid');
    assert.match(descriptionOf(refused), /There is no organisation "isac"/);
  });

  test('says 500 without a word on the inside for a fault of its own', async () => {
    place.feeds.failWith(new TypeError('secret-of-the-inside'));
    const answer = await place.ask('POST', feeds, { body: { ...PULL, name: 'broken' } });
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /secret-of-the-inside/);
  });

  test('gives rejects with their originals, the newest up to the limit', async () => {
    place.feeds.put(FULL_PULL, rejects(120));
    const listed = async (query: string): Promise<readonly unknown[]> => {
      const answer = (await place.ask('GET', `${feeds}/full/rejects${query}`)).json();
      return parseList(answer['rejects']);
    };
    assert.equal((await listed('')).length, 20);
    assert.equal((await listed('?limit=100')).length, 100);
    assert.deepEqual(await listed('?limit=1'), [
      {
        key: '0'.repeat(64),
        at: '2018-08-24T18:00:00.000000Z',
        id: 'campaign--0',
        reason: '/name: is required',
        originalBytes: 6,
        original: '{"ö":',
      },
    ]);
    for (const query of [
      '?limit=0',
      '?limit=101',
      '?limit=-1',
      '?limit=',
      '?limit=1e1',
      '?limit=1&limit=2',
    ]) {
      const answer = await place.ask('GET', `${feeds}/full/rejects${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(answer.json()['error_code'], 'query.malformed');
    }
  });

  test('leaves originals out of an answer once they have 8 MiB together (design, 5.5)', async () => {
    const large = { key: 'f'.repeat(64), at: 0, reason: 'too large', original: 'x'.repeat(4_194_304) };
    place.feeds.put(FULL_PULL, [large, large, large]);
    const answer = await place.ask('GET', `${feeds}/full/rejects`);
    assert.ok(answer.text.length > 8_388_608 && answer.text.length < 8_400_000, String(answer.text.length));
    assert.equal(answer.text.match(/"originalBytes":4194304/g)?.length, 3);
  });
});

describe('the management API: running a feed (issue 7)', () => {
  let place: ApiPlace;
  before(async () => {
    place = await startApiPlace({ maxRunning: 2 });
    for (const name of ['one', 'two', 'three']) {
      assert.equal((await place.ask('POST', feeds, { body: { ...PULL, name } })).status, 201);
    }
  });
  after(() => place[Symbol.asyncDispose]());

  const endAll = async (): Promise<void> => {
    for (const run of place.feeds.runs) run.end();
    await pause(0);
  };

  test('answers 202 while the run goes on, and 409 when it is asked for again meanwhile', async () => {
    const answer = await place.ask('POST', `${feeds}/one/run`);
    assert.equal(answer.status, 202);
    assert.equal(answer.json()['name'], 'one');
    assert.equal(place.feeds.runs.at(-1)?.options.signal.aborted, false);
    const again = await place.ask('POST', `${feeds}/one/run`);
    assert.equal(again.status, 409);
    assert.equal(again.json()['error_code'], 'feed.running');
    await endAll();
    assert.equal((await place.ask('POST', `${feeds}/one/run`, { body: {} })).status, 202);
    await endAll();
  });

  test('hands on since as a moment, and leaves it out when it is not there', async () => {
    await place.ask('POST', `${feeds}/one/run`);
    assert.equal(place.feeds.runs.at(-1)?.options.since, undefined);
    await endAll();
    await place.ask('POST', `${feeds}/one/run`, { body: { since: '1970-01-01T00:00:00Z' } });
    assert.equal(place.feeds.runs.at(-1)?.options.since, 0);
    await endAll();
    const count = place.feeds.runs.length;
    for (const body of [{ since: 'yesterday' }, { since: 0 }, { from: 1 }, [], 'null', '"x"']) {
      assert.equal((await place.ask('POST', `${feeds}/one/run`, { body })).status, 400, JSON.stringify(body));
    }
    assert.equal(place.feeds.runs.length, count);
  });

  test('does not start more runs at once than it may, and says 503 with Retry-After (design, 5.5)', async () => {
    for (const name of ['one', 'two']) {
      assert.equal((await place.ask('POST', `${feeds}/${name}/run`)).status, 202);
    }
    const third = await place.ask('POST', `${feeds}/three/run`);
    assert.equal(third.status, 503);
    assert.ok(Number(third.headers['retry-after']) > 0);
    await endAll();
    assert.equal((await place.ask('POST', `${feeds}/three/run`)).status, 202);
    await endAll();
  });

  test('logs a run that fails after the answer', async () => {
    assert.equal((await place.ask('POST', `${feeds}/one/run`)).status, 202);
    place.feeds.runs.at(-1)?.end(new AppError('storage.unavailable'));
    await pause(0);
    assert.ok(place.log.some((line) => line.includes('a run that was asked for has failed')));
  });

  test('stops the runs that it started when it is closed, and starts none afterwards', async () => {
    await using other = await startApiPlace();
    await other.ask('POST', feeds, { body: { ...PULL, name: 'one' } });
    assert.equal((await other.ask('POST', `${feeds}/one/run`)).status, 202);
    await other.api.close();
    assert.equal(other.feeds.runs[0]?.options.signal.aborted, true);
    assert.equal((await other.ask('POST', `${feeds}/one/run`)).status, 503);
    assert.equal(other.feeds.runs.length, 1);
  });
});

test('nobody is 401 with the challenges, and everybody but an admin of the hub is 403 (design, 3)', async () => {
  await using place = await startApiPlace();
  await place.ask('POST', feeds, { body: { ...PULL, name: 'one' } });
  const endpoints = [
    ['GET', feeds],
    ['POST', feeds],
    ['GET', `${feeds}/one`],
    ['DELETE', `${feeds}/one`],
    ['GET', `${feeds}/one/rejects`],
    ['POST', `${feeds}/one/run`],
    ['POST', `${feeds}/one/pause`],
    ['POST', `${feeds}/one/resume`],
    ['GET', '/api/v1/openapi.json'],
  ] as const;
  for (const [method, path] of endpoints) {
    const nobody = await place.ask(method, path, { as: 'nobody' });
    assert.equal(nobody.status, 401, path);
    assert.equal(nobody.headers['www-authenticate'], CHALLENGES.join(', '));
    const wrong = await place.ask(method, path, { as: 'nobody', headers: { Authorization: 'Bearer x' } });
    assert.equal(wrong.status, 401, path);
    for (const as of ['analyst', 'watcher', 'elsewhere'] as const) {
      const other = await place.ask(method, path, { as });
      assert.equal(other.status, 403, `${as} ${path}`);
      assert.equal(other.json()['error_code'], 'access.denied');
    }
  }
  assert.equal(place.feeds.runs.length, 0);
  assert.equal((await place.ask('GET', `${feeds}/one`)).json()['paused'], false);
});
