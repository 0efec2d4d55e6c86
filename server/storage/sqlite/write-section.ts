import type { Tick } from '../../domain/timestamp.ts';
import type { Changes, WriteSection } from '../port.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import type { Database } from './database.ts';
import { writeEntries } from './entry-writer.ts';
import { createHeldReader } from './held-reader.ts';
import { dropVersions, writeDecisions, writeObjects, writeVersions } from './held-writer.ts';
import { integerOf } from './rows.ts';
import { isOpenIntent, saveOutcomes } from './submissions.ts';

type ReadSection = Omit<WriteSection, 'reserveHandles'>;

/** A tick above every tick given out before, in any collection and to any commit. */
export function nextTick(database: Database, wallClock: Tick): Tick {
  const sql = `SELECT max((SELECT coalesce(max(last_tick), 0) FROM collections),
    (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'last_tick')) AS tick`;
  return Math.max(wallClock, integerOf(database.statement(sql).get() ?? {}, 'tick') + 1);
}

/** Remembers the tick that a commit was given. Inside its transaction. */
export function keepTick(database: Database, tick: Tick): void {
  database.statement(`INSERT OR REPLACE INTO meta VALUES ('last_tick', ?)`).run(tick);
}

/** The reads of a section over one connection that is in a transaction. */
export function createReadSection(database: Database, numbers: CollectionNumbers, now: Tick): ReadSection {
  const held = createHeldReader(database, numbers);
  return {
    now,
    isOpenIntent: async (id) => isOpenIntent(database, id),
    heldObjects: async (ids) => held.heldObjects(ids),
    namersOf: async (targets, roles, states, collection) => held.namersOf(targets, roles, states, collection),
    async *shownNamers(collection, target) {
      yield* held.shownNamers(collection, target);
    },
    idsOf: async (owner) => held.idsOf(owner),
    dueObjects: async (until, limit) => held.dueObjects(until, limit),
    heldIds: async (after, limit) => held.heldIds(after, limit),
    shownIds: async (collection, ids) => held.shownIds(collection, ids),
    entriesOf: async (collection, id) => held.entriesOf(collection, id),
  };
}

/** The same, with handles to give out. */
export function createWriteSection(database: Database, numbers: CollectionNumbers, now: Tick): WriteSection {
  return {
    ...createReadSection(database, numbers, now),
    reserveHandles(count) {
      const sql = `UPDATE meta SET value = value + ? WHERE key = 'next_handle' RETURNING value`;
      return integerOf(database.statement(sql).get(count) ?? {}, 'value') - count;
    },
  };
}

/**
 * Applies all that a commit changes, in the order of the fields.
 * @param now the tick of the commit
 * @param wallClock when it happens, for what is told to people
 */
export async function applyChanges(
  database: Database,
  numbers: CollectionNumbers,
  now: Tick,
  wallClock: Tick,
  changes: Changes,
): Promise<void> {
  writeObjects(database, changes.objects ?? []);
  await writeVersions(database, changes.versions ?? []);
  dropVersions(database, changes.dropVersions ?? []);
  await writeDecisions(database, numbers, changes.decisions ?? []);
  await writeEntries(database, numbers, now, changes.withdraw ?? [], changes.publish ?? []);
  if (changes.submission) {
    const { id, state, outcomes } = changes.submission;
    saveOutcomes(database, id, state, outcomes, wallClock);
  }
}
