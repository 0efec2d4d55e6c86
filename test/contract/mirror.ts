import assert from 'node:assert/strict';
import type { ObjectFilter } from '../../server/domain/object-query.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { ManifestRecord, Store } from '../../server/storage/port.ts';
import { toVersionKey } from '../support/publications.ts';
import { EVERYTHING } from '../support/random-entries.ts';
import { createReferenceEntries, toEntryName } from '../support/reference-entries.ts';
import type { EntryChanges, ReferenceEntries } from '../support/reference-entries.ts';

/** A collection of a store and its reference, changed together. */
export interface Mirror {
  readonly reference: ReferenceEntries;
  /** Commits to both, and asserts that the same entries got a new `date_added`. */
  commit(changes: EntryChanges, store?: Store): Promise<void>;
  /**
   * Asserts that both answer the same. The port leaves the order inside one commit to the store; it is taken over
   * by the reference, all else is compared.
   * @param position how many dates given out so far lie at or before `after`.
   */
  compare(filter: ObjectFilter, position: number, limit: number): Promise<void>;
  /** Asserts that the short reads (has, count, entries of an object) say what the reference holds. */
  compareLookups(): Promise<void>;
  /** How many dates were given out. */
  countDates(): number;
}

/** All entries of a collection, in the order of their dates. */
export async function readEverything(
  store: Store,
  collection: CollectionId,
  after: Tick = 0,
): Promise<readonly ManifestRecord[]> {
  const records: ManifestRecord[] = [];
  let from = after;
  for (;;) {
    const page = await store.readManifest(collection, { ...EVERYTHING, after: from, limit: 100_000 });
    records.push(...page.records);
    if (!page.more) return records;
    from = toNextPosition(from, page.scannedTo ?? page.records.at(-1)?.dateAdded);
  }
}

/** The texts that a poller gets which follows the pages to their end. */
export async function readByPages(
  store: Store,
  collection: CollectionId,
  filter: ObjectFilter,
  limit: number,
): Promise<readonly string[]> {
  const texts: string[] = [];
  let after: Tick = 0;
  for (;;) {
    const page = await store.readObjects(collection, { ...filter, after, limit });
    assert.ok(page.texts.length <= limit);
    texts.push(...page.texts);
    if (!page.more) return texts;
    after = toNextPosition(after, page.scannedTo ?? page.last);
  }
}

/** Where a poller goes on: it has to get ahead with every page. */
export function toNextPosition(after: Tick, next: Tick | undefined): Tick {
  assert.ok(
    next !== undefined && next > after,
    `a page with more leads from ${after} to ${next ?? 'nowhere'}`,
  );
  return next;
}

/** @param collection an empty collection of the store. */
export function createMirror(store: Store, collection: CollectionId): Mirror {
  const reference = createReferenceEntries();
  // The store's date for each tick of the reference; place 0 is before everything.
  const dates: Tick[] = [0];

  async function commit(changes: EntryChanges, writer = store): Promise<void> {
    const withdraw = changes.withdraw.map((key) => ({ collection, ...key }));
    await writer.write(() =>
      Promise.resolve({ result: undefined, changes: { withdraw, publish: changes.publish } }),
    );
    const added = await readEverything(store, collection, dates.at(-1));
    const names = added.map(({ id, version }) => toEntryName({ id, versionKey: toVersionKey(version) }));
    const expected = reference.commit(changes, names);
    assert.deepEqual(
      names.toSorted(),
      expected.toSorted(),
      'other entries were dated than the reference says',
    );
    dates.push(...added.map((record) => record.dateAdded));
  }

  async function compare(filter: ObjectFilter, position: number, limit: number): Promise<void> {
    const after = dates[position];
    assert.ok(after !== undefined);
    const expected = reference.query({ ...filter, after: position, limit });
    const objects = await store.readObjects(collection, { ...filter, after, limit });
    const texts = expected.entries.map((entry) => entry.publication.text);
    const ticks = expected.entries.map((entry) => dates[entry.tick]);
    assert.deepEqual(objects.texts, texts);
    assert.equal(objects.more, expected.more);
    assert.deepEqual([objects.first, objects.last], [ticks.at(0), ticks.at(-1)]);

    const manifest = await store.readManifest(collection, { ...filter, after, limit });
    const records = expected.entries.map(({ publication: { id, version, specVersion }, tick }) => {
      return { id, dateAdded: dates[tick], version, specVersion };
    });
    assert.deepEqual(
      manifest.records.map(({ id, dateAdded, version, specVersion }) => ({
        id,
        dateAdded,
        version,
        specVersion,
      })),
      records,
    );
    assert.equal(manifest.more, expected.more);
  }

  async function compareLookups(): Promise<void> {
    const held = reference.all().map((entry) => entry.publication);
    assert.equal(await store.countEntries(collection), held.length);
    assert.equal(await store.lastTick(collection), dates.at(-1));
    const ids = [...new Set(held.map((one) => one.id))];
    const asked = [...ids, 'report--00000000-0000-4000-8000-0000000000fe'];
    const { shown, entries } = await store.view(async (section) => ({
      shown: await section.shownIds(collection, asked),
      entries: await Promise.all(asked.map((id) => section.entriesOf(collection, id))),
    }));
    assert.deepEqual([...shown].sort(), ids.toSorted());
    for (const [place, id] of asked.entries()) {
      const mine = held.filter((one) => one.id === id);
      const sorted = mine.toSorted((one, other) => (one.versionKey < other.versionKey ? -1 : 1));
      assert.deepEqual(entries[place], sorted);
      assert.equal(await store.hasObject(collection, id), mine.length > 0);
      const keys = sorted.map((one) => one.versionKey);
      assert.equal(
        await store.hasVersion(collection, id, [...keys, '0000-00-00T00:00:00.']),
        mine.length > 0,
      );
      assert.equal(await store.hasVersion(collection, id, ['0000-00-00T00:00:00.']), false);
    }
  }

  return { reference, commit, compare, compareLookups, countDates: () => dates.length - 1 };
}
