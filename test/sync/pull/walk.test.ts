import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openChain, resumeChain } from '../../../server/sync/pull/chain.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { findEnd, passMoment } from '../../../server/sync/pull/manifest-dates.ts';
import type { RawObject } from '../../../server/stix/read-objects.ts';
import { createMemoryPartner, PLAIN, toText, type MemoryPartner, type Traits } from './memory-partner.ts';
import { createReader, type Bounds, type Reader } from './walk-runs.ts';

function start(
  traits: Partial<Traits>,
  count: number,
  bounds: Partial<Bounds> = {},
): [MemoryPartner, Reader] {
  const partner = createMemoryPartner({ ...PLAIN, ...traits });
  for (let number = 0; number < count; number += 1) {
    partner.advance(10);
    partner.add([toText(number)]);
  }
  partner.advance(5_000_000);
  return [partner, createReader(partner, { pageLimit: 4, maxPages: 1_000, maxObjects: 1_000, ...bounds })];
}

describe('a walk', () => {
  test('repeats added_after with each next, and then asks for what comes after the end (TAXII 2.1, 3.5)', async () => {
    const [partner, reader] = start({}, 10);
    assert.equal(await reader.run(), 'complete');
    assert.equal(reader.texts.size, 10);
    partner.add([toText(10), toText(11), toText(12), toText(13), toText(14)]);
    assert.equal(await reader.run(), 'complete');
    const later = partner.queries.slice(3);
    assert.equal(later.length, 2);
    assert.ok(later[0]?.addedAfter !== undefined && later[0].next === undefined);
    assert.ok(later[1]?.addedAfter === later[0].addedAfter && later[1].next !== undefined);
  });

  test('begins a run with the dates when the one before ended within a chain', async () => {
    const [partner, reader] = start({ next: 'expires' }, 12, { maxPages: 2 });
    assert.equal(await reader.run(), 'unfinished');
    partner.advance(30_000_000);
    assert.equal(await reader.run(), 'complete');
    assert.equal(reader.texts.size, 12);
    assert.deepEqual(
      partner.queries.map(({ next }) => next !== undefined),
      [false, true, false, true],
    );
  });

  test('leaves no page out after a death where next stays the same and the partner remembers (medallion)', async () => {
    for (let diesAt = 0; diesAt < 4; diesAt += 1) {
      const [, reader] = start({ next: 'session' }, 14);
      assert.equal(await reader.run(diesAt), 'died');
      assert.equal(await reader.run(), 'complete');
      assert.equal(reader.texts.size, 14);
    }
  });

  test('leaves no page out when an answer is lost where next stays the same (medallion)', async () => {
    const [, reader] = start({ next: 'session', losesEvery: 3 }, 30);
    assert.equal(await reader.run(), 'complete');
    assert.equal(reader.texts.size, 30);
  });

  test('never asks for what came before the beginning of time', () => {
    assert.equal(openChain(-1, 0).after, 0);
    assert.equal(resumeChain({ after: 0, reached: 0, overlaps: true }, undefined).after, 0);
  });

  test('asks once more for the last whole second, and no more when that is over', async () => {
    const [partner, reader] = start({ precision: 1_000_000, headerPrecision: 1_000_000 }, 3);
    partner.add([toText(3)]);
    assert.equal(await reader.run(), 'complete');
    partner.add([toText(4)]);
    assert.equal(await reader.run(), 'complete');
    assert.equal(reader.texts.size, 5);
    partner.advance(5_000_000);
    await reader.run();
    const { carrying } = partner;
    await reader.run();
    assert.equal(partner.carrying, carrying);
  });

  test('goes past an object that no answer can hold, and says which', async () => {
    const [partner, reader] = start({ maxAnswer: 1_000 }, 6);
    partner.add([toText(6, 2_000)]);
    partner.advance(10);
    partner.add([toText(7)]);
    assert.equal(await reader.run(), 'complete');
    assert.equal(reader.texts.size, 7);
    assert.deepEqual(reader.oversized, ['note--00000000-0000-4000-8000-000000000006']);
  });

  test('takes two objects in a row that no answer can hold for a fault of the partner', async () => {
    const [partner, reader] = start({ maxAnswer: 1_000 }, 6);
    for (const number of [6, 7]) {
      partner.advance(10);
      partner.add([toText(number, 2_000)]);
    }
    const end = await reader.run();
    assert.ok(end instanceof PartnerFault && end.code === 'answer.too-large');
    assert.deepEqual([reader.texts.size, reader.oversized], [6, []]);
  });

  test('says that the paging is stuck when more objects share a moment than the partner shows', async () => {
    const partner = createMemoryPartner({ ...PLAIN, next: 'missing', cap: 3 });
    partner.add([0, 1, 2, 3, 4].map((number) => toText(number)));
    const reader = createReader(partner, { pageLimit: 4, maxPages: 1_000, maxObjects: 1_000 });
    const end = await reader.run();
    assert.ok(end instanceof PartnerFault && end.code === 'paging.stuck');
    assert.ok(partner.requests < 10);
  });
});

function toRaw(...ids: readonly string[]): readonly RawObject[] {
  return ids.map((id) => ({ text: '', value: { id }, faults: [] }));
}

describe('the dates of a manifest', () => {
  const records = [
    { id: 'a', dateAdded: 1 },
    { id: 'b', dateAdded: 2 },
    { id: 'a', dateAdded: 3 },
    { id: 'c', dateAdded: 4 },
  ];
  test('say where a page ends as far as the page has each of the records before', () => {
    assert.equal(findEnd(records, toRaw('a', 'b')), 2);
    assert.equal(findEnd(records, toRaw('a', 'c')), 1);
    assert.equal(findEnd(records, toRaw('a', 'b', 'a')), 3);
    assert.equal(findEnd(records, toRaw('c')), undefined);
    assert.equal(findEnd(records.toReversed(), toRaw('a', 'b')), undefined);
  });

  test('lead past a moment when nothing of it is left out', () => {
    const shared = [
      { id: 'a', dateAdded: 5 },
      { id: 'b', dateAdded: 5 },
      { id: 'c', dateAdded: 9 },
    ];
    const manifest = { records: shared, more: false };
    assert.equal(passMoment(manifest, toRaw('a', 'b'), 0)?.after, 8);
    assert.equal(passMoment(manifest, toRaw('a'), 0), undefined);
    assert.deepEqual(passMoment(manifest, toRaw('a'), 1)?.skipped, ['b']);
    assert.equal(passMoment(manifest, [], 1), undefined);
    const cut = { records: shared.slice(0, 2), more: true };
    assert.equal(passMoment(cut, toRaw('a', 'b'), 0), undefined);
    assert.equal(passMoment({ ...cut, more: false }, toRaw('a', 'b'), 0)?.isLast, true);
  });
});
