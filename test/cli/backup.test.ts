import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseDocument, readDocument, runPollwatch, startServer, type Place } from './run-pollwatch.ts';
import {
  atDatabase,
  hasBytes,
  interrupt,
  makeFilledPlace,
  PASSWORD,
  readDatabase,
  readLines,
  readRecords,
  watchImport,
} from './transfer-place.ts';

const OBJECTS = 4000;
const STATE = '11111111-1111-4111-8111-111111111111';
const AUTHORIZATION = `Basic ${Buffer.from(`bob:${PASSWORD}`).toString('base64')}`;

interface PolledPage {
  readonly body: string;
  readonly next: string | undefined;
  readonly dates: readonly (string | null)[];
}

async function poll(url: string, query: string, authorization = AUTHORIZATION): Promise<PolledPage> {
  const answer = await fetch(`${url}/feed/collections/${STATE}/objects/?${query}`, {
    headers: { accept: 'application/taxii+json;version=2.1', authorization },
  });
  const body = await answer.text();
  assert.equal(answer.status, 200, body);
  const { next } = parseDocument(body);
  const dates = ['first', 'last'].map((end) => answer.headers.get(`x-taxii-date-added-${end}`));
  return { body, next: typeof next === 'string' ? next : undefined, dates };
}

/** All pages from a query on. */
async function pollAll(url: string, query: string): Promise<readonly PolledPage[]> {
  const pages = [await poll(url, query)];
  for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
    pages.push(await poll(url, `next=${encodeURIComponent(next)}`));
  }
  return pages;
}

describe('backup and restore', { timeout: 300_000 }, () => {
  let place: Place;
  let count = 0;
  before(async () => {
    place = await makeFilledPlace(OBJECTS);
  });
  after(() => place.remove());
  const inFolder = (name: string): string => join(place.folder, name);
  /** A database that no other test has. */
  const another = (): ReturnType<typeof atDatabase> => atDatabase(place, `restored-${(count += 1)}.db`);

  test('a backup that is restored gives the same records, for its owner alone to read', async () => {
    const file = inFolder('plain.backup');
    const made = await readDocument(place.env, ['backup', file]);
    assert.equal(made['finished'], true);
    assert.equal(made['resumed'], false);
    assert.equal(made['bytes'], statSync(file).size);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(existsSync(`${file}.part`), false);
    const lines = readLines(file);
    assert.equal(lines.at(0)?.['kind'], 'header');
    assert.equal(lines.at(-1)?.['records'], made['records']);
    const target = another();
    const restored = await readDocument(target.env, ['restore', file]);
    assert.equal(restored['records'], made['records']);
    assert.deepEqual(restored['counts'], made['counts']);
    const [one, other] = [readRecords(file), await readDatabase(place, target.env)];
    assert.equal(one.length, made['records']);
    assert.deepEqual(other, one);
    // Another future than the one that clients may have seen: no generation comes a second time.
    const generations = [file, inFolder('compare.backup')].map((name) =>
      readLines(name).flatMap(({ kind, generation }) => (kind === 'collection' ? [Number(generation)] : [])),
    );
    assert.ok(generations[0]?.length);
    assert.ok(generations[1]?.every((generation) => generation > 1e15));
  });

  test('cursors, passwords, tokens and pages are good in the restored database, and time goes on', async () => {
    const file = inFolder('served.backup');
    const server = await startServer(place.env);
    const query = 'limit=7&match%5Bversion%5D=all';
    let first;
    let pages;
    let token;
    try {
      ({ token } = await readDocument(place.env, ['token', 'issue', 'bob']));
      first = await poll(server.url, query);
      pages = await pollAll(server.url, query);
      await readDocument(place.env, ['backup', file]);
    } finally {
      await server.stop();
    }
    assert.ok(pages.length > 5, String(pages.length));
    const target = another();
    await readDocument(target.env, ['restore', file]);
    const restored = await startServer(target.env);
    try {
      const next = `next=${encodeURIComponent(first.next ?? '')}`;
      assert.deepEqual(await poll(restored.url, next), pages[1]);
      assert.deepEqual(await poll(restored.url, next, `Bearer ${String(token)}`), pages[1]);
      assert.deepEqual(await pollAll(restored.url, query), pages);
      const last = pages.at(-1)?.dates[1];
      assert.ok(last);
      const after = `added_after=${encodeURIComponent(last)}&match%5Bversion%5D=all`;
      assert.equal((await poll(restored.url, after)).body, '{}');
      const change = readFileSync(
        join(import.meta.dirname, '../../collections/samples/august-2018.json'),
        'utf8',
      );
      const changed = change.replaceAll(/"modified": *"20\d\d-/g, '"modified": "2031-');
      await runPollwatch(target.env, ['upload', '-', '--as', 'ann'], changed);
      const [added] = (await poll(restored.url, after)).dates;
      assert.ok(added && added > last, `${added} > ${last}`);
    } finally {
      await restored.stop();
    }
  });

  test('a file that is there is left alone without --force, and nothing else is touched', async () => {
    const file = inFolder('kept.backup');
    await writeFile(file, 'kept');
    const refused = await runPollwatch(place.env, ['backup', file]);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /is there already\. Choose another name, or replace it with --force/);
    assert.equal(readFileSync(file, 'utf8'), 'kept');
    assert.equal(existsSync(`${file}.part`), false);
    await readDocument(place.env, ['backup', '--force', file]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await mkdir(inFolder('folder'));
    for (const name of ['folder', 'missing/x.backup', 'kept.backup/x.backup']) {
      const { exitCode, stderr } = await runPollwatch(place.env, ['backup', '--force', inFolder(name)]);
      assert.equal(exitCode, 1, name);
      assert.match(
        stderr,
        /^error: ".*" (is there already\. It is a folder|cannot be written: there is no such folder)\.\n$/,
      );
    }
    await symlink(file, inFolder('linked.backup.part'));
    const linked = await runPollwatch(place.env, ['backup', inFolder('linked.backup')]);
    assert.match(linked.stderr, /cannot be written: there is a link of that name/);
  });

  test('a backup that is killed at any moment goes on where it was, also with a torn end', async () => {
    const whole = inFolder('whole.backup');
    await readDocument(place.env, ['backup', whole]);
    const size = statSync(whole).size;
    const file = inFolder('killed.backup');
    let kills = 0;
    for (const share of [0, 0.3, 0.6]) {
      const killed = await interrupt(
        place.env,
        ['backup', file],
        'SIGKILL',
        hasBytes(`${file}.part`, size * share),
      );
      assert.equal(existsSync(file), false, 'it was done before it could be killed');
      assert.equal(killed.signal, 'SIGKILL');
      kills += 1;
    }
    assert.equal(kills, 3);
    await writeFile(`${file}.part`, readFileSync(`${file}.part`).subarray(0, -5));
    await chmod(`${file}.part`, 0o644);
    const made = await readDocument(place.env, ['backup', file]);
    assert.equal(made['resumed'], true);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readLines(file).slice(1, -1), readLines(whole).slice(1, -1));
    assert.deepEqual(readRecords(file), readRecords(whole));
    const target = another();
    assert.equal((await readDocument(target.env, ['restore', file]))['records'], made['records']);
  });

  test('a backup that was ready but had no name yet gets it', async () => {
    const file = inFolder('nameless.backup');
    await readDocument(place.env, ['backup', file]);
    const lines = readLines(file);
    await copyFile(file, `${file}.part`);
    await rm(file);
    const made = await readDocument(place.env, ['backup', file]);
    assert.equal(made['resumed'], true);
    assert.deepEqual(readLines(file), lines);
  });

  test('a stopped backup says how to go on, and starts anew when the database has changed', async () => {
    const file = inFolder('stopped.backup');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const begun = statSync(`${file}.part`, { throwIfNoEntry: false })?.size ?? 0;
      const hasGrown = hasBytes(`${file}.part`, begun + 1);
      const stopped = await interrupt(place.env, ['backup', file], signal, hasGrown);
      assert.equal(stopped.exitCode, 1, stopped.stderr);
      assert.match(stopped.stdout, /^Wrote \d+ of \d+ records to .*stopped\.backup\.part\.\n$/);
      assert.equal(stopped.stderr, 'error: The backup was stopped. Run the same command again to go on.\n');
    }
    // As many records as before.
    await readDocument(place.env, ['user', 'disable', 'bob']);
    const anew = await runPollwatch(place.env, ['backup', file]);
    assert.equal(anew.exitCode, 0);
    assert.match(
      anew.stderr,
      /stopped\.backup\.part is started anew: the database has changed since it was begun\.\n/,
    );
    assert.match(JSON.stringify(readRecords(file)), /"name":"bob"[^}]*"disabled":true/);
    const other = inFolder('odd.backup');
    await writeFile(`${other}.part`, 'what is this?');
    const odd = await runPollwatch(place.env, ['backup', other]);
    assert.equal(odd.exitCode, 0);
    assert.match(odd.stderr, /started anew: nothing in it is whole\./);
  });

  test('a restore that is killed or stopped is not served, and goes on where it was', async (t) => {
    const file = inFolder('long.backup');
    await readDocument(place.env, ['backup', file]);
    const target = another();
    const watch = await watchImport(target.env);
    t.after(() => watch.close());
    for (const records of [0, 1000]) {
      const killed = await interrupt(target.env, ['restore', file], 'SIGKILL', watch.has(records));
      assert.equal(killed.signal, 'SIGKILL', 'it was done before it could be killed');
    }
    const commands = [
      ['serve'],
      ['org', 'list'],
      ['upload', '-', '--as', 'ann'],
      ['backup', inFolder('half.backup')],
    ];
    for (const command of commands) {
      const { exitCode, stderr } = await runPollwatch(target.env, command);
      assert.equal(exitCode, 1, command.join(' '));
      assert.match(
        stderr,
        /^error: The database .*holds a restore or a copy that did not come to its end\. /,
      );
    }
    await readDocument(place.env, ['org', 'add', 'newer', '--name', 'Newer', '--audience', 'state']);
    const later = inFolder('later.backup');
    await readDocument(place.env, ['backup', later]);
    const other = await runPollwatch(target.env, ['restore', later]);
    assert.equal(other.exitCode, 1);
    assert.match(other.stderr, /holds a part of something else/);
    const stream = await runPollwatch(target.env, ['restore', '-'], readFileSync(file));
    assert.match(stream.stderr, /standard input cannot go on with it/);
    const stopped = await interrupt(target.env, ['restore', file], 'SIGINT', watch.has(2000));
    assert.equal(stopped.exitCode, 1, stopped.stderr);
    assert.equal(stopped.stderr, 'error: The restore was stopped. Run the same command again to go on.\n');
    const restored = await readDocument(target.env, ['restore', file]);
    assert.equal(restored['resumed'], true);
    assert.deepEqual(await readDatabase(place, target.env), readRecords(file));
    const again = await runPollwatch(target.env, ['restore', file]);
    assert.equal(again.exitCode, 1);
    assert.match(
      again.stderr,
      /^error: The database is not empty\. Name one that does not exist yet, or is empty\.\n$/,
    );
  });

  test('standard output and standard input carry a backup', async () => {
    const source = readRecords(inFolder('later.backup'));
    const target = another();
    const file = inFolder('stream.backup');
    const script = `"${process.execPath}" scripts/pollwatch.js backup - > "${file}"`;
    const { spawnSync } = await import('node:child_process');
    const made = spawnSync('sh', ['-c', script], { env: { ...process.env, ...place.env }, encoding: 'utf8' });
    assert.equal(made.status, 0, made.stderr);
    assert.match(made.stderr, /^Wrote \d+ records \(/);
    const restored = await runPollwatch(target.env, ['restore', '-', '--json'], readFileSync(file));
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.equal(parseDocument(restored.stdout)['records'], source.length);
    assert.deepEqual(await readDatabase(place, target.env), source);
    const half = another();
    const bytes = readFileSync(file);
    const cut = await runPollwatch(half.env, ['restore', '-'], bytes.subarray(0, -3));
    assert.equal(cut.exitCode, 1);
    assert.equal(cut.stderr, 'error: standard input: It is cut off: its end is missing.\n');
    const served = await runPollwatch(half.env, ['serve']);
    assert.match(served.stderr, /did not come to its end/);
    const fromFile = await runPollwatch(half.env, ['restore', file]);
    assert.match(fromFile.stderr, /holds a part of something else/);
  });

  test('a database that is missing, empty or in memory has no backup, and none is made of it', async () => {
    const missing = another();
    const none = await runPollwatch(missing.env, ['backup', inFolder('none.backup')]);
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /^error: There is no database sqlite:/);
    assert.equal(existsSync(missing.path), false);
    await writeFile(missing.path, '');
    const empty = await runPollwatch(missing.env, ['backup', inFolder('none.backup')]);
    assert.match(empty.stderr, /is empty: no server and no command has used it yet\.\n$/);
    assert.equal(existsSync(inFolder('none.backup')), false);
    const memory = { ...place.env, POLLWATCH_DATABASE_URL: 'sqlite::memory:' };
    for (const command of ['backup', 'restore']) {
      const file = inFolder(command === 'backup' ? 'none.backup' : 'later.backup');
      assert.match((await runPollwatch(memory, [command, file])).stderr, /known to the server alone/);
    }
  });
});
