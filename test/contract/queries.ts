import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_VERSIONS, LAST_VERSION } from '../../server/domain/object-query.ts';
import type { ObjectFilter } from '../../server/domain/object-query.ts';
import { nextCollectionId, toPublication, toStixId, toVersionKey } from '../support/publications.ts';
import { changesArb, DEFAULT_POLL, EVERYTHING, filterArb, toCollection } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { commit, openForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';
import { createMirror, readByPages } from './mirror.ts';

const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999) * 1000 + 999;

const questionArb = fc.record({
  filter: filterArb,
  position: fc.nat(),
  limit: fc.integer({ min: 1, max: 12 }),
});

/** What a poll is answered. */
export function describeQueries(openStore: OpenStore): void {
  test('obligation 5: random commits and queries are answered as by the reference', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const stepArb = fc.record({
      clockStep: fc.integer({ min: -5_000_000, max: 5_000_000 }),
      changes: changesArb,
      questions: fc.array(questionArb, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(stepArb, { minLength: 1, maxLength: 10 }), async (steps) => {
        // Each run has a collection of its own, so that one database serves all of them.
        const fresh = nextCollectionId();
        const mirror = createMirror(store, fresh);
        for (const { clockStep, changes, questions } of steps) {
          clock.advance(clockStep);
          await mirror.commit(toCollection(changes, fresh));
          await mirror.compare(EVERYTHING, 0, 1000);
          await mirror.compare(DEFAULT_POLL, 0, 1000);
          for (const { filter, position, limit } of questions) {
            await mirror.compare(filter, position % (mirror.countDates() + 1), limit);
          }
        }
        await mirror.compareLookups();
      }),
      readRandomRuns(t),
    );
  });

  test('obligation 5: a page that looked at enough rows says where to go on, and nothing is left out', async (t) => {
    const { store } = await openForTest(t, openStore, { pageScanMax: 4 });
    const stepArb = fc.record({ changes: changesArb, filter: filterArb });
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepArb, { minLength: 3, maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (steps, limit) => {
          const collection = nextCollectionId();
          const mirror = createMirror(store, collection);
          for (const { changes } of steps) await mirror.commit(toCollection(changes, collection));
          for (const { filter } of [...steps, { filter: EVERYTHING }, { filter: DEFAULT_POLL }]) {
            const { entries } = mirror.reference.query({ ...filter, after: 0, limit: 1000 });
            const texts = entries.map((entry) => entry.publication.text);
            assert.deepEqual(await readByPages(store, collection, filter, limit), texts);
          }
        },
      ),
      readRandomRuns(t),
    );
  });

  test('obligation 5: what few entries match is found behind many that do not, however few rows a page looks at', async (t) => {
    const { store } = await openForTest(t, openStore, { pageScanMax: 4 });
    const collection = nextCollectionId();
    const publish = Array.from({ length: 60 }, (_, place) => {
      const specVersion = place % 20 === 19 ? ('2.0' as const) : ('2.1' as const);
      return toPublication({
        collection,
        id: toStixId('tool', place),
        specVersion,
        text: `{"place":${place}}`,
      });
    });
    await commit(store, { publish });
    const old: ObjectFilter = { specVersions: ['2.0'], versions: [ALL_VERSIONS] };
    for (const filter of [old, { ...old, types: ['tool'] }, { ...old, versions: [LAST_VERSION] }]) {
      for (const limit of [1, 2, 10]) {
        const texts = await readByPages(store, collection, filter, limit);
        assert.deepEqual(texts, ['{"place":19}', '{"place":39}', '{"place":59}']);
      }
    }
  });

  test('obligation 5: a page of exactly the limit has no more, one entry beyond it has', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const publish = [1, 2, 3].map((number) => toPublication({ collection, id: toStixId('tool', number) }));
    await commit(store, { publish });
    for (const filter of [EVERYTHING, DEFAULT_POLL, { ...DEFAULT_POLL, types: ['tool'] }]) {
      assert.equal((await store.readObjects(collection, { ...filter, after: 0, limit: 3 })).more, false);
      assert.equal((await store.readObjects(collection, { ...filter, after: 0, limit: 2 })).more, true);
      assert.equal((await store.readManifest(collection, { ...filter, after: 0, limit: 3 })).more, false);
      assert.equal((await store.readManifest(collection, { ...filter, after: 0, limit: 2 })).more, true);
    }
  });

  test('obligation 5: any moment from the year 0 to 9999 is an after', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    await commit(store, { publish: [toPublication({ collection })] });
    const oldest = Date.parse('0000-01-01T00:00:00Z') * 1000;
    for (const after of [LAST_MOMENT, Number.MAX_SAFE_INTEGER]) {
      const page = await store.readObjects(collection, { ...DEFAULT_POLL, after, limit: 10 });
      assert.deepEqual([page.texts, page.more, page.first, page.last], [[], false, undefined, undefined]);
    }
    for (const after of [oldest, -1]) {
      const page = await store.readObjects(collection, { ...DEFAULT_POLL, after, limit: 10 });
      assert.equal(page.texts.length, 1);
    }
  });

  test('obligation 5: a collection that nothing was added to is empty', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const query = { ...DEFAULT_POLL, after: 0, limit: 10 };
    const objects = await store.readObjects(collection, query);
    assert.deepEqual(
      [objects.texts, objects.more, objects.first, objects.last],
      [[], false, undefined, undefined],
    );
    assert.deepEqual((await store.readManifest(collection, query)).records, []);
    assert.equal(await store.countEntries(collection), 0);
    assert.equal(await store.lastTick(collection), 0);
    assert.equal(await store.hasObject(collection, toStixId('tool', 1)), false);
  });

  test('obligation 5: as many exact versions and ids as an address line holds are one query', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const wanted = toPublication({ collection, id: toStixId('tool', 7) });
    await commit(store, { publish: [wanted, toPublication({ collection, id: toStixId('tool', 8) })] });
    const ids = Array.from({ length: 1000 }, (_, place) => toStixId('tool', place + 1000));
    const exact = Array.from({ length: 1000 }, (_, place) =>
      toVersionKey(`2001-01-01T00:00:00.${String(place + 1).padStart(4, '0')}Z`),
    );
    const selector = { all: false, first: false, last: false, exact: [...exact, wanted.versionKey] };
    const query = { ids: [...ids, wanted.id], versions: [selector], after: 0, limit: 10 };
    assert.deepEqual((await store.readObjects(collection, query)).texts, [wanted.text]);
  });
}
