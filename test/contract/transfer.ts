import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExportBatch, Store, StoredRecord } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { changesArb, toCollection } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { toArrival, toPullFeed, toPushFeed, toReject, toState } from './feed-samples.ts';
import { commit, hasCode, HOUR, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';
import {
  FILLED,
  fillStore,
  readBatches,
  readContent,
  readRecords,
  sortRecords,
  toIntent,
} from './transfer-content.ts';

const MARK = 'the mark of a test';
const DEPLOYMENT = { secret: new Uint8Array(32).fill(7), hubIdentity: toStixId('identity', 1) };
const ORDER: readonly StoredRecord['kind'][] = [
  'deployment',
  'policies',
  'counters',
  'collection',
  'organisation',
  'user',
  'token',
  'object',
  'version',
  'decision',
  'entry',
  'submission',
  'feed',
  'feed-state',
  'feed-reject',
  'arrival',
];

/** All that a store holds, in batches of so many records, with positions of our own. */
async function readSmallBatches(store: Store, size: number): Promise<readonly ExportBatch[]> {
  const records = await readRecords(store);
  return Array.from({ length: Math.ceil(records.length / size) }, (_, place) => ({
    records: records.slice(place * size, (place + 1) * size),
    position: `batch ${place}`,
  }));
}

async function importAll(target: Store, batches: readonly ExportBatch[]): Promise<void> {
  await target.beginImport(MARK);
  for (const batch of batches) await target.importBatch(batch);
  await target.finishImport();
}

/** Publishes and holds so many objects in a few commits. */
async function addObjects(store: Store, count: number, text = ''): Promise<void> {
  const numbers = Array.from({ length: count }, (_, place) => place + 100);
  const ids = numbers.map((number) => toStixId('tool', number));
  await commit(store, {
    versions: ids.map((id, place) =>
      toHeldVersion({ id, handle: place + 100, text: `{"id":"${id}"}${text}` }),
    ),
    publish: ids.map((id) => toPublication({ collection: FILLED[0], id, text: `{"id":"${id}"}${text}` })),
  });
}

/** Export and import. */
export function describeTransfer(openStore: OpenStore): void {
  test('obligation 14: everything of a full store is in its copy, by every way of reading it', async (t) => {
    const source = await openForTest(t, openStore);
    const target = await openForTest(t, openStore);
    await fillStore(source.store);
    const records = await readRecords(source.store);
    const kinds = records.map(({ kind }) => ORDER.indexOf(kind));
    assert.deepEqual(
      kinds,
      kinds.toSorted((one, other) => one - other),
    );
    assert.deepEqual([...new Set(records.map(({ kind }) => kind))], ORDER);
    await importAll(target.store, [{ records, position: 'end' }]);
    assert.deepEqual(await readContent(target.store), await readContent(source.store));
    assert.deepEqual(sortRecords(await readRecords(target.store)), sortRecords(records));
    const reopened = await target.opened.reopen();
    assert.deepEqual(await readContent(reopened), await readContent(source.store));
  });

  test('obligation 14: the copy of random commits has the same records, and the same commits change it alike', async (t) => {
    const { seed, numRuns } = readRandomRuns(t);
    const runArb = fc.tuple(
      fc.array(changesArb, { maxLength: 6 }),
      changesArb,
      fc.integer({ min: 1, max: 9 }),
    );
    const check = async ([before, later, size]: typeof runArb extends fc.Arbitrary<infer T> ? T : never) => {
      const source = await openForTest(t, openStore);
      const target = await openForTest(t, openStore);
      const change = async (store: Store, changes: typeof later): Promise<void> => {
        const { publish, withdraw } = toCollection(changes, FILLED[0]);
        await commit(store, {
          publish,
          withdraw: withdraw.map((key) => ({ collection: FILLED[0], ...key })),
        });
      };
      await source.store.ensureDeployment(DEPLOYMENT);
      for (const changes of before) await change(source.store, changes);
      await importAll(target.store, await readSmallBatches(source.store, size));
      const [one, other] = [await readRecords(source.store), await readRecords(target.store)];
      assert.deepEqual(sortRecords(other), sortRecords(one));
      for (const { store } of [source, target]) await change(store, later);
      assert.deepEqual(
        sortRecords(await readRecords(target.store)),
        sortRecords(await readRecords(source.store)),
      );
      await source.opened.close();
      await target.opened.close();
    };
    await fc.assert(fc.asyncProperty(runArb, check), { seed, numRuns: Math.ceil(numRuns / 3) });
  });

  test('obligation 14: an export goes on after any of its batches, in a later process too', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await fillStore(store);
    await addObjects(store, 2500);
    const first = await store.openExport();
    const all = await readBatches(first);
    await first.close();
    assert.ok(all.length >= 6, `${all.length} batches`);
    assert.ok(all.every(({ records }) => records.length > 0 && records.length <= 1000));
    const second = await (await opened.reopen()).openExport();
    assert.equal(second.mark, first.mark);
    assert.equal(second.total, first.total);
    for (const [place, { position }] of all.entries()) {
      assert.deepEqual(await readBatches(second, position), all.slice(place + 1));
    }
    await second.close();
  });

  test('obligation 14: batches are bounded in bytes', async (t) => {
    const { store } = await openForTest(t, openStore);
    await addObjects(store, 12, ' '.repeat(1_000_000));
    const source = await store.openExport();
    const sizes = (await readBatches(source)).map((batch) => JSON.stringify(batch.records).length);
    await source.close();
    assert.ok(sizes.length >= 4, sizes.join());
    assert.ok(
      sizes.every((size) => size < 8_000_000),
      sizes.join(),
    );
  });

  test('obligation 14: each batch twice, and a process that ends after each, make the same copy', async (t) => {
    const source = await openForTest(t, openStore);
    const target = await openForTest(t, openStore);
    await fillStore(source.store);
    let store = target.store;
    assert.equal(await store.importState(), undefined);
    await store.beginImport(MARK);
    assert.deepEqual(await store.importState(), { mark: MARK });
    for (const batch of await readSmallBatches(source.store, 4)) {
      await store.importBatch(batch);
      await store.importBatch(batch);
      store = await target.opened.reopen();
      assert.deepEqual(await store.importState(), { mark: MARK, position: batch.position });
    }
    await store.finishImport();
    assert.equal(await store.importState(), undefined);
    assert.deepEqual(await readContent(store), await readContent(source.store));
  });

  test('obligation 14: an export does not see what is written while it is read', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await fillStore(under.store);
    await addObjects(under.store, 1500);
    const expected = await readRecords(under.store);
    const source = await second.openExport();
    const seen: StoredRecord[] = [];
    let turn = 200;
    for await (const batch of source.batches()) {
      seen.push(...batch.records);
      assert.ok(seen.length <= expected.length, 'the export grows with what is written');
      turn += 1;
      for (const store of [under.store, second]) {
        turn += 1;
        const id = toStixId('tool', turn);
        const withdraw = [{ collection: FILLED[0], id, versionKey: '2018-08-21T00:00:00.' }];
        await commit(store, {
          withdraw,
          publish: [toPublication({ collection: FILLED[1], id })],
          versions: [toHeldVersion({ id, handle: turn * 100 })],
          dropVersions: [turn],
        });
        await store.saveIntent(toIntent(turn));
      }
      await under.store.savePolicies([]);
      await under.store.revokeToken('token-1');
      await under.store.saveFeedProgress(toPullFeed(1).id, { fence: turn, state: toState(turn) }, [
        toReject(1, { reason: `turn ${turn}` }),
        toReject(turn),
      ]);
      await under.store.removeFeed(toPushFeed(2).id);
      await second.saveArrivals('nass', [toArrival(turn)]);
    }
    assert.deepEqual(seen, expected);
    assert.deepEqual(
      (await readBatches(source)).flatMap((batch) => batch.records),
      expected,
    );
    await source.close();
    assert.notDeepEqual(await readRecords(under.store), expected);
  });

  test('obligation 14: the mark is the same until something that is exported changes, in whichever process', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const { store } = under;
    const readMark = async (from: Store): Promise<string> => {
      const source = await from.openExport();
      await source.close();
      return source.mark;
    };
    await fillStore(store);
    const lease = { holder: 'one', fence: 1, beat: 1 };
    assert.equal(await second.swapLease('sweep', undefined, lease), true);
    await store.write(() => Promise.resolve({ result: 'nothing' }));
    const marks = [await readMark(store)];
    assert.equal(await second.swapLease('sweep', lease, { ...lease, beat: 2 }), true);
    await second.write(() => Promise.resolve({ result: 'nothing' }));
    await second.saveArrivals('nass', [toArrival(1)]);
    assert.equal(await second.saveFeedProgress(toPullFeed(1).id, { fence: 1, state: toState(9) }, []), false);
    assert.equal(await readMark(second), marks[0]);
    const changes: readonly (() => Promise<unknown>)[] = [
      () => second.saveIntent(toIntent(50)),
      () => store.saveOutcomes(toIntent(2).id, 'open', []),
      () => commit(second, { publish: [toPublication({ collection: FILLED[0], id: toStixId('tool', 60) })] }),
      () => commit(store, { objects: [{ id: toStixId('tool', 60), owner: 'fbi' }] }),
      () => second.disableUser('ann'),
      () => store.savePolicies([]),
      async () => second.markPoliciesDecided(await second.policyEpoch()),
      () => second.pauseFeed(toPushFeed(2).id),
      () => store.saveFeedProgress(toPullFeed(1).id, { fence: 9, state: toState(9) }, []),
      () => store.saveArrivals('nass', [toArrival(9)]),
    ];
    for (const change of changes) {
      await change();
      marks.push(await readMark(store));
      assert.equal(await readMark(second), marks.at(-1));
    }
    assert.equal(new Set(marks).size, marks.length);
  });

  test('obligation 14: ticks, handles and generations of a copy go on above those of its source', async (t) => {
    const source = await openForTest(t, openStore);
    const target = await openForTest(t, openStore);
    // The copy is made where the clock is an hour behind.
    source.clock.advance(HOUR);
    await fillStore(source.store);
    const lastNow = await source.store.write(async ({ now }) => ({ result: now, changes: { objects: [] } }));
    await importAll(target.store, await readSmallBatches(source.store, 1000));
    for (const collection of FILLED) {
      const before = await source.store.lastTick(collection);
      const generation = await source.store.generation(collection);
      assert.ok((await target.store.generation(collection)) >= generation);
      await commit(target.store, { publish: [toPublication({ collection, id: toStixId('tool', 70) })] });
      assert.ok((await target.store.lastTick(collection)) > before);
      assert.ok((await target.store.generation(collection)) > generation);
    }
    const { handle, now } = await target.store.write((section) =>
      Promise.resolve({ result: { handle: section.reserveHandles(1), now: section.now } }),
    );
    const nextHandle = await source.store.write((section) =>
      Promise.resolve({ result: section.reserveHandles(1) }),
    );
    assert.ok(handle >= nextHandle, `${handle} < ${nextHandle}`);
    assert.ok(now > lastNow);
    const directory = await source.store.directoryGeneration();
    assert.equal(await target.store.disableUser('ann'), true);
    assert.ok((await target.store.directoryGeneration()) > directory);
  });

  test('obligation 14: a store that holds anything takes no import, and one that began takes no other', async (t) => {
    const fillings: readonly ((store: Store) => Promise<unknown>)[] = [
      (store) => store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: toStixId('identity', 1) }),
      (store) => store.addOrganisation({ id: 'nass', name: 'NASS', audience: 'state', hub: false }),
      (store) => store.saveIntent(toIntent(1)),
      (store) => store.addFeed(toPullFeed(1)),
      (store) => store.saveArrivals('dhs', [toArrival(1)]),
      (store) => commit(store, { publish: [toPublication({ collection: nextCollectionId() })] }),
      (store) => commit(store, { versions: [toHeldVersion({ id: toStixId('tool', 1), handle: 1 })] }),
      (store) => store.beginImport('another mark'),
    ];
    for (const fill of fillings) {
      const { store } = await openForTest(t, openStore);
      await fill(store);
      const before = await store.importState();
      await assert.rejects(store.beginImport(MARK), hasCode('input.invalid'));
      assert.deepEqual(await store.importState(), before);
    }
  });

  test('obligation 14: a batch is refused where no import is under way', async (t) => {
    const { store } = await openForTest(t, openStore);
    const batch: ExportBatch = {
      records: [
        { kind: 'deployment', secret: Buffer.alloc(32).toString('base64'), hubIdentity: 'identity--1' },
        { kind: 'object', value: { id: toStixId('tool', 1), owner: 'fbi' } },
      ],
      position: 'one',
    };
    await assert.rejects(store.importBatch(batch), hasCode('input.invalid'));
    await importAll(store, [batch]);
    await assert.rejects(store.importBatch(batch), hasCode('input.invalid'));
  });

  test('obligation 14: an empty store is exported and imported, and is then in use like any other', async (t) => {
    const source = await openForTest(t, openStore);
    const target = await openForTest(t, openStore);
    await importAll(target.store, await readSmallBatches(source.store, 10));
    await fillStore(source.store);
    await fillStore(target.store);
    assert.deepEqual(await readContent(target.store), await readContent(source.store));
  });
}
