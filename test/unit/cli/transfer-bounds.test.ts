import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { createTally, encodeHeader, readBackup } from '../../../scripts/cli/transfer-file.ts';
import {
  boundText,
  encodeMember,
  MAX_TEXT_BYTES,
  readMember,
} from '../../../scripts/cli/transfer-members.ts';
import { readStreamBytes } from '../../../scripts/cli/transfer-sources.ts';
import { toShownUrl } from '../../../scripts/cli/transfer-stores.ts';

const MEBIBYTE = 2 ** 20;
const HEADER = {
  mark: 'mark',
  created: '2018-08-21T00:00:00Z',
  store: 'sqlite',
  pollwatch: '0.1.0',
  total: 0,
};

async function readAll(bytes: Buffer, maxTextBytes?: number): Promise<void> {
  for await (const part of readBackup(readStreamBytes(Readable.from([bytes])), createTally(), maxTextBytes)) {
    assert.ok(part.kind);
  }
}

describe('what a backup may claim', () => {
  test('a member is inflated to its bound and not beyond (review: L4)', async () => {
    const atBound = await encodeMember(Buffer.alloc(1000, ' '));
    const above = await encodeMember(Buffer.alloc(1001, ' '));
    assert.equal((await readMember(readStreamBytes(Readable.from([atBound])), 1000))?.text.byteLength, 1000);
    await assert.rejects(readMember(readStreamBytes(Readable.from([above])), 1000), /more than 1000 bytes/);
    // What it says of itself does not help it.
    above.writeUInt32LE(1000, above.byteLength - 4);
    await assert.rejects(readMember(readStreamBytes(Readable.from([above])), 1000), /It is damaged/);
  });

  test('a length that no member has is refused before it is read (review: L4)', async () => {
    const bytes = await encodeMember(Buffer.from('x'));
    bytes.writeUInt32LE(0xffff_ffff, 16);
    let asked = 0;
    const source = readStreamBytes(Readable.from([bytes]));
    const read = (length: number): Promise<Buffer> => {
      asked = Math.max(asked, length);
      return source.read(length);
    };
    await assert.rejects(readMember({ read }, 64 * MEBIBYTE), /more than 67108864 bytes/);
    assert.ok(asked < 100, String(asked));
  });

  test('the bound is 64 MiB, and grows with what a request may have (review: L4)', () => {
    assert.equal(boundText(1024), 64 * MEBIBYTE);
    assert.equal(boundText(10 * MEBIBYTE), 64 * MEBIBYTE);
    assert.equal(boundText(100 * MEBIBYTE), 416 * MEBIBYTE);
    assert.equal(boundText(256 * MEBIBYTE), MAX_TEXT_BYTES);
  });

  test('a member has no more lines than a batch (review: L4)', async () => {
    const header = await encodeHeader(HEADER, createTally());
    const lines = await encodeMember(Buffer.from('{}\n'.repeat(100_001)));
    await assert.rejects(readAll(Buffer.concat([header, lines])), /It is damaged/);
  });

  test('a header whose moment is no timestamp, or whose total is no number of records, is refused (review: L3)', async () => {
    const changes = [
      { created: 'now' },
      { created: '2018-08-21T00:00:00Z\u001b]0;title\u0007' },
      { created: '2018-13-21T00:00:00Z' },
      { total: -1 },
      { total: 0.5 },
    ];
    for (const change of changes) {
      await assert.rejects(
        readAll(await encodeHeader({ ...HEADER, ...change }, createTally())),
        /It is damaged/,
        JSON.stringify(change),
      );
    }
    await assert.rejects(readAll(await encodeHeader(HEADER, createTally())), /It is cut off/);
  });

  test('the URL of a database is shown without user, password and options (review: L2)', () => {
    const there = 'mongodb://one:27017,two:27017/pollwatch';
    for (const url of [
      there,
      'mongodb://ann:hunter2@one:27017,two:27017/pollwatch',
      'mongodb://ann:hun@ter2@one:27017,two:27017/pollwatch?tls=true',
      `${there}?tls=true&tlsCertificateKeyFilePassword=hunter2`,
      `${there}?tlsCertificateKeyFilePassword=hun@ter2?x`,
    ]) {
      assert.equal(toShownUrl(url), there);
    }
    assert.equal(toShownUrl('mongodb+srv://ann:x@host/pollwatch?a=b'), 'mongodb+srv://host/pollwatch');
    assert.equal(toShownUrl('sqlite:./data/a@b.db'), 'sqlite:./data/a@b.db');
  });
});
