import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startApiPlace, type ApiAnswer, type ApiPlace, type AskOptions } from './api-place.ts';
import { API_FEEDS as feeds, PULL, PUSH } from './api-samples.ts';

describe('the management API: what it takes (design, 3)', () => {
  let place: ApiPlace;
  before(async () => {
    place = await startApiPlace();
    assert.equal((await place.ask('POST', feeds, { body: { ...PULL, name: 'one' } })).status, 201);
  });
  after(() => place[Symbol.asyncDispose]());

  const add = (body: object | string, options: AskOptions = {}): Promise<ApiAnswer> =>
    place.ask('POST', feeds, { body, ...options });
  /** The lines of the description, after the one that introduces them. */
  const problemsOf = (answer: ApiAnswer): readonly string[] => {
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.json()['error_code'], 'input.invalid');
    return String(answer.json()['description']).split('\n').slice(1);
  };
  const pointersOf = (answer: ApiAnswer): readonly string[] =>
    problemsOf(answer).map((line) => line.split(':')[0] ?? '');

  test('says all problems of a body at once, each with a JSON pointer (RFC 6901)', async () => {
    const answer = await add({
      name: '-',
      direction: 'pull',
      url: 'ftp://taxii.example.org/',
      cron: 5,
      'a/b~c': 1,
      auth: { kind: 'basic' },
      defaults: { tlp: 'white', audiences: ['state', 'state'] },
      match: { types: ['indicator', 'A'] },
      since: '2018-13-01T00:00:00Z',
    });
    assert.deepEqual([...pointersOf(answer)].sort(), [
      '/auth/user',
      '/a~1b~0c',
      '/collection',
      '/cron',
      '/defaults/audiences',
      '/defaults/tlp',
      '/match/types/1',
      '/name',
      '/org',
      '/secret',
      '/since',
      '/url',
    ]);
    assert.match(answer.text, /\/org: is missing\./);
    assert.match(answer.text, /\/cron: wanted a cron expression in UTC/);
  });

  test('refuses each wrong member by its place', async () => {
    const header = { kind: 'header', name: 'X-Key' };
    const secret = { env: 'FEED_A' };
    const rows: readonly (readonly [string, object])[] = [
      ['/direction', { direction: 'both' }],
      ['/from', { from: 'state' }],
      ['/into', { ...PUSH, into: 'intake' }],
      ['/defaults', { ...PUSH, defaults: {} }],
      ['/from', { ...PUSH, from: undefined }],
      ['/secret', { secret }],
      ['/secret', { auth: { kind: 'none' }, secret }],
      ['/secret', { auth: header }],
      ['/auth', { auth: { kind: 'digest' } }],
      ['/auth', { auth: 'bearer' }],
      ['/auth/kind', { auth: {} }],
      ['/auth/name', { auth: { kind: 'header', name: 'a b' }, secret }],
      ['/auth/user', { auth: { kind: 'basic', user: 'a:b' }, secret }],
      ['/auth/user', { auth: { kind: 'bearer', user: 'a' }, secret }],
      ['/match/id', { match: { id: ['x'] } }],
      ['/match/types', { match: { types: [] } }],
      ['/allowPrivate', { allowPrivate: 'yes' }],
      ['/paused', { paused: true }],
      ['/id', { id: 'x' }],
      ['/url', { url: 'https://user:word@taxii.example.org/' }],
      ['/url', { url: 'https://user@taxii.example.org/' }],
      ['/url', { url: 'https://taxii.example.org\\@elsewhere.example/' }],
      ['/url', { url: 'https://taxii.example.org/?key=1' }],
      ['/url', { url: 'https://taxii.example.org/#a' }],
      ['/url', { url: 'https:taxii.example.org' }],
      ['/url', { url: `https://taxii.example.org/${'a'.repeat(2048)}` }],
      ['/since', { since: 1 }],
    ];
    for (const [pointer, change] of rows) {
      const answer = await add({ ...PULL, name: 'wrong', ...change });
      assert.ok(pointersOf(answer).includes(pointer), `${JSON.stringify(change)}: ${answer.text}`);
    }
    for (const body of ['[]', 'null', '1', '"feed"']) {
      assert.match(problemsOf(await add(body))[0] ?? '', /^wanted a JSON object/);
    }
    assert.equal((await place.ask('GET', `${feeds}/wrong`)).status, 404);
  });

  test('takes the name of a variable that begins with FEED_ as a secret, and no other variable and no file', async () => {
    const auth = { kind: 'bearer' };
    const rows: readonly (readonly [string, RegExp, object])[] = [
      ['/secret/env', /pollwatch feed add/, { secret: { env: 'POLLWATCH_DATABASE_URL' } }],
      ['/secret/env', /pollwatch feed add/, { secret: { env: 'POLLWATCH_FEED_CONCURRENCY' } }],
      ['/secret/env', /pollwatch feed add/, { secret: { env: 'AWS_SECRET_ACCESS_KEY' } }],
      ['/secret/env', /begins with FEED_/, { secret: { env: 'FEED_' } }],
      ['/secret/env', /begins with FEED_/, { secret: { env: 'feed_a' } }],
      ['/secret/env', /begins with FEED_/, { secret: { env: ' FEED_A' } }],
      ['/secret/env', /begins with FEED_/, { secret: { env: 'FEED_A\n' } }],
      ['/secret/file', /pollwatch feed add/, { secret: { file: '/etc/shadow' } }],
      ['/secret/file', /pollwatch feed add/, { secret: { env: 'FEED_A', file: '/etc/shadow' } }],
      ['/caFile', /pollwatch feed add/, { secret: { env: 'FEED_A' }, caFile: '/etc/shadow' }],
    ];
    const count = place.feeds.requests.length;
    for (const [pointer, wanted, change] of rows) {
      const answer = await add({ ...PULL, name: 'secret', auth, ...change });
      const line = problemsOf(answer).find((each) => each.startsWith(`${pointer}: `)) ?? '';
      assert.match(line, wanted, answer.text);
    }
    assert.equal(place.feeds.requests.length, count);
  });

  test('never repeats a value, which may be a secret in the wrong place', async () => {
    const word = 'hunter2-hunter2';
    for (const change of [
      { secret: word },
      { secret: { env: word } },
      { secret: { file: word } },
      { auth: { kind: word } },
      { auth: { kind: 'basic', user: 'a', password: word } },
      { auth: word },
      { url: `https://a:${word}@taxii.example.org/` },
      { url: `https://taxii.example.org/?token=${word}` },
      { cron: [word] },
    ]) {
      const answer = await add({ ...PULL, name: 'one', auth: { kind: 'bearer' }, ...change });
      assert.equal(answer.status, 400);
      assert.ok(!answer.text.includes(word), answer.text);
    }
    assert.ok((await add(`{"secret": ${word}}`)).status === 400);
    assert.ok(!place.log.some((line) => line.includes(word)));
  });

  test('refuses what is not JSON, not UTF-8 or nested, and what JSON.parse hides (RFC 7493)', async () => {
    for (const [body, code] of [
      ['', 'body.not-json'],
      ['{', 'body.not-json'],
      ["{'name':1}", 'body.not-json'],
      ['['.repeat(60_000), 'body.too-deep'],
    ] as const) {
      const answer = await add(body);
      assert.equal(answer.status, 400);
      assert.equal(answer.json()['error_code'], code, body.slice(0, 30));
    }
    const right = JSON.stringify({ ...PULL, name: 'hidden' });
    const twice = right.replace('"name"', '"name":"shown","name"');
    assert.match(problemsOf(await add(twice))[0] ?? '', /^\/name stands twice/);
    const proto = right.replace('"name"', '"__proto__":{},"name"');
    assert.match(problemsOf(await add(proto))[0] ?? '', /^\/__proto__ /);
  });

  test('takes a body of 65536 bytes and refuses one more, also in pieces, before reading it (design, 5.5)', async () => {
    const fill = (bytes: number): string => {
      const body = JSON.stringify({ ...PULL, name: 'one' });
      return body + ' '.repeat(bytes - body.length);
    };
    assert.equal((await add(fill(65_536))).status, 409);
    assert.equal((await add(fill(65_537))).status, 413);
    const pieces = { 'Transfer-Encoding': 'chunked', 'Content-Length': undefined };
    assert.equal((await add(fill(65_537), { headers: pieces })).status, 413);
  });

  test('bounds what it says of a body with many problems (design, 5.5)', async () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`m${index}`, 1]));
    const problems = problemsOf(await add({ ...PULL, name: 'many', ...many }));
    assert.equal(problems.length, 51);
    assert.match(problems.at(-1) ?? '', /^And \d+ more\.$/);
    const long = await add({ ...PULL, name: 'many', [`x${'y'.repeat(50_000)}`]: 1 });
    assert.ok(long.text.length < 1000);
  });

  test('answers JSON to who takes it, and 406 to who does not (RFC 9110, 12.5.1)', async () => {
    for (const accept of [
      '*/*',
      'application/*',
      'application/json',
      'text/html, application/json;q=0.1',
      '',
    ]) {
      const answer = await place.ask('GET', feeds, { headers: { Accept: accept } });
      assert.equal(answer.status, 200, accept);
    }
    for (const accept of ['text/html', 'application/taxii+json;version=2.1', 'application/json;q=0']) {
      const answer = await place.ask('GET', feeds, { headers: { Accept: accept } });
      assert.equal(answer.status, 406, accept);
    }
  });

  test('takes JSON in UTF-8 alone, without a content coding: else 415 (RFC 9110, 15.5.16)', async () => {
    for (const type of [
      'application/json',
      'Application/JSON; charset=UTF-8',
      'application/json;charset="utf-8"',
    ]) {
      const answer = await add({ ...PULL, name: 'one' }, { headers: { 'Content-Type': type } });
      assert.equal(answer.status, 409, type);
    }
    for (const headers of [
      { 'Content-Type': 'text/plain' },
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      { 'Content-Type': 'application/json; charset=latin1' },
      { 'Content-Type': 'application/jsonx' },
      { 'Content-Type': '' },
      { 'Content-Encoding': 'gzip' },
    ]) {
      const answer = await add({ ...PULL, name: 'one' }, { headers });
      assert.equal(answer.status, 415, JSON.stringify(headers));
    }
    const form = { 'Content-Type': 'text/plain' };
    assert.equal((await place.ask('POST', `${feeds}/one/pause`, { headers: form })).status, 415);
  });

  test('refuses changes that the page of another site asks a browser for (Fetch Metadata, 2.3)', async () => {
    for (const [site, status] of [
      ['cross-site', 403],
      ['same-site', 403],
      ['same-origin', 200],
      ['none', 200],
    ] as const) {
      const answer = await place.ask('POST', `${feeds}/one/resume`, { headers: { 'Sec-Fetch-Site': site } });
      assert.equal(answer.status, status, site);
    }
  });

  test('refuses changes from the page of another origin where the browser says no more of it (Fetch, 3.2)', async () => {
    const ask = (origin: string, host: string) =>
      place.ask('POST', `${feeds}/one/resume`, { headers: { Origin: origin, Host: host } });
    for (const origin of [
      'http://evil.example',
      'http://hub.example:1',
      'null',
      'http://hub.example.evil.example',
    ]) {
      assert.equal((await ask(origin, 'hub.example')).status, 403, origin);
    }
    for (const host of ['hub.example:8080', 'Hub.Example:8080']) {
      assert.notEqual((await ask('http://hub.example:8080', host)).status, 403, host);
    }
  });

  test('takes no parameters that it does not know', async () => {
    for (const [method, path] of [
      ['GET', `${feeds}?limit=1`],
      ['GET', `${feeds}/one?x`],
      ['POST', `${feeds}/one/pause?name=two`],
      ['DELETE', `${feeds}/one?force=1`],
    ] as const) {
      assert.equal((await place.ask(method, path)).status, 400, path);
    }
    assert.equal((await place.ask('GET', `${feeds}/one?`)).status, 200);
  });

  test('is 404 where there is nothing, whoever asks, and as JSON', async () => {
    for (const path of [
      '/api',
      '/api/v1',
      '/api/v1/',
      '/api/v2/feeds',
      '/api/v1/feeds/one/stop',
      '/api/v1/Feeds',
    ]) {
      const answer = await place.ask('GET', path, { as: 'nobody' });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.json()['error_code'], 'route.not-found');
    }
    assert.equal((await place.ask('GET', '/api/v1/feeds/%zz')).status, 400);
    assert.equal((await place.ask('GET', `/api/v1/feeds/${'a'.repeat(3000)}`)).status, 414);
  });

  test('is 405 with Allow for a method that a path does not have, whoever asks (RFC 9110, 15.5.6)', async () => {
    for (const [method, path, allow] of [
      ['PUT', feeds, 'GET, HEAD, POST'],
      ['PATCH', `${feeds}/one`, 'GET, HEAD, DELETE'],
      ['POST', `${feeds}/one/rejects`, 'GET, HEAD'],
      ['GET', `${feeds}/one/run`, 'POST'],
      ['OPTIONS', `${feeds}/one/pause`, 'POST'],
      ['DELETE', `${feeds}/one/resume`, 'POST'],
      ['POST', '/api/v1/openapi.json', 'GET, HEAD'],
    ] as const) {
      const answer = await place.ask(method, path, { as: 'nobody' });
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.allow, allow);
    }
  });

  test('checks in this order: route, method, credentials, right, Accept, Content-Type, size, body (design, 3)', async () => {
    const bad = { Accept: 'text/html', 'Content-Type': 'text/plain', 'Content-Length': '70000' };
    const ask = async (method: string, path: string, options: AskOptions): Promise<number> =>
      (await place.ask(method, path, { body: 'x'.repeat(70_000), ...options })).status;
    assert.equal(await ask('PUT', '/api/v1/nothing', { as: 'nobody', headers: bad }), 404);
    assert.equal(await ask('PUT', feeds, { as: 'nobody', headers: bad }), 405);
    assert.equal(await ask('POST', feeds, { as: 'nobody', headers: bad }), 401);
    assert.equal(await ask('POST', feeds, { as: 'analyst', headers: bad }), 403);
    assert.equal(await ask('POST', feeds, { headers: bad }), 406);
    assert.equal(await ask('POST', feeds, { headers: { ...bad, Accept: '*/*' } }), 415);
    assert.equal(await ask('POST', feeds, { headers: { 'Content-Length': '70000' } }), 413);
    assert.equal(await ask('POST', feeds, { body: '{}' }), 400);
  });
});
