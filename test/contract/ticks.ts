import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MICROS_PER_MILLI } from '../../server/domain/timestamp.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Publication, Store } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { commit, HOUR, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';
import { readEverything } from './mirror.ts';

function toPublications(collection: CollectionId, from: number, count: number): readonly Publication[] {
  return Array.from({ length: count }, (_, place) =>
    toPublication({ collection, id: toStixId('tool', from + place) }),
  );
}

async function readDates(store: Store, collection: CollectionId): Promise<readonly Tick[]> {
  return (await readEverything(store, collection)).map((record) => record.dateAdded);
}

function assertRising(dates: readonly Tick[]): void {
  for (const [place, date] of dates.entries()) {
    assert.ok(Number.isSafeInteger(date));
    assert.ok(
      place === 0 || date > (dates[place - 1] ?? Infinity),
      `${date} does not come after the one before`,
    );
  }
}

/** Dates of entries. */
export function describeTicks(openStore: OpenStore): void {
  test('obligation 1: dates rise from commit to commit while the clock stands still or goes back an hour', async (t) => {
    const { opened, store, clock } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    await commit(store, { publish: toPublications(collection, 0, 5) });
    await commit(store, { publish: toPublications(collection, 10, 5) });
    clock.advance(-HOUR);
    await commit(store, { publish: toPublications(collection, 20, 5) });
    const reopened = await opened.reopen();
    clock.advance(-HOUR);
    await commit(reopened, { publish: toPublications(collection, 30, 5) });

    const records = await readEverything(reopened, collection);
    assertRising(records.map((record) => record.dateAdded));
    const commits = records.map((record) => Math.floor(Number(record.id.slice(-2)) / 10));
    assert.deepEqual(
      commits,
      [0, 1, 2, 3].flatMap((one) => Array.from({ length: 5 }, () => one)),
    );
    assert.equal(await reopened.lastTick(collection), records.at(-1)?.dateAdded);
  });

  test('obligation 1: dates are those of the clock when it is ahead of the last one', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    for (const from of [0, 10, 20]) {
      clock.advance(HOUR);
      await commit(store, { publish: toPublications(collection, from, 3) });
      const newest = (await readDates(store, collection)).slice(-3);
      for (const date of newest) {
        assert.ok(
          date >= clock.now() && date < clock.now() + 10 * MICROS_PER_MILLI,
          `${date} is no time of the clock`,
        );
      }
    }
  });

  test('obligation 1: a date is never given out again after its entry was withdrawn', async (t) => {
    const { opened, store, clock } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const [one] = toPublications(collection, 1, 1);
    assert.ok(one);
    await commit(store, { publish: [one] });
    const given = await store.lastTick(collection);
    await commit(store, { withdraw: [one] });
    assert.deepEqual(await readDates(store, collection), []);
    assert.equal(await store.lastTick(collection), given);

    clock.advance(-HOUR);
    const reopened = await opened.reopen();
    assert.equal(await reopened.lastTick(collection), given);
    await commit(reopened, { publish: [one] });
    const [date] = await readDates(reopened, collection);
    assert.ok(date !== undefined && date > given);
  });

  test('obligation 1: the tick of a commit is above every date given out before, in any collection', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const collections = [nextCollectionId(), nextCollectionId()];
    let last = 0;
    for (const [turn, collection] of [...collections, ...collections].entries()) {
      clock.advance(turn % 2 === 0 ? HOUR : -HOUR);
      const now = await store.write((section) =>
        Promise.resolve({
          result: section.now,
          changes: { publish: toPublications(collection, turn * 10, 3) },
        }),
      );
      assert.ok(Number.isSafeInteger(now));
      assert.ok(now > last, `${now} is not above ${last}`);
      last = Math.max(now, ...(await Promise.all(collections.map((one) => store.lastTick(one)))));
    }
    assert.ok((await store.view((section) => Promise.resolve(section.now))) > 0);
  });

  test('obligation 1: the tick of a commit is above that of the commit before, though nothing was published', async (t) => {
    const { opened, store, clock } = await openForTest(t, openStore);
    const accept = (from: Store, handle: number) =>
      from.write((section) => {
        const versions = [toHeldVersion({ id: toStixId('tool', handle), handle, rank: section.now })];
        return Promise.resolve({ result: section.now, changes: { versions } });
      });
    const nows = [await accept(store, 1), await accept(store, 2)];
    clock.advance(-HOUR);
    nows.push(await accept(store, 3));
    const reopened = await opened.reopen();
    nows.push(await accept(reopened, 4));
    assertRising(nows);
  });

  test('obligation 1: two stores that write at once give out no date twice', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under, { clock: { now: () => under.clock.now() - HOUR } });
    const collection = nextCollectionId();
    const answers = Array.from({ length: 10 }, async (_, turn) => {
      const store = turn % 2 === 0 ? under.store : second;
      return store.write((section) =>
        Promise.resolve({
          result: section.now,
          changes: { publish: toPublications(collection, turn * 10, 4) },
        }),
      );
    });
    const nows = await Promise.all(answers);
    assert.equal(new Set(nows).size, 10);
    const dates = await readDates(second, collection);
    assert.equal(dates.length, 40);
    assertRising(dates);
    assert.deepEqual(dates, await readDates(under.store, collection));
  });

  test('obligation 2: the last entry of each commit lands on a whole millisecond, in every collection', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const collections = [nextCollectionId(), nextCollectionId(), nextCollectionId()];
    let from = 0;
    for (const count of [1, 2, 3, 999, 1000, 1001]) {
      clock.advance(count === 3 ? -HOUR : 12_345);
      const publish = collections.flatMap((one, place) => toPublications(one, from, count + place));
      await commit(store, { publish });
      from += count + collections.length;
      for (const collection of collections) {
        const last = (await readDates(store, collection)).at(-1);
        assert.ok(last !== undefined);
        assert.equal(last % MICROS_PER_MILLI, 0);
        assert.equal(await store.lastTick(collection), last);
      }
    }
    for (const collection of collections) assertRising(await readDates(store, collection));
  });

  test('obligation 2: a commit that only brings earlier versions back ends on a whole millisecond', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const later = (one: Publication) =>
      toPublication({ collection, id: one.id, version: '2019-01-01T00:00:00Z' });
    const first = toPublications(collection, 0, 3);
    await commit(store, { publish: first });
    await commit(store, { publish: first.map(later) });
    const before = await store.lastTick(collection);
    await commit(store, { withdraw: first.map(later) });
    const dates = await readDates(store, collection);
    assert.equal(dates.length, 3);
    assertRising([before, ...dates]);
    assert.equal((dates.at(-1) ?? 1) % MICROS_PER_MILLI, 0);
  });

  test('obligation 2: so does the last entry that a poll of the latest versions shows', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const toVersions = (number: number, years: readonly number[]) =>
      years.map((year) =>
        toPublication({ collection, id: toStixId('tool', number), version: `${year}-01-01T00:00:00Z` }),
      );
    for (const [from, turn] of [0, 10, 20, 30].entries()) {
      if (from % 2 === 1) clock.advance(12_345);
      // The older version comes last, so that what a poll shows ends before the commit does.
      const publish = [...toVersions(turn, [2019]), ...toVersions(turn + 1, [2020, 2019, 2018])];
      await commit(store, { publish });
      const page = await store.readManifest(collection, { ...DEFAULT_POLL, after: 0, limit: 100 });
      assert.equal((page.records.at(-1)?.dateAdded ?? 1) % MICROS_PER_MILLI, 0);
      assert.equal((await store.lastTick(collection)) % MICROS_PER_MILLI, 0);
      assertRising(await readDates(store, collection));
    }
    // The latest of one comes back, and after it an older one of what a higher spec version hid.
    const hidden = toVersions(40, [2018, 2019]).map((one) => ({ ...one, specVersion: '2.0' as const }));
    const [later, hiding] = [toVersions(0, [2021]), toVersions(40, [2030])];
    await commit(store, { publish: [...hidden, ...later, ...hiding] });
    await commit(store, { withdraw: [...later, ...hiding] });
    const page = await store.readManifest(collection, { ...DEFAULT_POLL, after: 0, limit: 100 });
    assert.equal((page.records.at(-1)?.dateAdded ?? 1) % MICROS_PER_MILLI, 0);
  });
}
