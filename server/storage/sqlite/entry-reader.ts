import type { CollectionId } from '../../domain/ids.ts';
import type { ObjectQuery } from '../../domain/object-query.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { EntryReader, ManifestRecord, ObjectPage } from '../port.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import { toStorageError, type Database } from './database.ts';
import { asksForLastOnly } from '../entry-marks.ts';
import type { Generations } from './generations.ts';
import { planEntryQuery, type EntryPlan } from './entry-query.ts';
import { toPublication } from './held-reader.ts';
import { integerOf, textOf, type Row } from './rows.ts';

interface Slice {
  readonly rows: readonly Row[];
  readonly more: boolean;
  readonly scannedTo?: Tick;
}

/** Every version as the push of a feed needs it: one range, in the order of ticks. */
export const ALL_ENTRIES = `SELECT * FROM entries INDEXED BY entries_for_all
  WHERE collection = ? AND tick > ? ORDER BY tick LIMIT ?`;

const POLL = `SELECT tick, text FROM entries WHERE collection = ? AND poll = 1 AND tick > ? ORDER BY tick LIMIT ?`;

function isDefaultPoll(query: ObjectQuery): boolean {
  return !query.ids && !query.types && !query.specVersions && asksForLastOnly(query.versions);
}

/** Reads entries; every page is index ranges in the order of ticks, merged. */
export function createEntryReader(
  database: Database,
  numbers: CollectionNumbers,
  generations: Generations,
  scanMax: number,
): EntryReader {
  function readSlice(collection: CollectionId, query: ObjectQuery, columns: string): Slice {
    const number = numbers.find(collection);
    if (number === undefined) return { rows: [], more: false };
    return mergeRanges(database, planEntryQuery(number, query), query, columns, scanMax);
  }

  /** The page that nearly every poll asks for. */
  function readPoll(collection: CollectionId, query: ObjectQuery): ObjectPage {
    const statement = database.statement(POLL);
    // Rows as lists cost half of what rows as objects do.
    statement.setReturnArrays(true);
    const rows = statement.all(numbers.find(collection) ?? -1, query.after, query.limit + 1);
    const more = rows.length > query.limit;
    if (more) rows.pop();
    const first = rows[0];
    const last = rows.at(-1);
    const ends = first && last ? { first: integerOf(first, '0'), last: integerOf(last, '0') } : {};
    return { texts: rows.map((row) => textOf(row, '1')), ...ends, more };
  }

  const guarded = <T>(read: () => T): Promise<T> => {
    try {
      return Promise.resolve(read());
    } catch (error) {
      return Promise.reject(asError(toStorageError(error)));
    }
  };

  return {
    readObjects: (collection, query) =>
      guarded(() => {
        if (isDefaultPoll(query)) return readPoll(collection, query);
        const { rows, ...rest } = readSlice(collection, query, 'tick, text');
        const first = rows[0];
        const last = rows.at(-1);
        const ends = first && last ? { first: integerOf(first, 'tick'), last: integerOf(last, 'tick') } : {};
        return { texts: rows.map((row) => textOf(row, 'text')), ...ends, ...rest };
      }),
    readManifest: (collection, query) =>
      guarded(() => {
        const { rows, ...rest } = readSlice(collection, query, 'tick, id, version, spec');
        return { records: rows.map(toRecord), ...rest };
      }),
    hasObject: (collection, id) =>
      guarded(() => {
        const sql = 'SELECT 1 AS found FROM entries WHERE collection = ? AND id = ? LIMIT 1';
        return database.statement(sql).get(numbers.find(collection) ?? -1, id) !== undefined;
      }),
    hasVersion: (collection, id, versionKeys) =>
      guarded(() => {
        const sql = `SELECT 1 AS found FROM entries WHERE collection = ? AND id = ?
                     AND version_key IN (SELECT value FROM json_each(?)) LIMIT 1`;
        const number = numbers.find(collection) ?? -1;
        return database.statement(sql).get(number, id, JSON.stringify(versionKeys)) !== undefined;
      }),
    generation: (collection) =>
      guarded(() => {
        generations.look();
        return generations.of(collection);
      }),
    knownGeneration: (collection) => generations.of(collection),
    lastTick: (collection) =>
      guarded(() => {
        const row = database.statement('SELECT last_tick FROM collections WHERE id = ?').get(collection);
        return row ? integerOf(row, 'last_tick') : 0;
      }),
    countEntries: (collection) =>
      guarded(() => {
        const sql =
          'SELECT count(*) AS count FROM entries INDEXED BY entries_by_version WHERE collection = ?';
        const row = database.statement(sql).get(numbers.find(collection) ?? -1);
        return row ? integerOf(row, 'count') : 0;
      }),
    readEntries: (collection, after, limit) =>
      guarded(() => {
        const rows = database.statement(ALL_ENTRIES).all(numbers.find(collection) ?? -1, after, limit);
        return rows.map((row) => ({ ...toPublication(collection, row), tick: integerOf(row, 'tick') }));
      }),
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function toRecord(row: Row): ManifestRecord {
  return {
    id: textOf(row, 'id'),
    dateAdded: integerOf(row, 'tick'),
    version: textOf(row, 'version'),
    specVersion: textOf(row, 'spec'),
  };
}

function cut(rows: readonly Row[], limit: number): Slice {
  return rows.length > limit ? { rows: rows.slice(0, limit), more: true } : { rows, more: false };
}

/**
 * Reads `limit + 1` rows of each range, merges them and cuts. A range looks at no more than `scanMax` rows;
 * where that ends it early, the page ends at the tick up to which every range was looked at.
 */
function mergeRanges(
  database: Database,
  plan: EntryPlan,
  query: ObjectQuery,
  columns: string,
  scanMax: number,
): Slice {
  const scanEach = Math.max(query.limit + 1, Math.ceil(scanMax / Math.max(1, plan.ranges.length)));
  const found = new Map<Tick, Row>();
  let horizon = Number.POSITIVE_INFINITY;
  for (const range of plan.ranges) {
    const { where } = range;
    const scanned = `SELECT * FROM entries WHERE ${where} AND tick > ? ORDER BY tick LIMIT ?`;
    const sql = `SELECT ${columns} FROM (${scanned}) WHERE ${plan.residual} LIMIT ?`;
    const rows = database
      .statement(sql)
      .all(...range.values, query.after, scanEach, ...plan.residualValues, query.limit + 1);
    for (const row of rows) found.set(integerOf(row, 'tick'), row);
    if (rows.length > query.limit) continue;
    const edge = `SELECT tick FROM entries WHERE ${where} AND tick > ? ORDER BY tick LIMIT 1 OFFSET ?`;
    const last = database.statement(edge).get(...range.values, query.after, scanEach);
    // There are rows that were not looked at: nothing from there on may be shown yet.
    if (last) horizon = Math.min(horizon, integerOf(last, 'tick') - 1);
  }
  const merged = [...found.entries()].sort(([a], [b]) => a - b);
  const within = merged.filter(([tick]) => tick <= horizon).map(([, row]) => row);
  const slice = cut(within, query.limit);
  if (slice.more || horizon === Number.POSITIVE_INFINITY) return slice;
  return { rows: slice.rows, more: true, scannedTo: horizon };
}
