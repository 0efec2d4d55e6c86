import type { FeedReject, ListedReject } from '../../domain/feed.ts';
import type { Attempt } from './attempt.ts';
import type { Layout } from './layout.ts';
import { readPieces, toPieces } from './pieces.ts';
import type { RowList } from './row-list.ts';
import type { KeyRow } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { inParts, parseStored } from './stored.ts';

/*
 * A reject has two keys: the feed and what is unique in it, and the feed and when it was. An original of a partner may
 * be nearly as long as a document of MongoDB, and longer as JSON. What is long stands in pieces, so that rows are small:
 * whoever looks through a list, or trims it, does not read the originals.
 */

/** What is known of a row without its record. */
type Place = Pick<KeyRow, '_id' | 'key' | 'long' | 'bytes'>;

const PLACE = { _id: 1, key: 1, long: 1, bytes: 1 } as const;
/** Characters of JSON that a row may have. */
const ROW_CHARACTERS = 65_536;
/** So many are fetched at once of a list. */
const LISTED_ROWS = 16;
const KEYS_PER_QUERY = 1000;
/** Ticks are whole numbers below 2^53. */
const TICK_DIGITS = 16;

/** All second keys of a feed; a zero follows the slash. */
function rangeOf(feed: string): { readonly other: { readonly $gt: string; readonly $lt: string } } {
  return { other: { $gt: `${feed}/`, $lt: `${feed}0` } };
}

/** The feed that the row of a reject belongs to. */
export function feedOf({ key }: Pick<KeyRow, 'key'>): string {
  return key.slice(0, key.indexOf('/'));
}

/** The unique key of a reject. */
export function toRejectKey(feed: string, { key }: Pick<FeedReject, 'key'>): string {
  return `${feed}/${key}`;
}

/** The pieces of a long record. */
function piecesKey(key: string): string {
  return `reject ${key}`;
}

/** How much of a list is wanted. */
export interface ListBounds {
  readonly limit: number;
  readonly maxOriginalBytes: number;
}

/** See `listFeedRejects` in port.ts. */
export async function listRejects(
  layout: Layout,
  snapshot: Snapshot,
  feed: string,
  { limit, maxOriginalBytes }: ListBounds,
): Promise<readonly ListedReject[]> {
  if (limit === 0) return [];
  const rows = layout
    .space('feedRejects')
    .find({ ...rangeOf(feed), ...liveAt(snapshot) })
    .sort({ other: -1 })
    .limit(limit)
    .batchSize(LISTED_ROWS);
  const rejects: ListedReject[] = [];
  let sum = 0;
  for await (const row of rows) {
    const { bytes } = row;
    sum += bytes ?? 0;
    const read = sum <= maxOriginalBytes ? toReject : toBareReject;
    const reject = await read(layout, snapshot, row);
    rejects.push({ ...reject, ...(bytes === undefined ? {} : { originalBytes: bytes }) });
  }
  return rejects;
}

/** Without its original, which is not read unless the rest of the reject is as long. */
async function toBareReject(layout: Layout, snapshot: Snapshot, row: KeyRow): Promise<FeedReject> {
  return toBare(
    row.record === '' ? await toReject(layout, snapshot, row) : parseStored<FeedReject>(row.record),
  );
}

function toBare({ original: _, ...rest }: FeedReject): FeedReject {
  return rest;
}

export async function toReject(layout: Layout, snapshot: Snapshot, row: KeyRow): Promise<FeedReject> {
  return parseStored<FeedReject>(
    row.long ? await readPieces(layout, snapshot, piecesKey(row.key)) : row.record,
  );
}

export function countRejects(layout: Layout, snapshot: Snapshot, feed: string): Promise<number> {
  return layout.space('feedRejects').countDocuments({ ...rangeOf(feed), ...liveAt(snapshot) });
}

/** Which rejects are kept: the newest, as long as both bounds hold. */
export interface KeepBounds {
  readonly keep: number;
  readonly keepBytes: number;
}

/** All rejects of a feed that are not kept: the first beyond a bound, and the older ones. */
export async function findOldestRejects(
  layout: Layout,
  snapshot: Snapshot,
  feed: string,
  { keep, keepBytes }: KeepBounds,
): Promise<readonly Place[]> {
  const rows = layout
    .space('feedRejects')
    .find({ ...rangeOf(feed), ...liveAt(snapshot) })
    .sort({ other: -1 })
    .project<Place>(PLACE);
  const oldest: Place[] = [];
  let count = 0;
  let sum = 0;
  for await (const row of rows) {
    count += 1;
    sum += row.bytes ?? 0;
    if (count > keep || sum > keepBytes) oldest.push(row);
  }
  return oldest;
}

/** Ends rows of rejects, and their pieces. */
export async function endRejects(layout: Layout, attempt: Attempt, rows: readonly Place[]): Promise<void> {
  attempt.end(
    'feedRejects',
    rows.map(({ _id }) => _id),
  );
  const long = rows.filter((row) => row.long).map(({ key }) => piecesKey(key));
  for (const keys of inParts(long, KEYS_PER_QUERY)) {
    const pieces = await layout
      .rows('pieces')
      .find({ key: { $in: keys }, ...liveAt(attempt.snapshot) }, { projection: { _id: 1, from: 1 } })
      .toArray();
    attempt.end(
      'pieces',
      pieces.map(({ _id }) => _id),
    );
  }
}

/** Adds rejects; one takes the place of that with the same key. */
export async function putRejects(
  layout: Layout,
  attempt: Attempt,
  feed: string,
  rejects: readonly FeedReject[],
): Promise<void> {
  const last = new Map(rejects.map((reject) => [toRejectKey(feed, reject), reject]));
  for (const keys of inParts([...last.keys()], KEYS_PER_QUERY)) {
    const there = await layout
      .space('feedRejects')
      .find({ key: { $in: [...keys] }, ...liveAt(attempt.snapshot) })
      .project<Place>(PLACE)
      .toArray();
    await endRejects(layout, attempt, there);
  }
  for (const reject of last.values()) insertReject(attempt, feed, reject);
}

/** Adds the rows of a reject that is not there. */
export function insertReject(rows: Pick<RowList, 'insert'>, feed: string, reject: FeedReject): void {
  const key = toRejectKey(feed, reject);
  const other = `${feed}/${String(reject.at).padStart(TICK_DIGITS, '0')}/${reject.key}`;
  const { original } = reject;
  const bytes = original === undefined ? {} : { bytes: Buffer.byteLength(original) };
  const whole = JSON.stringify(reject);
  if (whole.length <= ROW_CHARACTERS) {
    rows.insert('feedRejects', [{ key, other, record: whole, ...bytes }]);
    return;
  }
  const bare = JSON.stringify(toBare(reject));
  const record = bare.length <= ROW_CHARACTERS ? bare : '';
  rows.insert('feedRejects', [{ key, other, record, long: true, ...bytes }]);
  rows.insert('pieces', toPieces(piecesKey(key), whole));
}
