import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  listOf,
  makePlace,
  parseDocument,
  readDocument,
  runPollwatch,
  SAMPLE,
  startServer,
  type Place,
  type RunningServer,
} from './run-pollwatch.ts';

const TAXII = 'application/taxii+json;version=2.1';

describe('commands while a server runs on the same database', () => {
  let place: Place;
  let server: RunningServer;

  const poll = async (authorization: string): Promise<number> => {
    const response = await fetch(`${server.url}/feed/collections/state/objects/`, {
      headers: { Accept: TAXII, Authorization: authorization },
    });
    await response.arrayBuffer();
    return response.status;
  };
  const basic = (user: string, password: string): string =>
    `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  before(async () => {
    place = await makePlace();
    server = await startServer(place.env);
    await readDocument(place.env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
    await readDocument(
      place.env,
      ['user', 'add', 'nass', '--org', 'nass', '--role', 'partner', '--password-stdin'],
      'first',
    );
  });
  after(async () => {
    await server.stop();
    await place.remove();
  });

  test('lets a token sign in as soon as it is issued, and refuses it as soon as it is revoked', async () => {
    const issued = await readDocument(place.env, ['token', 'issue', 'nass']);
    assert.deepEqual(Object.keys(issued), ['id', 'token', 'user', 'expires']);
    assert.equal(issued['user'], 'nass');
    assert.equal(issued['expires'], null);
    const [id, token] = [String(issued['id']), String(issued['token'])];
    for (const header of [`Bearer ${token}`, `Token ${token}`, basic('nass', token)]) {
      assert.equal(await poll(header), 200);
    }
    const { stdout } = await runPollwatch(place.env, ['token', 'list', '--json']);
    assert.ok(!stdout.includes(token) && !/[0-9a-f]{64}/.test(stdout));
    assert.deepEqual(await readDocument(place.env, ['token', 'revoke', id]), { id, revoked: true });
    for (const header of [`Bearer ${token}`, `Token ${token}`, basic('nass', token)]) {
      assert.equal(await poll(header), 401);
    }
    const listed = listOf(await readDocument(place.env, ['token', 'list']), 'tokens');
    assert.equal(listed.find((each) => each['id'] === id)?.['state'], 'revoked');
  });

  test('lets a changed password count at once, and a disabled user not at all', async () => {
    assert.equal(await poll(basic('nass', 'first')), 200);
    await readDocument(place.env, ['user', 'passwd', 'nass', '--password-stdin'], 'second');
    assert.equal(await poll(basic('nass', 'first')), 401);
    assert.equal(await poll(basic('nass', 'second')), 200);
    const add = ['user', 'add', 'leaver', '--org', 'nass', '--role', 'partner', '--password-stdin'];
    await readDocument(place.env, add, 'third');
    assert.equal(await poll(basic('leaver', 'third')), 200);
    await readDocument(place.env, ['user', 'disable', 'leaver']);
    assert.equal(await poll(basic('leaver', 'third')), 401);
  });

  test('gives a token the end that --days asks for', async () => {
    const issued = await readDocument(place.env, ['token', 'issue', 'nass', '--days', '2']);
    const inDays = (Date.parse(String(issued['expires'])) - Date.now()) / 86_400_000;
    assert.ok(inDays > 1.99 && inDays <= 2, String(inDays));
    for (const days of ['0', '36501']) {
      const { exitCode } = await runPollwatch(place.env, ['token', 'issue', 'nass', `--days=${days}`]);
      assert.equal(exitCode, 2, days);
    }
  });

  test('does not repeat a token that is given in place of its id', async () => {
    const token = `pwt_${'A'.repeat(43)}`;
    const { exitCode, stderr } = await runPollwatch(place.env, ['token', 'revoke', token]);
    assert.equal(exitCode, 2);
    assert.ok(!stderr.includes(token));
    const unknown = await runPollwatch(place.env, ['token', 'revoke', 'nope']);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /no token "nope"/);
  });

  test('shows what was uploaded to a poller of the running server', async () => {
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
    await readDocument(place.env, ['user', 'add', 'dhs', '--org', 'dhs', '--role', 'analyst']);
    const uploaded = await runPollwatch(place.env, ['upload', SAMPLE, '--as', 'dhs', '--json']);
    assert.equal(listOf(parseDocument(uploaded.stdout), 'submissions').length, 1);
    const { token } = await readDocument(place.env, ['token', 'issue', 'nass']);
    const response = await fetch(`${server.url}/feed/collections/state/objects/?limit=1000`, {
      headers: { Accept: TAXII, Authorization: `Bearer ${String(token)}` },
    });
    const shown = listOf(parseDocument(await response.text()), 'objects');
    const listed = listOf(await readDocument(place.env, ['collections']), 'collections');
    const state = listed.find(({ alias }) => alias === 'state');
    assert.ok(shown.length > 0);
    assert.equal(state?.['entries'], shown.length);
    assert.equal(state['lastDateAdded'], response.headers.get('x-taxii-date-added-last'));
    assert.deepEqual(state['read'], ['audience:state', 'hub:analyst']);
  });
});

describe('serve', () => {
  test('ends with status 0 after SIGTERM and leaves a whole database', async () => {
    const place = await makePlace();
    try {
      const server = await startServer(place.env);
      assert.match(server.greeting, /^Pollwatch listens on http:\/\/127\.0\.0\.1:\d+ /m);
      assert.equal(await server.stop(), 0);
      assert.equal(existsSync(join(place.folder, 'data', 'pollwatch.db-wal')), false);
    } finally {
      await place.remove();
    }
  });

  test('says where it listens in a JSON line with --json', async () => {
    const place = await makePlace();
    try {
      const server = await startServer(place.env, ['--json']);
      await server.stop();
      const line = server.greeting.split('\n').find((each) => each.includes('discovery')) ?? '';
      assert.deepEqual(parseDocument(line), {
        url: server.url,
        discovery: `${server.url}/taxii2/`,
        users: [],
      });
    } finally {
      await place.remove();
    }
  });

  test('says which port is taken and ends with status 1', async () => {
    const place = await makePlace();
    const server = await startServer(place.env);
    try {
      const port = new URL(server.url).port;
      const second = await runPollwatch({ ...place.env, POLLWATCH_PORT: port }, ['serve']);
      assert.equal(second.exitCode, 1);
      assert.match(
        second.stderr,
        new RegExp(`^error: Port ${port} on 127.0.0.1 is in use. Set POLLWATCH_PORT`),
      );
    } finally {
      await server.stop();
      await place.remove();
    }
  });
});
