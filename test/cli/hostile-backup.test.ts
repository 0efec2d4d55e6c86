import assert from 'node:assert/strict';
import { chownSync, existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createTally, encodeBatch, encodeHeader, encodeTrailer } from '../../scripts/cli/transfer-file.ts';
import { encodeMember } from '../../scripts/cli/transfer-members.ts';
import type { StoredRecord } from '../../server/storage/port.ts';
import { makePlace, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';
import { atDatabase, readRecords } from './transfer-place.ts';

const IS_ROOT = process.geteuid?.() === 0;
const HEADER = { mark: 'mark', created: '2018-08-21T00:00:00Z', store: 'sqlite', pollwatch: '0.1.0' };

function parseRecord(record: object): StoredRecord {
  return record as StoredRecord;
}

/** A backup with good checksums, whatever is in it. */
async function encodeBackup(records: readonly object[]): Promise<Buffer> {
  const tally = createTally();
  const batch = { records: records.map(parseRecord), position: 'one' };
  return Buffer.concat([
    await encodeHeader({ ...HEADER, total: records.length }, tally),
    await encodeBatch(batch, tally),
    await encodeTrailer(tally),
  ]);
}

describe('a backup that somebody else made, or made room for', { timeout: 120_000 }, () => {
  let place: Place;
  let records: readonly Readonly<Record<string, unknown>>[];
  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'fbi', '--name', 'FBI', '--audience', 'federal']);
    await readDocument(place.env, ['backup', inFolder('good.backup')]);
    records = readRecords(inFolder('good.backup')).map((record) =>
      record['kind'] === 'collection' ? { ...record, generation: 1 } : record,
    );
  });
  after(() => place.remove());
  const inFolder = (name: string): string => join(place.folder, name);

  test('one that contradicts itself is refused before there is a database, and as a stream before it is used (review: L5)', async () => {
    const user = {
      name: 'ann',
      org: 'fbi',
      role: 'analyst',
      passwordHash: 'x',
      certificate: 'CN=ann',
      disabled: false,
    };
    const twice = [user, { ...user, name: 'bob' }].map((value) => ({ kind: 'user', value }));
    const cases: readonly (readonly [readonly object[], RegExp])[] = [
      [[...records, ...twice], /the certificate of a user is there twice\. It cannot be imported/],
      [[...records, { kind: 'user', value: { ...user, role: 'king' } }], /kind "user" has no valid "role"/],
      [records.filter(({ kind }) => kind !== 'deployment'), /it has no deployment/],
    ];
    for (const [turn, [hostile, words]] of cases.entries()) {
      const target = atDatabase(place, `refused-${turn}.db`);
      const file = inFolder(`hostile-${turn}.backup`);
      writeFileSync(file, await encodeBackup(hostile));
      const refused = await runPollwatch(target.env, ['restore', file]);
      assert.equal(refused.exitCode, 1);
      assert.ok(refused.stderr.startsWith(`error: ${file}: `), refused.stderr);
      assert.match(refused.stderr, words);
      assert.equal(existsSync(target.path), false);
      const stream = await runPollwatch(target.env, ['restore', '-'], readFileSync(file));
      assert.equal(stream.exitCode, 1);
      assert.ok(stream.stderr.startsWith('error: standard input: '), stream.stderr);
      assert.match(stream.stderr, words);
      assert.match((await runPollwatch(target.env, ['serve'])).stderr, /did not come to its end/);
    }
    const file = inFolder('made.backup');
    writeFileSync(file, await encodeBackup(records));
    await readDocument(atDatabase(place, 'made.db').env, ['restore', file]);
  });

  test('one that would be large when it is unpacked is refused, and says what to set (review: L4)', async () => {
    const header = await encodeHeader({ ...HEADER, total: 1 }, createTally());
    const file = inFolder('bomb.backup');
    writeFileSync(file, Buffer.concat([header, await encodeMember(Buffer.alloc(65 * 2 ** 20, ' '))]));
    const target = atDatabase(place, 'bomb.db');
    for (const [args, input] of [[[file]], [['-'], readFileSync(file)]] as const) {
      const { exitCode, stderr } = await runPollwatch(target.env, ['restore', ...args], input);
      assert.equal(exitCode, 1);
      assert.match(stderr, /has a part of more than 67108864 bytes\. .*POLLWATCH_MAX_CONTENT_LENGTH/);
    }
    const wider = { ...target.env, POLLWATCH_MAX_CONTENT_LENGTH: String(20 * 2 ** 20) };
    assert.match((await runPollwatch(wider, ['restore', file])).stderr, /: It is damaged, or is no backup/);
  });

  test('a FILE.part that has another name, too, is left alone (review: M3)', async () => {
    const file = inFolder('linked.backup');
    writeFileSync(inFolder('other-name'), 'kept');
    linkSync(inFolder('other-name'), `${file}.part`);
    const linked = await runPollwatch(place.env, ['backup', file]);
    assert.equal(linked.exitCode, 1);
    assert.match(
      linked.stderr,
      /linked\.backup\.part" cannot be written: .* another name, too\. Remove it\.\n$/,
    );
    assert.equal(readFileSync(inFolder('other-name'), 'utf8'), 'kept');
    assert.equal(existsSync(file), false);
  });

  test(
    'a FILE.part of another user is left alone (review: M3)',
    { skip: !IS_ROOT && 'needs root' },
    async () => {
      const file = inFolder('foreign.backup');
      writeFileSync(`${file}.part`, 'kept');
      chownSync(`${file}.part`, 65_534, 65_534);
      const foreign = await runPollwatch(place.env, ['backup', file]);
      assert.equal(foreign.exitCode, 1);
      assert.match(foreign.stderr, /cannot be written: .* belongs to somebody else\. Have it removed\.\n$/);
      assert.equal(readFileSync(`${file}.part`, 'utf8'), 'kept');
    },
  );

  test('--force replaces a file or a link, and nothing else (review: L1)', async () => {
    await mkdir(inFolder('folder'));
    assert.equal(spawnSync('mkfifo', [inFolder('pipe')]).status, 0);
    for (const [name, words] of [
      ['folder', 'It is a folder'],
      ['pipe', 'It is no file'],
      ['/dev/null', 'It is no file'],
    ] as const) {
      const file = name.startsWith('/') ? name : inFolder(name);
      const { exitCode, stderr } = await runPollwatch(place.env, ['backup', '--force', file]);
      assert.equal(exitCode, 1, name);
      assert.equal(stderr, `error: ${JSON.stringify(file)} is there already. ${words}.\n`);
    }
    writeFileSync(inFolder('behind'), 'kept');
    symlinkSync(inFolder('behind'), inFolder('link'));
    await readDocument(place.env, ['backup', '--force', inFolder('link')]);
    assert.equal(readFileSync(inFolder('behind'), 'utf8'), 'kept');
    assert.ok(readRecords(inFolder('link')).length > 0);
    assert.deepEqual(
      (await readdir(place.folder)).filter(
        (name) => name.endsWith('.part') && !/^(linked|foreign)/.test(name),
      ),
      [],
    );
  });
});
