import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { toCollectionId } from '../support/test-directory.ts';
import { startTestServer, TAXII, type Resource, type TestServer } from '../support/test-server.ts';
import { addApiUsers, createAsk, type Ask } from './api-place.ts';
import { API_FEEDS as feeds } from './api-samples.ts';
import { campaigns } from './stix-samples.ts';

const COLLECTIONS = [
  { id: toCollectionId(1), alias: 'shared', title: 'Shared', read: ['anonymous'], write: ['user:writer'] },
  { id: toCollectionId(2), alias: 'copy', title: 'Copy', read: ['org:dhs'], write: ['org:dhs'] },
];

describe('the management API of a running server (issue 7)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-api-'));
  let server: TestServer;
  let ask: Ask;
  before(async () => {
    for (const collection of COLLECTIONS) {
      const text = JSON.stringify({ ...collection, release: { policy: 'as-posted' } });
      writeFileSync(join(folder, `${collection.alias}.json`), text);
    }
    server = await startTestServer({ FEEDS: 'off' }, folder);
    ask = createAsk(server.port, await addApiUsers(server.core.store, false));
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The server is its own partner: what is open to everybody there is copied into another collection. */
  const pullOf = (name: string): Record<string, unknown> => ({
    name,
    direction: 'pull',
    url: `${server.url}/feed/`,
    collection: 'shared',
    cron: '0 0 1 1 *',
    org: 'dhs',
    into: 'copy',
    allowPrivate: true,
  });

  async function waitForRuns(name: string, count: number): Promise<Resource> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const feed = (await ask('GET', `${feeds}/${name}`)).json();
      if (Array.isArray(feed['runs']) && feed['runs'].length >= count) return feed;
      assert.ok(performance.now() < deadline, JSON.stringify(feed));
      await pause(20);
    }
  }

  test('a feed that is added and told to run brings what the partner has, and says so', async () => {
    assert.equal((await server.post('/feed/collections/shared/', campaigns(1, 30))).status, 202);
    const added = await ask('POST', feeds, { body: pullOf('own') });
    assert.equal(added.status, 201, added.text);
    assert.equal(added.json()['into'], 'copy');
    const run = await ask('POST', `${feeds}/own/run`);
    assert.equal(run.status, 202, run.text);
    const feed = await waitForRuns('own', 1);
    assert.deepEqual(feed['totals'], { objects: 30, accepted: 30, known: 0, rejected: 0 });
    assert.equal(feed['lastError'], undefined, JSON.stringify(feed));
    const copied = await server.get('/feed/collections/copy/objects/');
    assert.equal(copied.resource().objects?.length, 30);
    await ask('POST', `${feeds}/own/run`, { body: { since: '1970-01-01T00:00:00Z' } });
    const again = await waitForRuns('own', 2);
    assert.deepEqual(again['totals'], { objects: 60, accepted: 30, known: 30, rejected: 0 });
  });

  test('a feed whose variable is not set fails, and says which one', async () => {
    const secret = { auth: { kind: 'bearer' }, secret: { env: 'FEED_NOT_SET' } };
    assert.equal((await ask('POST', feeds, { body: { ...pullOf('unset'), ...secret } })).status, 201);
    assert.equal((await ask('POST', `${feeds}/unset/run`)).status, 202);
    const feed = await waitForRuns('unset', 1);
    assert.match(JSON.stringify(feed['lastError']), /"secret\.missing".*FEED_NOT_SET/);
  });

  test('a run from a time that no cursor can have is 400, and does not begin', async () => {
    assert.equal((await ask('POST', feeds, { body: pullOf('bounded') })).status, 201);
    for (const since of ['9999-12-31T23:59:59Z', '2255-06-06T00:00:00Z', '1969-12-31T23:59:59.999999Z']) {
      const answer = await ask('POST', `${feeds}/bounded/run`, { body: { since } });
      assert.equal(answer.status, 400, since);
      assert.match(String(answer.json()['description']), /"since" is no time of the years 1970 to 2254/);
    }
    const feed = (await ask('GET', `${feeds}/bounded`)).json();
    assert.deepEqual([feed['startedAt'], feed['cursor'], feed['runs']], [undefined, undefined, []]);
  });

  test('what the service refuses is 400 with what to change', async () => {
    for (const [change, wanted] of [
      [{ org: 'nowhere' }, /organisation/],
      [{ into: 'nowhere' }, /collection/],
      [{ cron: 'always' }, /cron/i],
      [{ org: 'nass' }, /may not write/],
    ] as const) {
      const answer = await ask('POST', feeds, { body: { ...pullOf('refused'), ...change } });
      assert.equal(answer.status, 400, answer.text);
      assert.match(String(answer.json()['description']), wanted);
    }
  });

  test('a feed is paused, listed, resumed and removed', async () => {
    assert.equal((await ask('POST', feeds, { body: pullOf('brief') })).status, 201);
    assert.equal((await ask('POST', feeds, { body: pullOf('brief') })).status, 409);
    assert.equal((await ask('POST', `${feeds}/brief/pause`)).json()['nextRunAt'], undefined);
    assert.match((await ask('GET', feeds)).text, /"name":"brief"/);
    assert.equal(
      (await ask('POST', `${feeds}/brief/resume`)).json()['nextRunAt'],
      '2019-01-01T00:00:00.000000Z',
    );
    assert.deepEqual((await ask('GET', `${feeds}/brief/rejects`)).json(), { rejects: [] });
    assert.equal((await ask('DELETE', `${feeds}/brief`)).status, 204);
    assert.equal((await ask('GET', `${feeds}/brief`)).status, 404);
  });

  test('only an admin of the hub gets on, and TAXII is answered as before', async () => {
    assert.equal((await ask('GET', feeds, { as: 'nobody' })).status, 401);
    assert.equal((await ask('GET', feeds, { as: 'elsewhere' })).status, 403);
    assert.equal((await server.get('/apis')).headers['content-type'], TAXII);
  });
});
