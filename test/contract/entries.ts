import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { commit, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';
import { readEverything } from './mirror.ts';

const FIRST = '2018-08-21T00:00:00.000Z';
const SECOND = '2018-08-22T00:00:00.000Z';
const THIRD = '2018-08-23T00:00:00.000Z';

async function readDefaultPoll(
  store: Store,
  collection: CollectionId,
  after = 0,
): Promise<readonly string[]> {
  return (await store.readObjects(collection, { ...DEFAULT_POLL, after, limit: 1000 })).texts;
}

/** Entries that come, are replaced and go. */
export function describeEntries(openStore: OpenStore): void {
  test('obligation 6: the version before is dated anew when the last one is withdrawn', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const [one, two, other] = [
      toPublication({ collection, version: FIRST }),
      toPublication({ collection, version: SECOND }),
      toPublication({ collection, id: toStixId('tool', 2), version: FIRST }),
    ];
    await commit(store, { publish: [one] });
    await commit(store, { publish: [two, other] });
    const seen = await store.lastTick(collection);
    assert.deepEqual(await readDefaultPoll(store, collection, seen), []);
    await commit(store, { withdraw: [two] });
    assert.deepEqual(await readDefaultPoll(store, collection, seen), [one.text]);
    assert.equal(await store.countEntries(collection), 2);
  });

  test('obligation 6: an earlier version that is withdrawn leaves the last one with its date', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const versions = [FIRST, SECOND, THIRD].map((version) => toPublication({ collection, version }));
    await commit(store, { publish: versions });
    const before = await readEverything(store, collection);
    await commit(store, { withdraw: versions.slice(0, 2) });
    assert.deepEqual(await readEverything(store, collection), before.slice(2));
  });

  test('obligation 6: a last version that is replaced by a later one in the same commit brings nothing back', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const one = toPublication({ collection, version: FIRST });
    const two = toPublication({ collection, version: SECOND });
    const three = toPublication({ collection, version: THIRD });
    await commit(store, { publish: [one, two] });
    const seen = await store.lastTick(collection);
    await commit(store, { withdraw: [two], publish: [three] });
    const added = await readEverything(store, collection, seen);
    assert.deepEqual(
      added.map((record) => record.version),
      [THIRD],
    );
  });

  test('obligation 6: what a higher spec version hid is dated anew when that goes or is replaced', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const old = toPublication({ collection, version: SECOND, specVersion: '2.0', text: '{"old":2}' });
    const hiding = toPublication({ collection, version: FIRST, specVersion: '2.1', text: '{"new":1}' });
    await commit(store, { publish: [old] });
    await commit(store, { publish: [hiding] });
    assert.deepEqual(await readDefaultPoll(store, collection), [hiding.text]);
    let seen = await store.lastTick(collection);
    await commit(store, { withdraw: [hiding] });
    assert.deepEqual(await readDefaultPoll(store, collection, seen), [old.text]);

    await commit(store, { publish: [hiding] });
    seen = await store.lastTick(collection);
    await commit(store, { publish: [{ ...hiding, specVersion: '2.0' }] });
    assert.deepEqual(await readDefaultPoll(store, collection, seen), [old.text]);
  });

  test('obligation 7: publishing a version again replaces its entry and dates it anew', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const one = toPublication({
      collection,
      version: '2018-08-21T00:00:00.1Z',
      text: '{"copy":1}',
    });
    const again = toPublication({
      collection,
      version: '2018-08-21T00:00:00.100Z',
      text: '{"copy":2}',
    });
    await commit(store, { publish: [one] });
    const seen = await store.lastTick(collection);
    await commit(store, { publish: [again] });
    assert.deepEqual(await readDefaultPoll(store, collection), [again.text]);
    assert.deepEqual(await readDefaultPoll(store, collection, seen), [again.text]);
    const entries = await store.view((section) => section.entriesOf(collection, one.id));
    assert.deepEqual(entries, [again]);
    assert.equal(await store.countEntries(collection), 1);
  });

  test('obligation 7: an entry that is withdrawn and published in one commit is there once', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const one = toPublication({ collection, text: '{"copy":1}' });
    await commit(store, { publish: [one] });
    await commit(store, { withdraw: [one], publish: [{ ...one, text: '{"copy":2}' }] });
    assert.deepEqual(await readDefaultPoll(store, collection), ['{"copy":2}']);
    await commit(store, { withdraw: [one, toPublication({ collection, version: THIRD })] });
    assert.deepEqual(await readDefaultPoll(store, collection), []);
  });

  test('obligation 7: the same version is one entry in each collection, with dates of its own', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const [here, there] = [nextCollectionId(), nextCollectionId()];
    await commit(store, { publish: [toPublication({ collection: here, text: '{"in":"here"}' })] });
    clock.advance(1_000_000);
    await commit(store, { publish: [toPublication({ collection: there, text: '{"in":"there"}' })] });
    assert.deepEqual(await readDefaultPoll(store, here), ['{"in":"here"}']);
    assert.deepEqual(await readDefaultPoll(store, there), ['{"in":"there"}']);
    assert.ok((await store.lastTick(here)) < (await store.lastTick(there)));
    await commit(store, { withdraw: [toPublication({ collection: here })] });
    assert.deepEqual(await readDefaultPoll(store, there), ['{"in":"there"}']);
  });

  test('obligation 7: an entry keeps under which id it is shown and under which it is held', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const derived = toPublication({ collection, heldId: toStixId('campaign', 99) });
    const posted = toPublication({ collection, id: toStixId('tool', 2), specVersion: '2.0' });
    await commit(store, { publish: [derived, posted] });
    const entries = await store.view((section) =>
      Promise.all([derived, posted].map((one) => section.entriesOf(collection, one.id))),
    );
    assert.deepEqual(entries, [[derived], [posted]]);
    assert.equal(await store.hasObject(collection, derived.id), true);
    assert.equal(await store.hasObject(collection, derived.heldId), false);
  });

  test('obligation 10: every commit that changes entries gives a generation never seen before', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const one = toPublication({ collection });
    const other = toPublication({ collection, id: toStixId('tool', 2) });
    const stores = [under.store, second];
    const seen = await Promise.all(stores.map(async (store) => [await store.generation(collection)]));
    const steps = [
      { publish: [one] },
      { publish: [other] },
      { publish: [one] },
      { withdraw: [other] },
      { withdraw: [one] },
      { publish: [one] },
    ];
    for (const [turn, changes] of steps.entries()) {
      await commit(turn % 2 === 0 ? under.store : second, changes);
      for (const [place, store] of stores.entries()) {
        const generation = await store.generation(collection);
        assert.ok(!seen[place]?.includes(generation), `generation ${generation} came back`);
        seen[place]?.push(generation);
      }
    }
  });
}
