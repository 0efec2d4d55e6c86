import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { commit, letOthersRun, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

/** Writes the number of entries into the next one, so that a commit that did not see another one shows. */
async function addNext(store: Store, collection: CollectionId): Promise<number> {
  return store.write(async (section) => {
    const ids = Array.from({ length: 100 }, (_, place) => toStixId('tool', place));
    const shown = await section.shownIds(collection, ids);
    await letOthersRun();
    const id = toStixId('tool', shown.size);
    return { result: shown.size, changes: { publish: [toPublication({ collection, id })] } };
  });
}

function toCounts(count: number): readonly number[] {
  return Array.from({ length: count }, (_, place) => place);
}

/** Commits: whole, alone, lasting. */
export function describeWriting(openStore: OpenStore): void {
  test('obligation 3: work that throws leaves nothing, and its error comes out as it is', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const failure = new Error('the work failed');
    const generation = await store.generation(collection);
    await assert.rejects(
      store.write(async (section) => {
        section.reserveHandles(3);
        await section.heldObjects([toStixId('tool', 1)]);
        throw failure;
      }),
      (error) => error === failure,
    );
    assert.equal(await store.generation(collection), generation);
    assert.equal(await addNext(store, collection), 0);
  });

  test('obligation 3: changes of which one cannot be applied leave nothing at all', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const there = toPublication({ collection, id: toStixId('tool', 1) });
    await commit(store, { publish: [there] });
    const lastTick = await store.lastTick(collection);
    const held = toHeldVersion({ id: toStixId('tool', 50), handle: 50 });
    const broken = {
      ...toPublication({ collection, id: toStixId('tool', 3) }),
      get text(): string {
        throw new Error('this text cannot be read');
      },
    };
    await assert.rejects(
      commit(store, {
        objects: [{ id: held.id, owner: 'fbi' }],
        versions: [held],
        decisions: [{ handle: 50, collection, state: 'shown', due: 1 }],
        withdraw: [there],
        publish: [toPublication({ collection, id: toStixId('tool', 2) }), broken],
      }),
    );
    const page = await store.readObjects(collection, { ...DEFAULT_POLL, after: 0, limit: 10 });
    assert.deepEqual(page.texts, [there.text]);
    assert.equal(page.last, lastTick);
    assert.equal(await store.lastTick(collection), lastTick);
    await store.view(async (section) => {
      assert.equal((await section.heldObjects([held.id])).size, 0);
      assert.deepEqual(await section.heldIds('', 10), []);
      assert.deepEqual(await section.dueObjects(Number.MAX_SAFE_INTEGER, 10), []);
      assert.deepEqual(await section.idsOf('fbi'), []);
    });
    await commit(store, { publish: [toPublication({ collection, id: toStixId('tool', 4) })] });
    assert.equal(await store.countEntries(collection), 2);
  });

  test('obligation 3: readers see all of a commit or nothing of it, in each store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    let isWriting = true;
    const read = async (store: Store): Promise<void> => {
      while (isWriting) {
        const page = await store.readManifest(collection, { ...DEFAULT_POLL, after: 0, limit: 1000 });
        assert.equal(page.records.length % 7, 0);
        assert.equal((await store.countEntries(collection)) % 7, 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const readers = [read(under.store), read(second)];
    const writes = toCounts(12).map((turn) => {
      const publish = toCounts(7).map((place) =>
        toPublication({ collection, id: toStixId('tool', turn * 7 + place) }),
      );
      return commit(turn % 2 === 0 ? under.store : second, { publish });
    });
    await Promise.all(writes).finally(() => {
      isWriting = false;
    });
    await Promise.all(readers);
    assert.equal(await second.countEntries(collection), 84);
  });

  test('obligation 3: what is being written is not seen before it is committed', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const gate = under.createGate();
    const write = under.store.write(async () => {
      await gate.pass();
      return { result: 'done', changes: { publish: [toPublication({ collection })] } };
    });
    await gate.reached;
    for (const store of [under.store, second]) assert.equal(await store.countEntries(collection), 0);
    gate.open();
    assert.equal(await write, 'done');
    for (const store of [under.store, second]) assert.equal(await store.countEntries(collection), 1);
  });

  test('obligation 3: a commit is there after the store was opened anew', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const collections = [nextCollectionId(), nextCollectionId()];
    await commit(store, { publish: collections.map((collection) => toPublication({ collection })) });
    const reopened = await opened.reopen();
    for (const collection of collections) assert.equal(await reopened.countEntries(collection), 1);
  });

  test('obligation 4: writes of one store that start at once run one after the other', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const results = await Promise.all(toCounts(10).map(() => addNext(store, collection)));
    assert.deepEqual(
      results.toSorted((one, other) => one - other),
      toCounts(10),
    );
    assert.equal(await store.countEntries(collection), 10);
  });

  test('obligation 4: writes of two stores that start at once run one after the other', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    let inside = 0;
    const stores = toCounts(12).map((turn) => (turn % 2 === 0 ? under.store : second));
    const results = await Promise.all(
      stores.map((store) =>
        store.write(async (section) => {
          inside += 1;
          assert.equal(inside, 1, 'another write is under way');
          await letOthersRun();
          const shown = await section.shownIds(
            collection,
            toCounts(20).map((place) => toStixId('tool', place)),
          );
          inside -= 1;
          const id = toStixId('tool', shown.size);
          return { result: shown.size, changes: { publish: [toPublication({ collection, id })] } };
        }),
      ),
    );
    assert.deepEqual(
      results.toSorted((one, other) => one - other),
      toCounts(12),
    );
  });

  test('obligation 4: a write reads what the commit before it changed, through either store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const held = toHeldVersion({ id: toStixId('tool', 1), handle: 1 });
    await commit(under.store, {
      objects: [{ id: held.id, owner: 'fbi' }],
      versions: [held],
      decisions: [{ handle: 1, collection, state: 'shown' }],
      publish: [toPublication({ collection, id: held.id })],
    });
    for (const store of [under.store, second]) {
      const read = await store.write(async (section) => ({
        result: {
          owner: (await section.heldObjects([held.id])).get(held.id)?.owner,
          ids: await section.idsOf('fbi'),
          shown: await section.shownIds(collection, [held.id]),
        },
      }));
      assert.deepEqual(read, { owner: 'fbi', ids: [held.id], shown: new Set([held.id]) });
    }
  });

  test('obligation 4: a view is a snapshot that commits under way do not change', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const one = toPublication({ collection, id: toStixId('tool', 1) });
    await commit(under.store, { publish: [one] });
    for (const [turn, writer] of [under.store, second].entries()) {
      const other = toPublication({
        collection,
        id: toStixId('tool', 2),
        version: `201${turn}-01-01T00:00:00Z`,
      });
      let write: Promise<void> | undefined;
      await under.store.view(async (section) => {
        const before = await section.entriesOf(collection, other.id);
        write = commit(writer, { publish: [other] });
        await letOthersRun();
        assert.deepEqual(await section.entriesOf(collection, other.id), before);
      });
      await write;
      const after = await under.store.view((section) => section.entriesOf(collection, other.id));
      assert.equal(after.length, turn + 1);
    }
  });

  test('obligation 4: handles are consecutive and never given out twice, by any store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const reserve = (store: Store) =>
      store.write((section) => {
        const blocks = [section.reserveHandles(3), section.reserveHandles(1)];
        const handles = [...toCounts(3).map((place) => (blocks[0] ?? 0) + place), blocks[1] ?? 0];
        const versions = handles.map((handle) => toHeldVersion({ id: toStixId('tool', handle), handle }));
        return Promise.resolve({ result: handles, changes: { versions } });
      });
    const first = await Promise.all([under.store, second, under.store, second].map(reserve));
    const reopened = await under.opened.reopen();
    const given = [...first.flat(), ...(await reserve(reopened))];
    assert.ok(given.every((handle) => Number.isSafeInteger(handle)));
    assert.equal(new Set(given).size, 20);
  });

  test('obligation 4: a write gives back its result, with changes or without', async (t) => {
    const { store } = await openForTest(t, openStore);
    const result = { any: ['thing'] };
    assert.equal(await store.write(() => Promise.resolve({ result })), result);
    assert.equal(await store.write(() => Promise.resolve({ result, changes: {} })), result);
    assert.equal(await store.view(() => Promise.resolve(result)), result);
  });
}
