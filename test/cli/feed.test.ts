import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStore } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { NEW_STATE } from '../../server/domain/feed.ts';
import type { PostedObject } from '../support/partner/behaviour.ts';
import { makeCampaign, makeCampaigns } from '../support/partner/objects.ts';
import { startPartner, type Partner } from '../support/partner/partner.ts';
import {
  listOf,
  makePlace,
  parseDocument,
  readDocument,
  runPollwatch,
  type Environment,
  type Place,
} from './run-pollwatch.ts';

const SECRET = 'hunter22-Ø-never-shown';
const HEADER_SECRET = 'hunter33-never-shown';
/** What a terminal could take for an order. */
const ORDER = '\u001b[31m';

describe('feed', () => {
  let place: Place;
  let partner: Partner;
  let env: Environment;
  const said: string[] = [];

  async function run(...args: string[]): ReturnType<typeof runPollwatch> {
    const ended = await runPollwatch(env, ['feed', ...args]);
    said.push(ended.stdout, ended.stderr);
    return ended;
  }

  async function read(...args: string[]): Promise<Readonly<Record<string, unknown>>> {
    const document = await readDocument(env, ['feed', ...args]);
    said.push(JSON.stringify(document));
    return document;
  }

  async function succeeds(pattern: RegExp, ...args: string[]): Promise<void> {
    const { exitCode, stdout, stderr } = await run(...args);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, pattern);
    assert.equal(stderr, '');
  }

  async function fails(pattern: RegExp, exitCode: number, ...args: string[]): Promise<void> {
    const ended = await run(...args);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.exitCode, exitCode);
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }

  const add = (name: string, ...rest: string[]): string[] => [
    'add',
    name,
    '--url',
    partner.discoveryUrl,
    '--collection',
    'What we share',
    '--cron',
    '*/15 * * * *',
    '--allow-private',
    ...rest,
  ];

  before(async () => {
    place = await makePlace();
    const broken: PostedObject = { ...makeCampaign('broken', 1), id: `campaign--${ORDER}` };
    partner = await startPartner({
      auth: { kind: 'basic', user: 'hub', password: SECRET },
      objects: [...makeCampaigns(25), broken],
      behaviour: { pageSize: 10 },
    });
    env = { ...place.env, FEED_PARTNER: SECRET };
    await readDocument(env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
    await readDocument(env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
  });
  after(async () => {
    await partner[Symbol.asyncDispose]();
    await place.remove();
  });

  test('says how to add the first one when there is none', async () => {
    await succeeds(/^There are no feeds\. Add one with: pollwatch feed add\n$/, 'list');
    assert.deepEqual(await read('list'), { feeds: [] });
    await fails(/There is no feed "x"\. List them with: pollwatch feed list/, 1, 'show', 'x');
  });

  test('adds a pull, and says what comes next and when the first run is due', async () => {
    const auth = ['--auth', 'basic:hub', '--secret-env', 'FEED_PARTNER'];
    const { exitCode, stdout } = await run(
      ...add(
        'nass-in',
        '--direction',
        'pull',
        '--org',
        'nass',
        ...auth,
        '--tlp',
        'green',
        '--audience',
        'state,federal',
      ),
    );
    assert.equal(exitCode, 0);
    assert.match(
      stdout,
      /^Added the feed nass-in: pull from "What we share" at http:\/\/127\.0\.0\.1:\d+\/taxii2\/ into "intake"\.\n/,
    );
    assert.match(stdout, /\nTry it with: pollwatch feed run nass-in\n/);
    assert.match(
      stdout,
      /\nThe first run by schedule is due at \d{4}-\d\d-\d\dT\d\d:(00|15|30|45):00\.000000Z; the server makes it\.\n$/,
    );
    assert.doesNotMatch(stdout, /Warning/);
    await fails(
      /There is a feed "nass-in" already\. Choose another name/,
      1,
      ...add('nass-in', '--direction', 'pull', '--org', 'nass'),
    );
  });

  test('warns of a secret that is not here, and says what an organisation that runs the hub means', async () => {
    const missing = ['--auth', 'header:X-Api-Key', '--secret-env', 'FEED_MISSING'];
    const document = await read(...add('second', '--direction', 'pull', '--org', 'dhs', ...missing));
    const { warnings, secret, auth, into, cursor } = document;
    assert.deepEqual(
      [secret, auth, into, cursor],
      [{ env: 'FEED_MISSING' }, { kind: 'header', name: 'X-Api-Key' }, 'intake', undefined],
    );
    assert.ok(Array.isArray(warnings) && warnings.length === 2);
    assert.match(String(warnings[0]), /FEED_MISSING is not set in this environment/);
    assert.match(
      String(warnings[1]),
      /^dhs runs the hub, but what the feed brings does not count as the hub's own decision/,
    );
    await succeeds(
      /\nWarning: dhs runs the hub: the feed writes to "reference" with the hub's rights\.\n/,
      ...add('third', '--direction', 'pull', '--org', 'dhs', '--into', 'reference'),
    );
    const file = join(place.folder, 'no-such-file');
    await succeeds(
      /\nWarning: the file .*no-such-file cannot be read here/,
      ...add('fourth', '--direction', 'pull', '--org', 'nass', '--auth', 'token', '--secret-file', file),
    );
    for (const name of ['third', 'fourth']) await succeeds(/^Removed/, 'remove', name);
  });

  test('lists and shows a feed before its first run', async () => {
    await succeeds(
      /^NAME +DIRECTION +STATE +PARTNER +COLLECTION +ORG +NEXT RUN +REJECTS\nnass-in +pull +new +http:/,
      'list',
    );
    const { stdout } = await run('show', 'nass-in');
    assert.match(stdout, /^Credentials +HTTP Basic as hub, with what the variable FEED_PARTNER holds$/m);
    assert.match(stdout, /^Said for objects +tlp green; audiences federal, state$/m);
    assert.match(stdout, /^Cursor +nothing was read yet; it begins with the oldest object$/m);
    assert.match(stdout, /^So far +no objects$/m);
    assert.doesNotMatch(stdout, /STARTED/);
  });

  test('runs a pull, and shows what it came to, its place and its rejects', async () => {
    const { exitCode, stdout, stderr } = await run('run', 'nass-in');
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^Feed nass-in: 26 objects \(25 new, 0 known, 1 rejected\) on 3 pages, \d+ requests, \d+\.\d s\.\n/,
    );
    assert.match(stdout, /\nSee the rejected ones with: pollwatch feed rejects nass-in\n$/);
    // No terminal, no progress.
    assert.equal(stderr, '');
    const shown = await run('show', 'nass-in');
    assert.match(shown.stdout, /^Found at +http:\/\/127\.0\.0\.1:\d+\/\S*collections\/\S+\/$/m);
    assert.match(shown.stdout, /^Cursor +everything that the partner added up to \S+Z was read$/m);
    assert.match(shown.stdout, /^So far +26 objects \(25 new, 0 known, 1 rejected\)$/m);
    assert.match(shown.stdout, /^\S+Z +\d+\.\d s +complete +26 +25 +0 +1 +3 +\d+ +\d+$/m);
    const document = await read('show', 'nass-in');
    assert.equal(listOf(document, 'runs').length, 1);
    assert.deepEqual(document['totals'], { objects: 26, accepted: 25, known: 0, rejected: 1 });
    assert.equal(document['lastError'], null);
  });

  test('lists rejects without what a terminal could obey, and with the original in JSON', async () => {
    const { exitCode, stdout } = await run('rejects', 'nass-in');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^AT +ID +VERSION +REASON\n\S+Z +campaign--.\[31m +/);
    assert.ok(!stdout.includes('\u001b'));
    const document = await read('rejects', 'nass-in', '--limit', '5');
    const [reject] = listOf(document, 'rejects');
    assert.equal(document['total'], 1);
    assert.equal(parseDocument(String(reject?.['original']))['id'], `campaign--${ORDER}`);
    await fails(/Wanted: a whole number from 1 to 10000/, 2, 'rejects', 'nass-in', '--limit', '0');
    await succeeds(/^The feed second has no rejects\.\n$/, 'rejects', 'second');
  });

  test('gives originals of rejects up to 64 MiB, of the newest, and says that others are left out', async () => {
    await read(...add('large', '--direction', 'pull', '--org', 'nass'));
    const original = 'x'.repeat(15_000_000);
    const rejects = Array.from({ length: 6 }, (_, at) => ({
      key: String(at).repeat(64),
      at,
      reason: 'It is not right.',
      ...(at === 5 ? {} : { original }),
    }));
    const store = await openStore(loadSettings(env));
    try {
      const { id } = (await store.findFeed('large')) ?? assert.fail();
      await store.saveFeedProgress(id, { fence: 1, state: NEW_STATE }, rejects);
    } finally {
      await store.close();
    }
    const { exitCode, stdout, stderr } = await runPollwatch(env, ['feed', 'rejects', 'large', '--json']);
    assert.equal(exitCode, 0);
    assert.match(
      stderr,
      /^Left out: the original of the oldest reject listed that has one\. .* 64 MiB .*\n$/,
    );
    const listed = listOf(parseDocument(stdout), 'rejects');
    const given = listed.map((each) => [each['originalBytes'], each['original'] === original]);
    const whole = [15_000_000, true];
    assert.deepEqual(given, [[null, false], whole, whole, whole, whole, [15_000_000, false]]);
    await succeeds(/^AT +ID +VERSION +REASON\n(?:\S+ +It is not right\.\n){6}$/, 'rejects', 'large');
    await succeeds(/^Removed/, 'remove', 'large');
  });

  test('goes on where it was, and reads again from the start when told', async () => {
    await succeeds(/^Feed nass-in: no objects on/, 'run', 'nass-in');
    await succeeds(
      /^Feed nass-in: 26 objects \(0 new, 25 known, 1 rejected\)/,
      'run',
      'nass-in',
      '--since',
      'start',
    );
    assert.equal((await read('rejects', 'nass-in'))['total'], 1);
    await fails(/Wanted: a time of RFC 3339/, 2, 'run', 'nass-in', '--since', 'yesterday');
    for (const since of ['9999-12-31T23:59:59Z', '1969-12-31T23:59:59Z']) {
      await fails(/"since" is no time of the years 1970 to 2254/, 1, 'run', 'nass-in', '--since', since);
    }
  });

  test('fails with status 1, one document, and what to do', async () => {
    const { FEED_PARTNER: _, ...without } = env;
    const ended = await runPollwatch(without, ['feed', 'run', 'nass-in', '--json']);
    assert.equal(ended.exitCode, 1);
    assert.match(
      ended.stderr,
      /^error: The run failed \(secret\.missing\): The environment variable FEED_PARTNER is not set/,
    );
    assert.match(ended.stderr, /\nIt is tried again from \S+Z on\.\n$/);
    assert.partialDeepStrictEqual(parseDocument(ended.stdout), {
      result: 'failed',
      error: { code: 'secret.missing' },
    });
    const wrong = await runPollwatch({ ...env, FEED_PARTNER: HEADER_SECRET }, ['feed', 'run', 'nass-in']);
    said.push(wrong.stdout, wrong.stderr);
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.stderr, /^error: The run failed \(credentials\.refused\): /);
    const { stdout } = await run('show', 'nass-in');
    assert.match(stdout, /^Last error +\S+Z credentials\.refused\n/m);
    assert.match(
      stdout,
      /^Failures +2 in a row; it is tried again from \S+Z on, or now with: pollwatch feed run nass-in$/m,
    );
    await succeeds(/^nass-in +pull +failed 2×/m, 'list');
    await succeeds(/^Feed nass-in: no objects/, 'run', 'nass-in');
  });

  test('pauses and resumes, and runs a paused feed when told', async () => {
    await succeeds(
      /^Paused the feed nass-in\. Go on with: pollwatch feed resume nass-in\n$/,
      'pause',
      'nass-in',
    );
    await succeeds(
      /^Next run +none while it is paused; go on with: pollwatch feed resume nass-in$/m,
      'show',
      'nass-in',
    );
    await succeeds(/^nass-in +pull +paused/m, 'list');
    await succeeds(/^Feed nass-in: no objects/, 'run', 'nass-in');
    await succeeds(/^Resumed the feed nass-in\. Its next run is due at \S+Z\.\n$/, 'resume', 'nass-in');
    for (const command of ['pause', 'resume', 'remove', 'run', 'rejects']) {
      await fails(/There is no feed "nobody"\. List them with: pollwatch feed list/, 1, command, 'nobody');
    }
  });

  test('pushes a collection to the partner, with the secret from a file', async () => {
    const file = join(place.folder, 'secret');
    await writeFile(file, `${SECRET}\n`);
    const bundle = join(place.folder, 'own.json');
    await writeFile(
      bundle,
      JSON.stringify({
        type: 'bundle',
        id: 'bundle--0d3c7a52-91b8-4f5e-8a64-3e2f9b7c1d05',
        objects: makeCampaigns(3, 'ours'),
      }),
    );
    await readDocument(env, ['user', 'add', 'alice', '--org', 'dhs', '--role', 'analyst']);
    await readDocument(env, ['upload', bundle, '--as', 'alice', '--to', 'reference']);
    const push = add(
      'nass-out',
      '--direction',
      'push',
      '--org',
      'nass',
      '--from',
      'reference',
      '--auth',
      'basic:hub',
      '--secret-file',
      file,
    );
    await succeeds(/^Added the feed nass-out: push from "reference" to "What we share" at /, ...push);
    await succeeds(/^Feed nass-out: 3 objects \(3 new, 0 known, 0 rejected\)/, 'run', 'nass-out');
    assert.equal(partner.stock.held.filter(({ text }) => text.includes('of ours')).length, 3);
    await succeeds(/^Cursor +the next run sends what was added after \S+Z$/m, 'show', 'nass-out');
  });

  test('removes a feed, says what stays, and begins anew under the same name', async () => {
    await succeeds(
      /^Removed the feed nass-in, with its cursor, its runs and 1 reject\.\nWhat it brought stays/,
      'remove',
      'nass-in',
    );
    await fails(/There is no feed "nass-in"/, 1, 'show', 'nass-in');
    await succeeds(
      /^Added/,
      ...add(
        'nass-in',
        '--direction',
        'pull',
        '--org',
        'nass',
        '--auth',
        'basic:hub',
        '--secret-env',
        'FEED_PARTNER',
      ),
    );
    assert.deepEqual(await read('rejects', 'nass-in'), { name: 'nass-in', total: 0, rejects: [] });
    // What was pushed there comes back, and is known.
    await succeeds(/^Feed nass-in: \d+ objects \(\d+ new, \d+ known, 1 rejected\)/, 'run', 'nass-in');
  });

  test('has no secret in anything that it said, nor in the database', () => {
    const secrets = [SECRET, HEADER_SECRET].flatMap((secret) => {
      const pair = Buffer.from(`hub:${secret}`, 'utf8');
      return [
        Buffer.from(secret, 'utf8'),
        Buffer.from(secret, 'latin1'),
        Buffer.from(pair.toString('base64')),
      ];
    });
    const files = readdirSync(place.folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile() && each.name.includes('.db'))
      .map(({ parentPath, name }) => join(parentPath, name));
    const stored = files.map((file) => readFileSync(file));
    const isFile = env['POLLWATCH_DATABASE_URL']?.startsWith('sqlite:') ?? false;
    assert.equal(
      stored.some((bytes) => bytes.includes('FEED_PARTNER')),
      isFile,
    );
    for (const bytes of [Buffer.from(said.join('\n')), ...stored]) {
      for (const secret of secrets) assert.ok(!bytes.includes(secret));
    }
  });
});
