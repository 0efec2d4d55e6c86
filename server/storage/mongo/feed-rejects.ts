import type { FeedReject } from '../../domain/feed.ts';
import type { Attempt } from './attempt.ts';
import type { Layout } from './layout.ts';
import { PIECE_CHARACTERS, readPieces, toPieces } from './pieces.ts';
import type { RowList } from './row-list.ts';
import type { KeyRow } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { inParts, parseStored } from './stored.ts';

/*
 * A reject has two keys: the feed and what is unique in it, and the feed and when it was. An original of a partner may
 * be nearly as long as a document of MongoDB, and longer as JSON; such a record stands in pieces.
 */

/** What is known of a row without its record. */
type Place = Pick<KeyRow, '_id' | 'key' | 'long'>;

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

/** Newest first. */
export async function listRejects(
  layout: Layout,
  snapshot: Snapshot,
  feed: string,
  limit: number,
): Promise<readonly FeedReject[]> {
  if (limit === 0) return [];
  const rows = await layout
    .space('feedRejects')
    .find({ ...rangeOf(feed), ...liveAt(snapshot) })
    .sort({ other: -1 })
    .limit(limit)
    .toArray();
  const rejects: FeedReject[] = [];
  for (const row of rows) rejects.push(await toReject(layout, snapshot, row));
  return rejects;
}

export async function toReject(layout: Layout, snapshot: Snapshot, row: KeyRow): Promise<FeedReject> {
  return parseStored<FeedReject>(
    row.long ? await readPieces(layout, snapshot, piecesKey(row.key)) : row.record,
  );
}

export function countRejects(layout: Layout, snapshot: Snapshot, feed: string): Promise<number> {
  return layout.space('feedRejects').countDocuments({ ...rangeOf(feed), ...liveAt(snapshot) });
}

/** All rejects of a feed but the newest. */
export async function findOldestRejects(
  layout: Layout,
  snapshot: Snapshot,
  feed: string,
  keep: number,
): Promise<readonly Place[]> {
  return layout
    .space('feedRejects')
    .find({ ...rangeOf(feed), ...liveAt(snapshot) })
    .sort({ other: -1 })
    .skip(keep)
    .project<Place>({ _id: 1, key: 1, long: 1 })
    .toArray();
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
      .project<Place>({ _id: 1, key: 1, long: 1 })
      .toArray();
    await endRejects(layout, attempt, there);
  }
  for (const reject of last.values()) insertReject(attempt, feed, reject);
}

/** Adds the rows of a reject that is not there. */
export function insertReject(rows: Pick<RowList, 'insert'>, feed: string, reject: FeedReject): void {
  const key = toRejectKey(feed, reject);
  const other = `${feed}/${String(reject.at).padStart(TICK_DIGITS, '0')}/${reject.key}`;
  const record = JSON.stringify(reject);
  if (record.length <= PIECE_CHARACTERS) {
    rows.insert('feedRejects', [{ key, other, record }]);
    return;
  }
  rows.insert('feedRejects', [{ key, other, record: '', long: true }]);
  rows.insert('pieces', toPieces(piecesKey(key), record));
}
