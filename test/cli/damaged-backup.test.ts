import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { createTally, encodeHeader, encodeTrailer, readBackup } from '../../scripts/cli/transfer-file.ts';
import { encodeMember, readMember } from '../../scripts/cli/transfer-members.ts';
import { readStreamBytes } from '../../scripts/cli/transfer-sources.ts';
import { AppError } from '../../server/domain/errors.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { readDocument, runPollwatch, type Place } from './run-pollwatch.ts';
import { atDatabase, makeFilledPlace } from './transfer-place.ts';

const HEADER = {
  mark: 'mark',
  created: '2018-08-21T00:00:00Z',
  store: 'sqlite',
  pollwatch: '0.1.0',
  total: 0,
};

function toSource(bytes: Buffer): ReturnType<typeof readStreamBytes> {
  // In small pieces, as a network would.
  const size = 1000;
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, place) =>
    bytes.subarray(place * size, (place + 1) * size),
  );
  return readStreamBytes(Readable.from(pieces));
}

/** What is handed out of a backup, as text, and whether it was refused in the end. */
async function readParts(
  bytes: Buffer,
): Promise<{ readonly parts: readonly string[]; readonly isRefused: boolean }> {
  const parts: string[] = [];
  try {
    for await (const part of readBackup(toSource(bytes), createTally())) parts.push(JSON.stringify(part));
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'input.invalid');
    assert.match(error.detail ?? '', /^It /);
    return { parts, isRefused: true };
  }
  return { parts, isRefused: false };
}

/** All of a backup, as text; undefined when it was refused. */
async function readAll(bytes: Buffer): Promise<string | undefined> {
  const { parts, isRefused } = await readParts(bytes);
  return isRefused ? undefined : parts.join('\n');
}

/** Where each member of a backup ends. */
async function findEnds(bytes: Buffer): Promise<readonly number[]> {
  const source = toSource(bytes);
  const ends: number[] = [];
  for (let member = await readMember(source); member; member = await readMember(source)) {
    ends.push((ends.at(-1) ?? 0) + member.size);
  }
  return ends;
}

describe('a backup that is damaged', { timeout: 300_000 }, () => {
  let place: Place;
  let good: Buffer;
  let ends: readonly number[];
  before(async () => {
    place = await makeFilledPlace(300);
    const file = join(place.folder, 'good.backup');
    await readDocument(place.env, ['backup', file]);
    good = readFileSync(file);
    ends = await findEnds(good);
    assert.ok(ends.length >= 4, `${ends.length} members`);
  });
  after(() => place.remove());

  test('is refused, or says the very same, whichever byte is another', async (t) => {
    const { seed, numRuns } = readRandomRuns(t, 5);
    const expected = await readParts(good);
    assert.equal(expected.isRefused, false);
    const nearEnds = fc.tuple(fc.nat(ends.length - 1), fc.integer({ min: -12, max: 24 }));
    const placeArb = fc.oneof(
      fc.nat(good.length - 1),
      nearEnds.map(([member, offset]) => Math.min(good.length - 1, (ends[member] ?? 0) + offset)),
      fc.nat(40),
    );
    let refused = 0;
    const check = async (at: number, bits: number): Promise<void> => {
      const bytes = Buffer.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ bits;
      const { parts, isRefused } = await readParts(bytes);
      if (isRefused) refused += 1;
      // What was handed out before the damage was found is as it was written.
      assert.deepEqual(parts, isRefused ? expected.parts.slice(0, parts.length) : expected.parts);
    };
    const property = fc.asyncProperty(placeArb, fc.integer({ min: 1, max: 255 }), check);
    await fc.assert(property, { seed, numRuns });
    // The last byte of deflated data may have bits that mean nothing.
    assert.ok(refused >= numRuns * 0.9, `${refused} of ${numRuns}`);
  });

  test('is refused wherever it is cut off, and whatever stands behind its end', async (t) => {
    const { seed, numRuns } = readRandomRuns(t);
    const cutArb = fc.oneof(fc.nat(good.length - 1), fc.constantFrom(0, ...ends.slice(0, -1)));
    const property = fc.asyncProperty(cutArb, async (at) => {
      assert.equal(await readAll(good.subarray(0, at)), undefined);
    });
    await fc.assert(property, { seed, numRuns });
    for (const more of [Buffer.from([0]), Buffer.from('\n'), good, good.subarray(ends.at(-2))]) {
      assert.equal(await readAll(Buffer.concat([good, more])), undefined);
    }
  });

  test('is refused when whole members are missing, twice there, in another order or of another backup', async () => {
    const members = ends.map((end, place) => good.subarray(ends[place - 1] ?? 0, end));
    const [first, second, third, ...rest] = members;
    assert.ok(first && second && third);
    const orders = [
      [first, third, ...rest],
      [first, second, second, third, ...rest],
      [first, third, second, ...rest],
      [second, third, ...rest],
      [first, first, second, third, ...rest],
      [first, second, third, ...rest.slice(0, -1)],
    ];
    for (const order of orders) assert.equal(await readAll(Buffer.concat(order)), undefined);
    const tally = createTally();
    const other = await encodeHeader({ ...HEADER, total: 1 }, tally);
    assert.equal(await readAll(Buffer.concat([other, ...members.slice(1)])), undefined);
    assert.equal(await readAll(Buffer.concat([other, await encodeTrailer(tally)])), undefined);
  });

  test('is refused when its lines are whole gzip but no backup', async () => {
    const tally = createTally();
    const header = await encodeHeader(HEADER, tally);
    const lines = [
      '',
      '{}\n',
      '{"kind":"end"}\n',
      '{"kind":"batch"}\n',
      '{"kind":"unknown","value":{}}\n{"kind":"batch","position":"1"}\n',
      '{"kind":"user"}\n{"kind":"batch","position":"1"}\n',
      '{"kind":"user","value":null}\n{"kind":"batch","position":"1"}\n',
      '{"kind":"toString"}\n{"kind":"batch","position":"1"}\n',
      'null\n{"kind":"batch","position":"1"}\n',
      '{"kind":"batch","position":"1"}',
      '[1\n{"kind":"batch","position":"1"}\n',
    ];
    for (const line of lines) {
      const bytes = Buffer.concat([
        header,
        await encodeMember(Buffer.from(line)),
        await encodeTrailer(tally),
      ]);
      assert.equal(await readAll(bytes), undefined, line);
    }
    const whole = createTally();
    const parts = [await encodeHeader(HEADER, whole), await encodeTrailer(whole)];
    assert.ok(await readAll(Buffer.concat(parts)));
  });

  test('is named and refused by the command before there is a database', async () => {
    const flipped = Buffer.from(good);
    const middle = Math.floor(good.length / 2);
    flipped[middle] = (flipped[middle] ?? 0) ^ 16;
    const newer = Buffer.from('{"kind":"header","format":"pollwatch-backup","version":2}\n');
    const files: readonly (readonly [string, Buffer, RegExp])[] = [
      ['empty', Buffer.alloc(0), /It is cut off: its end is missing/],
      ['text', Buffer.from('not a backup at all, but long enough'), /It is damaged, or is no backup/],
      ['gzip', gzipSync(good), /It is damaged, or is no backup/],
      ['cut', good.subarray(0, -100), /It is cut off/],
      ['unfinished', good.subarray(0, ends.at(-2)), /It is cut off/],
      ['flipped', flipped, /It is damaged/],
      ['newer', await encodeMember(newer), /written by another version of pollwatch/],
    ];
    const target = atDatabase(place, 'never.db');
    for (const [name, bytes, words] of files) {
      const file = join(place.folder, `${name}.backup`);
      await writeFile(file, bytes);
      const { exitCode, stdout, stderr } = await runPollwatch(target.env, ['restore', file]);
      assert.equal(exitCode, 1, name);
      assert.equal(stdout, '');
      assert.match(stderr, words);
      assert.ok(stderr.startsWith(`error: ${file}: `), stderr);
    }
    await mkdir(join(place.folder, 'folder'));
    for (const name of ['folder', 'missing']) {
      const { exitCode, stderr } = await runPollwatch(target.env, ['restore', join(place.folder, name)]);
      assert.equal(exitCode, 1);
      assert.match(stderr, /: (This is a folder|There is no such file)\./);
    }
    assert.equal(existsSync(target.path), false);
  });
});
