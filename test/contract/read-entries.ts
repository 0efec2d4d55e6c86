import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { ShownEntry, Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { changesArb, toCollection } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { createMirror, readEverything } from './mirror.ts';
import { commit, openForTest, openSecondForTest, type OpenStore } from './open-store.ts';

async function readInParts(
  store: Store,
  collection: CollectionId,
  limit: number,
): Promise<readonly ShownEntry[]> {
  const all: ShownEntry[] = [];
  for (let after: Tick = 0; ; after = all.at(-1)?.tick ?? after) {
    const part = await store.readEntries(collection, after, limit);
    assert.ok(part.length <= limit);
    assert.ok((part[0]?.tick ?? after + 1) > after, 'a part gets ahead');
    all.push(...part);
    if (part.length === 0) return all;
  }
}

/** What a push reads. */
export function describeReadEntries(openStore: OpenStore): void {
  test('obligation 5: entries to send on are all versions that are shown, each once, as the reference has them, after any tick', async (t) => {
    const { store } = await openForTest(t, openStore);
    await fc.assert(
      fc.asyncProperty(
        fc.array(changesArb, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, limit) => {
          const collection = nextCollectionId();
          const mirror = createMirror(store, collection);
          for (const changes of steps) await mirror.commit(toCollection(changes, collection));
          const dates = (await readEverything(store, collection)).map(({ dateAdded }) => dateAdded);
          const held = mirror.reference.all().toSorted((one, other) => one.tick - other.tick);
          const expected = held.map(({ publication }, place) => ({ ...publication, tick: dates[place] }));
          assert.deepEqual(await store.readEntries(collection, 0, 1000), expected);
          assert.deepEqual(await readInParts(store, collection, limit), expected);
          for (const [place, after] of dates.entries()) {
            const rest = expected.slice(place + 1);
            assert.deepEqual(await store.readEntries(collection, after, 1000), rest);
            assert.deepEqual(
              await store.readEntries(collection, after - 1, limit),
              expected.slice(place, place + limit),
            );
          }
        },
      ),
      readRandomRuns(t),
    );
  });

  test('obligation 5: entries to send on have both spec versions and every version, and none of a collection that is not there', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const id = toStixId('tool', 1);
    const publish = [
      toPublication({ collection, id, specVersion: '2.0', version: '2018-08-20T00:00:00.000Z' }),
      toPublication({ collection, id, version: '2018-08-21T00:00:00.000Z' }),
      toPublication({ collection, id, heldId: toStixId('tool', 2), version: '2018-08-22T00:00:00.123Z' }),
    ];
    await commit(under.store, { publish });
    const found = await second.readEntries(collection, 0, 10);
    const shown = found.map(({ tick: _, ...publication }) => publication);
    assert.deepEqual(
      shown.toSorted((one, other) => (one.version < other.version ? -1 : 1)),
      publish,
    );
    assert.equal(found.at(-1)?.tick, await second.lastTick(collection));
    assert.deepEqual(await second.readEntries(collection, 0, 0), []);
    assert.deepEqual(await second.readEntries(collection, await second.lastTick(collection), 10), []);
    assert.deepEqual(await second.readEntries(nextCollectionId(), 0, 10), []);
  });
}
