import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BSON, Double, Long } from 'mongodb';
import { readRandomRuns } from '../../support/random-runs.ts';
import { parseTextRow } from '../../../server/storage/mongo/text-row.ts';

function toBytes(document: BSON.Document): Buffer {
  return Buffer.from(BSON.serialize(document));
}

describe('a row of a page, read from its bytes', () => {
  test('is what the driver reads from them, whatever its tick and its text', (t) => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 });
    const tick = fc.nat(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(tick, text, (tick, text) => {
        const bytes = toBytes({ tick: new Double(tick), text });
        assert.deepEqual(parseTextRow(bytes), { tick, text });
        assert.deepEqual(parseTextRow(bytes), { ...BSON.deserialize(bytes) });
      }),
      readRandomRuns(t),
    );
  });

  test('may have its members the other way round', () => {
    const bytes = toBytes({ text: '{"a":"ä"}', tick: new Double(1_500_000_000_000_000) });
    assert.deepEqual(parseTextRow(bytes), { tick: 1_500_000_000_000_000, text: '{"a":"ä"}' });
  });

  test('may come from a server that writes numbers in another type, or adds a member', () => {
    const tick = 1_500_000_000_000_000;
    assert.deepEqual(parseTextRow(toBytes({ tick: Long.fromNumber(tick), text: 'a' })), { tick, text: 'a' });
    assert.deepEqual(parseTextRow(toBytes({ tick: 7, text: 'a' })), { tick: 7, text: 'a' });
    for (const other of [{ _id: 7 }, { from: 7 }, { tock: 7.5 }, { a: 'b' }]) {
      const { tick: found, text } = parseTextRow(toBytes({ ...other, tick: new Double(tick), text: 'a' }));
      assert.deepEqual({ tick: found, text }, { tick, text: 'a' });
    }
  });
});
