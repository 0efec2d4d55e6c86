import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ObjectFilter } from '../../server/domain/object-query.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { ManifestRecord, Store } from '../../server/storage/port.ts';
import { nextCollectionId } from '../support/publications.ts';
import { changesArb, DEFAULT_POLL, EVERYTHING, toCollection } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import type { EntryChanges } from '../support/reference-entries.ts';
import { commit, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';
import { readEverything, toNextPosition } from './mirror.ts';

interface Received extends ManifestRecord {
  readonly text: string;
}

/** One thing that happens while a poller is under way. */
interface Event {
  readonly changes: EntryChanges;
  readonly limit: number;
  readonly clockStep: number;
}

const eventsArb: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.record({
    changes: changesArb,
    limit: fc.integer({ min: 1, max: 5 }),
    clockStep: fc.integer({ min: -3_600_000_000, max: 1_000_000 }),
  }),
  { minLength: 1, maxLength: 12 },
);

async function change(store: Store, collection: CollectionId, changes: EntryChanges): Promise<void> {
  const withdraw = changes.withdraw.map((key) => ({ collection, ...key }));
  await commit(store, { withdraw, publish: toCollection(changes, collection).publish });
}

interface ReceivedPage<T> {
  readonly items: readonly T[];
  readonly more: boolean;
  /** Where to go on; absent on an empty page. */
  readonly next?: Tick | undefined;
}

type ReadPage<T> = (after: Tick, limit: number) => Promise<ReceivedPage<T>>;

function readManifestPage(
  store: Store,
  collection: CollectionId,
  filter: ObjectFilter,
): ReadPage<ManifestRecord> {
  return async (after, limit) => {
    const page = await store.readManifest(collection, { ...filter, after, limit });
    return { items: page.records, more: page.more, next: page.scannedTo ?? page.records.at(-1)?.dateAdded };
  };
}

/** For polls between which nothing is committed: a text and its record are read one after the other. */
function readWholePage(store: Store, collection: CollectionId, filter: ObjectFilter): ReadPage<Received> {
  const readRecords = readManifestPage(store, collection, filter);
  return async (after, limit) => {
    const { texts } = await store.readObjects(collection, { ...filter, after, limit });
    const page = await readRecords(after, limit);
    assert.equal(page.items.length, texts.length);
    return { ...page, items: page.items.map((record, place) => ({ ...record, text: texts[place] ?? '' })) };
  };
}

/** Reads page after page, lets one event happen after each, and ends when nothing is left to happen or to read. */
async function poll<T>(
  readPage: ReadPage<T>,
  events: readonly Event[],
  between: (event: Event, turn: number) => Promise<void>,
): Promise<readonly T[]> {
  const received: T[] = [];
  let after: Tick = 0;
  for (let turn = 0; ; turn += 1) {
    const event = events[turn];
    const page = await readPage(after, event?.limit ?? 3);
    received.push(...page.items);
    after = page.more ? toNextPosition(after, page.next) : (page.next ?? after);
    if (event) await between(event, turn);
    else if (!page.more) return received;
  }
}

/** A poll that missed nothing holds this: each entry that was there throughout once, and all that is there now. */
function assertNothingMissed(
  before: readonly ManifestRecord[],
  after: readonly ManifestRecord[],
  received: readonly ManifestRecord[],
): void {
  const dates = received.map((one) => one.dateAdded);
  assert.deepEqual(
    dates,
    [...new Set(dates)].sort((one, other) => one - other),
    'no date comes twice or out of order',
  );
  const throughout = before.filter((one) => after.some((other) => other.dateAdded === one.dateAdded));
  for (const entry of [...throughout, ...after]) {
    const times = received.filter((one) => one.dateAdded === entry.dateAdded && one.id === entry.id).length;
    assert.equal(times, 1, `${entry.id} of ${entry.version} came ${times} times`);
  }
}

/** Pollers that are under way while others write. */
export function describeWalks(openStore: OpenStore): void {
  test('obligation 1: a poller over all versions gets every entry once, whatever is committed between its pages', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    await fc.assert(
      fc.asyncProperty(fc.array(changesArb, { maxLength: 4 }), eventsArb, async (first, events) => {
        const collection = nextCollectionId();
        for (const changes of first) await change(store, collection, changes);
        const before = await readEverything(store, collection);
        const readPage = readManifestPage(store, collection, EVERYTHING);
        const received = await poll(readPage, events, async ({ changes, clockStep }) => {
          clock.advance(clockStep);
          await change(store, collection, changes);
        });
        assertNothingMissed(before, await readEverything(store, collection), received);
      }),
      readRandomRuns(t),
    );
  });

  test('obligation 6: a poller over the last versions ends with the latest version of every object', async (t) => {
    const { store, clock } = await openForTest(t, openStore);
    await fc.assert(
      fc.asyncProperty(fc.array(changesArb, { maxLength: 4 }), eventsArb, async (first, events) => {
        const collection = nextCollectionId();
        for (const changes of first) await change(store, collection, changes);
        const readPage = readWholePage(store, collection, DEFAULT_POLL);
        const received = await poll(readPage, events, async ({ changes, clockStep }) => {
          clock.advance(clockStep);
          await change(store, collection, changes);
        });
        const query = { ...DEFAULT_POLL, after: 0, limit: 1000 };
        const { records } = await store.readManifest(collection, query);
        const { texts } = await store.readObjects(collection, query);
        for (const [place, { id, version }] of records.entries()) {
          const last = received.findLast((one) => one.id === id);
          assert.deepEqual(
            [last?.version, last?.text],
            [version, texts[place]],
            `what a poller holds of ${id}`,
          );
        }
      }),
      readRandomRuns(t),
    );
  });

  test('obligation 1: two stores that write by turns, with clocks an hour apart, cost a poller of either nothing', async (t) => {
    const under = await openForTest(t, openStore);
    const late = { now: () => under.clock.now() - 3_600_000_000 };
    const second = await openSecondForTest(under, { clock: late });
    await fc.assert(
      fc.asyncProperty(
        eventsArb,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (events, turns) => {
          const collection = nextCollectionId();
          const readPage = readManifestPage(second, collection, EVERYTHING);
          const received = await poll(readPage, events, ({ changes }, turn) =>
            change(turns[turn] ? under.store : second, collection, changes),
          );
          assertNothingMissed([], await readEverything(under.store, collection), received);
          assert.deepEqual(
            await readEverything(second, collection),
            await readEverything(under.store, collection),
          );
        },
      ),
      readRandomRuns(t),
    );
  });

  test('obligation 1: pollers that run while two stores write at once get every entry once', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await fc.assert(
      fc.asyncProperty(fc.array(changesArb, { minLength: 4, maxLength: 16 }), async (all) => {
        const collection = nextCollectionId();
        const writes = all.map((changes, turn) =>
          change(turn % 2 === 0 ? under.store : second, collection, changes),
        );
        const events = all.map((changes) => ({ changes, limit: 2, clockStep: 0 }));
        const polls = [under.store, second].map((store) =>
          poll(readManifestPage(store, collection, EVERYTHING), events, async (_, turn) => {
            await writes[turn];
          }),
        );
        const received = await Promise.all(polls);
        const now = await readEverything(under.store, collection);
        for (const one of received) assertNothingMissed([], now, one);
      }),
      readRandomRuns(t),
    );
  });
}
