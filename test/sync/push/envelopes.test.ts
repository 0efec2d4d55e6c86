import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createEnvelope, type Envelope, type EnvelopeBounds } from '../../../server/sync/push/envelopes.ts';
import { readRandomRuns } from '../../support/random-runs.ts';

const FACTOR = 20;
const UNBOUNDED: EnvelopeBounds = { objects: 1000, sharedBytes: 1_000_000, partnerBytes: undefined };

interface Packed {
  readonly envelopes: readonly { readonly texts: readonly string[]; readonly envelope: Envelope }[];
  readonly tooLarge: readonly string[];
}

function pack(texts: readonly string[], bounds: EnvelopeBounds): Packed {
  const envelopes: { texts: string[]; envelope: Envelope }[] = [];
  const tooLarge: string[] = [];
  for (const text of texts) {
    let current = envelopes.at(-1);
    let room = current?.envelope.add(text) ?? 'full';
    if (room === 'full') {
      current = { texts: [], envelope: createEnvelope(bounds) };
      room = current.envelope.add(text);
      if (room === 'added') envelopes.push(current);
    }
    assert.notEqual(room, 'full', 'an empty envelope has room for anything that the partner takes');
    if (room === 'too-large') tooLarge.push(text);
    else current?.texts.push(text);
  }
  return { envelopes, tooLarge };
}

const bodyOf = (texts: readonly string[]): string => `{"objects":[${texts.join(',')}]}`;
const sizeOf = (texts: readonly string[]): number => Buffer.from(bodyOf(texts)).length;

const textArb = fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => JSON.stringify({ value }));
const boundsArb = fc.record({
  objects: fc.integer({ min: 1, max: 6 }),
  sharedBytes: fc.integer({ min: 1, max: 300 }),
  partnerBytes: fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
});

describe('an envelope', () => {
  test('is filled in order with every text exactly once, as far as its bounds allow and no further', (t) => {
    fc.assert(
      fc.property(fc.array(textArb, { maxLength: 30 }), boundsArb, (texts, bounds) => {
        const { envelopes, tooLarge } = pack(texts, bounds);
        const partnerBytes = bounds.partnerBytes ?? Infinity;
        assert.deepEqual(
          tooLarge,
          texts.filter((text) => sizeOf([text]) > partnerBytes),
        );
        assert.deepEqual(
          envelopes.flatMap((each) => each.texts),
          texts.filter((text) => sizeOf([text]) <= partnerBytes),
        );
        for (const [index, { texts: own, envelope }] of envelopes.entries()) {
          const size = sizeOf(own);
          assert.equal(Buffer.from(envelope.toBody()).toString(), bodyOf(own));
          assert.equal(envelope.toBody().length, size);
          assert.equal(envelope.bytes, size);
          assert.equal(envelope.count, own.length);
          assert.ok(own.length <= bounds.objects);
          assert.ok(size <= partnerBytes);
          assert.ok(size <= bounds.sharedBytes || own.length === 1);
          const following = envelopes[index + 1]?.texts[0];
          if (following === undefined) continue;
          const grown = sizeOf([...own, following]);
          const isMaximal =
            own.length === bounds.objects || grown > Math.min(bounds.sharedBytes, partnerBytes);
          assert.ok(isMaximal, 'the next text would have had room');
        }
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('may have exactly the bytes that the partner takes, and not one more (TAXII 2.1, 4.2)', () => {
    const text = '{"name":"Čeština 🦔"}';
    const bytes = sizeOf([text, text]);
    const exact = createEnvelope({ ...UNBOUNDED, partnerBytes: bytes });
    assert.deepEqual([exact.add(text), exact.add(text), exact.add('{}')], ['added', 'added', 'full']);
    assert.equal(exact.bytes, bytes);
    const narrow = createEnvelope({ ...UNBOUNDED, partnerBytes: bytes - 1 });
    assert.deepEqual([narrow.add(text), narrow.add(text)], ['added', 'full']);
    const single = createEnvelope({ ...UNBOUNDED, partnerBytes: sizeOf([text]) - 1 });
    assert.equal(single.add(text), 'too-large');
  });
});
