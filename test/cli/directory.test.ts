import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openTestStore } from '../support/test-database.ts';
import { listOf, makePlace, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

const IDENTITY = 'identity--1f0a1b6c-2f0e-4a55-9f8e-0a4d3c6b7e10';

describe('organisations and users', () => {
  let place: Place;
  const run = (...args: string[]): ReturnType<typeof runPollwatch> => runPollwatch(place.env, args);

  async function fails(pattern: RegExp, exitCode: number, ...args: string[]): Promise<void> {
    const ended = await run(...args);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.exitCode, exitCode);
    assert.equal(ended.stdout, '');
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }

  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
  });
  after(() => place.remove());

  test('makes a new database and adds an organisation to it', async () => {
    const args = [
      'org',
      'add',
      'nass',
      '--name',
      'Secretaries of State',
      '--audience',
      'state',
      '--identity',
      IDENTITY,
    ];
    const added = await readDocument(place.env, args);
    const expected = {
      id: 'nass',
      name: 'Secretaries of State',
      audience: 'state',
      identity: IDENTITY,
      hub: false,
    };
    assert.deepEqual(added, expected);
    const listed = listOf(await readDocument(place.env, ['org', 'list']), 'organisations');
    assert.deepEqual(listed, [
      { id: 'dhs', name: 'DHS', audience: 'federal', identity: null, hub: true },
      expected,
    ]);
    assert.match(
      (await run('org', 'list')).stdout,
      /^ID +NAME +AUDIENCE +HUB +IDENTITY\ndhs +DHS +federal +yes\n/,
    );
  });

  test('refuses ids that grants cannot name, and the id of the hub, as wrong usage', async () => {
    const rest = ['--name', 'X', '--audience', 'state'];
    for (const id of ['a:b', 'a'.repeat(129)]) {
      await fails(/Wanted: 1 to 128 letters/, 2, 'org', 'add', id, ...rest);
    }
    await fails(/stands for the hub/, 2, 'org', 'add', 'hub', ...rest);
    await fails(
      /Allowed choices are federal, state, private/,
      2,
      'org',
      'add',
      'x',
      '--name',
      'X',
      '--audience',
      'public',
    );
    const { exitCode } = await run('org', 'add', 'a'.repeat(128), ...rest);
    assert.equal(exitCode, 0);
  });

  test('refuses an identity that is none, is built in, is the hub or is taken', async () => {
    const rest = ['org', 'add', 'x', '--name', 'X', '--audience', 'state', '--identity'];
    await fails(/identity--UUID/, 2, ...rest, 'campaign--1f0a1b6c-2f0e-4a55-9f8e-0a4d3c6b7e10');
    await fails(/identity--UUID/, 2, ...rest, 'identity--1');
    await fails(/built in/, 2, ...rest, 'identity--ecd8f94c-5e12-4422-bf52-113e01686999');
    await fails(/the hub itself/, 1, ...rest, await readHubIdentity(place));
    await readDocument(place.env, [
      'org',
      'add',
      'own',
      '--name',
      'Own',
      '--audience',
      'state',
      '--identity',
      OTHER,
    ]);
    await fails(/"own" has this identity/, 1, ...rest, OTHER);
  });

  test('says when an organisation or a user is there already', async () => {
    await fails(
      /an organisation "dhs" already/,
      1,
      'org',
      'add',
      'dhs',
      '--name',
      'X',
      '--audience',
      'state',
    );
    const add = ['user', 'add', 'twice', '--org', 'dhs', '--role', 'admin'];
    assert.equal((await run(...add)).exitCode, 0);
    await fails(/a user "twice" already/, 1, ...add);
    await fails(/no organisation "nobody"/, 1, 'user', 'add', 'x', '--org', 'nobody', '--role', 'admin');
    await fails(
      /Allowed choices are partner, analyst, admin/,
      2,
      'user',
      'add',
      'x',
      '--org',
      'dhs',
      '--role',
      'root',
    );
  });

  test('makes a password of 18 random bytes and prints it once', async () => {
    const added = await readDocument(place.env, [
      'user',
      'add',
      'alice',
      '--org',
      'dhs',
      '--role',
      'analyst',
    ]);
    const password = String(added['password']);
    assert.match(password, /^[A-Za-z0-9_-]{24}$/);
    const changed = await run('user', 'passwd', 'alice');
    const second = /shown this once: ([A-Za-z0-9_-]{24})\n$/.exec(changed.stdout)?.[1];
    assert.ok(second !== undefined && second !== password);
    const { stdout } = await run('user', 'list', '--json');
    assert.doesNotMatch(stdout, /scrypt|password/i);
  });

  test('reads a password of one line from standard input and never prints it', async () => {
    const add = [
      'user',
      'add',
      'bob',
      '--org',
      'dhs',
      '--role',
      'partner',
      '--certificate',
      'CN=bob',
      '--password-stdin',
    ];
    const added = await runPollwatch(place.env, [...add, '--json'], 'correct horse\r\n');
    assert.equal(added.exitCode, 0, added.stderr);
    assert.deepEqual(JSON.parse(added.stdout), {
      name: 'bob',
      org: 'dhs',
      role: 'partner',
      certificate: 'CN=bob',
      password: null,
    });
    for (const input of ['', 'secret1\nsecret2\n']) {
      const refused = await runPollwatch(place.env, ['user', 'passwd', 'bob', '--password-stdin'], input);
      assert.equal(refused.exitCode, 1);
      assert.match(refused.stderr, /one line of UTF-8/);
      assert.doesNotMatch(refused.stderr, /secret/);
    }
    const long = await runPollwatch(
      place.env,
      ['user', 'passwd', 'bob', '--password-stdin'],
      'x'.repeat(1025),
    );
    assert.match(long.stderr, /1 to 1024 bytes/);
  });

  test('refuses a certificate that another user has', async () => {
    const add = (name: string): string[] => [
      'user',
      'add',
      name,
      '--org',
      'dhs',
      '--role',
      'partner',
      '--certificate',
      'CN=carol',
    ];
    assert.equal((await run(...add('carol'))).exitCode, 0);
    await fails(/Another user has this certificate/, 1, ...add('carol2'));
  });

  test('disables a user, and says so in the list', async () => {
    await readDocument(place.env, ['user', 'add', 'dave', '--org', 'dhs', '--role', 'partner']);
    assert.deepEqual(await readDocument(place.env, ['user', 'disable', 'dave']), {
      name: 'dave',
      disabled: true,
    });
    const users = listOf(await readDocument(place.env, ['user', 'list']), 'users');
    assert.equal(users.find(({ name }) => name === 'dave')?.['disabled'], true);
    await fails(/no user "nobody"/, 1, 'user', 'disable', 'nobody');
    await fails(/no user "nobody"/, 1, 'user', 'passwd', 'nobody');
    await fails(/"dave" is disabled/, 1, 'token', 'issue', 'dave');
  });
});

const OTHER = 'identity--2f0a1b6c-2f0e-4a55-9f8e-0a4d3c6b7e10';

async function readHubIdentity({ env }: Place): Promise<string> {
  const bounds = { writeWaitMs: 10_000, maxPendingWrites: 10, pageScanMax: 1000 };
  const database = { url: env['POLLWATCH_DATABASE_URL'] ?? '' };
  const store = await openTestStore({ clock: { now: () => 1 }, ...bounds }, database);
  const { hubIdentity } = await store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: 'none' });
  await store.close();
  return hubIdentity;
}
