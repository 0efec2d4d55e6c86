import type { Filter } from 'mongodb';
import type { CollectionId, StixId } from '../../domain/ids.ts';
import type { ObjectQuery } from '../../domain/object-query.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { EntryReader, ManifestRecord, ObjectPage } from '../port.ts';
import { isDefaultPoll, planEntryQuery, type EntryPlan, type Judged } from './entry-query.ts';
import { collectionOf, type HeadDocument, type HeadReader } from './head.ts';
import { toPublication } from './held-reader.ts';
import type { Layout } from './layout.ts';
import type { EntryRow } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { parseTextRow, TEXT_FIELDS, type TextRow } from './text-row.ts';

export interface EntryReaderOptions {
  readonly layout: Layout;
  readonly heads: HeadReader;
  readonly pageScanMax: number;
  readonly guard: <T>(read: () => Promise<T>) => Promise<T>;
}

type Field = keyof EntryRow;
type Found<F extends Field> = Pick<EntryRow, F | 'tick' | '_id'>;

interface Slice<T> {
  readonly rows: readonly T[];
  readonly more: boolean;
  readonly scannedTo?: Tick;
}

const JUDGED = { _id: 1, tick: 1, type: 1, spec: 1, marks: 1, versionKey: 1 } as const;
const SCAN_BATCH = 2000;

/** Reads entries; every page is ranges of indexes in the order of ticks, merged, as the head says they are visible. */
export function createEntryReader({ layout, heads, pageScanMax, guard }: EntryReaderOptions): EntryReader {
  const entries = layout.space('entries');

  /**
   * A head that knows the position which a client has reached: another server may have shown it what is newer than the
   * head of this process, whose pages would seem to end before it.
   */
  async function headFor(collection: CollectionId, after: Tick): Promise<HeadDocument> {
    const head = await heads.recent();
    return after > collectionOf(head, collection).lastTick ? heads.fresh() : head;
  }

  /** The first `limit + 1` rows of a range that pass, and up to which tick every row was looked at. */
  async function readRange<F extends Field>(
    range: Filter<EntryRow>,
    fields: Readonly<Record<F, 1>>,
    passes: EntryPlan['passes'],
    query: ObjectQuery,
    snapshot: Snapshot,
    scanEach: number,
  ): Promise<{ readonly rows: readonly Found<F>[]; readonly horizon: Tick }> {
    const live = liveAt(snapshot);
    const wanted = query.limit + 1;
    const ask = (after: Tick, limit: number, projection: object) =>
      entries
        .find<Found<F> & Judged>({ ...range, tick: { $gt: after }, ...live })
        .sort({ tick: 1 })
        .limit(limit)
        .batchSize(Math.min(limit, SCAN_BATCH) + 1)
        .project<Found<F> & Judged>(projection);
    if (!passes) {
      const rows = await ask(query.after, wanted, { _id: 1, tick: 1, ...fields }).toArray();
      return { rows, horizon: Number.POSITIVE_INFINITY };
    }
    // Mostly nearly all rows pass: a few more than wanted are asked for with all that is shown.
    const ahead = Math.min(scanEach, wanted + Math.ceil(wanted / 2));
    const nearest = await ask(query.after, ahead, { ...JUDGED, ...fields }).toArray();
    const rows: Found<F>[] = nearest.filter(passes);
    if (rows.length >= wanted || nearest.length < ahead) return { rows, horizon: Number.POSITIVE_INFINITY };
    // Else what is shown is fetched only for those that pass.
    let looked = nearest.length;
    let horizon = Number.POSITIVE_INFINITY;
    const passed: number[] = [];
    const cursor = ask(nearest.at(-1)?.tick ?? query.after, scanEach - looked + 1, JUDGED);
    for await (const row of cursor) {
      if (looked === scanEach) horizon = row.tick - 1;
      looked += 1;
      if (looked > scanEach) break;
      if (passes(row)) passed.push(row._id);
      if (rows.length + passed.length >= wanted) break;
    }
    const fetched = await entries
      .find({ _id: { $in: passed } })
      .project<Found<F>>({ _id: 1, tick: 1, ...fields })
      .toArray();
    return { rows: [...rows, ...fetched], horizon };
  }

  async function readSlice<F extends Field>(
    collection: CollectionId,
    query: ObjectQuery,
    fields: Readonly<Record<F, 1>>,
  ): Promise<Slice<Found<F>>> {
    const snapshot = await headFor(collection, query.after);
    const { ranges, passes } = planEntryQuery(collection, query);
    const scanEach = Math.max(query.limit + 1, Math.ceil(pageScanMax / Math.max(1, ranges.length)));
    const parts = await Promise.all(
      ranges.map((range) => readRange(range, fields, passes, query, snapshot, scanEach)),
    );
    return merge(parts, query.limit);
  }

  /** The page that nearly every poll asks for: every row of one range. */
  async function readPoll(collection: CollectionId, query: ObjectQuery): Promise<ObjectPage> {
    const live = liveAt(await headFor(collection, query.after));
    const limit = query.limit + 1;
    const how = {
      sort: { tick: 1 },
      limit,
      batchSize: limit + 1,
      projection: TEXT_FIELDS,
      raw: true,
    } as const;
    const found = await entries
      .find<Buffer>({ collection, poll: true, tick: { $gt: query.after }, ...live }, how)
      .toArray();
    const more = found.length > query.limit;
    if (more) found.pop();
    return toObjectPage({ rows: found.map(parseTextRow), more });
  }

  return {
    readObjects: (collection, query) =>
      guard(async () => {
        if (isDefaultPoll(query)) return readPoll(collection, query);
        return toObjectPage(await readSlice(collection, query, { text: 1 }));
      }),
    readManifest: (collection, query) =>
      guard(async () => {
        const { rows, ...rest } = await readSlice(collection, query, { id: 1, version: 1, spec: 1 });
        return { records: rows.map(toRecord), ...rest };
      }),
    hasObject: (collection, id) => guard(async () => hasOne({ collection, id }, await heads.recent())),
    hasVersion: (collection, id, versionKeys) =>
      guard(async () =>
        hasOne({ collection, id, versionKey: { $in: [...versionKeys] } }, await heads.recent()),
      ),
    generation: (collection) => guard(async () => collectionOf(await heads.recent(), collection).generation),
    knownGeneration: (collection) => collectionOf(heads.known(), collection).generation,
    lastTick: (collection) => guard(async () => collectionOf(await heads.fresh(), collection).lastTick),
    countEntries: (collection) => guard(async () => collectionOf(await heads.fresh(), collection).entries),
    readEntries: (collection, after, limit) =>
      guard(async () => {
        // Some servers take a limit of zero for none.
        if (limit === 0) return [];
        const live = liveAt(await headFor(collection, after));
        const rows = await entries
          .find({ collection, tick: { $gt: after }, ...live })
          .sort({ tick: 1 })
          .limit(limit)
          .batchSize(limit + 1)
          .toArray();
        return rows.map((row) => ({ ...toPublication(row), tick: row.tick }));
      }),
  };

  async function hasOne(
    filter: { collection: CollectionId; id: StixId; versionKey?: { $in: string[] } },
    snapshot: Snapshot,
  ): Promise<boolean> {
    const found = await entries.findOne({ ...filter, ...liveAt(snapshot) }, { projection: { _id: 1 } });
    return found !== null;
  }
}

function toObjectPage({ rows, ...rest }: Slice<TextRow>): ObjectPage {
  const first = rows[0];
  const last = rows.at(-1);
  const ends = first && last ? { first: first.tick, last: last.tick } : {};
  return { texts: rows.map(({ text }) => text), ...ends, ...rest };
}

function toRecord({ id, tick, version, spec }: Found<'id' | 'version' | 'spec'>): ManifestRecord {
  return { id, dateAdded: tick, version, specVersion: spec };
}

/** Merges ranges and cuts; where one was not looked at to its end, nothing from there on may be shown yet. */
function merge<T extends { readonly tick: Tick }>(
  parts: readonly { readonly rows: readonly T[]; readonly horizon: Tick }[],
  limit: number,
): Slice<T> {
  const horizon = Math.min(Number.POSITIVE_INFINITY, ...parts.map((part) => part.horizon));
  const byTick = new Map(parts.flatMap(({ rows }) => rows.map((row): [Tick, T] => [row.tick, row])));
  const rows = [...byTick.values()]
    .filter(({ tick }) => tick <= horizon)
    .sort((one, other) => one.tick - other.tick);
  if (rows.length > limit) return { rows: rows.slice(0, limit), more: true };
  return horizon === Number.POSITIVE_INFINITY
    ? { rows, more: false }
    : { rows, more: true, scannedTo: horizon };
}
