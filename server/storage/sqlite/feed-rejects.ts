import type { FeedReject, ListedReject } from '../../domain/feed.ts';
import type { Database } from './database.ts';
import { integerOf, parseStored, textOf, type Row } from './rows.ts';

/** What is small of rejects, newest first. */
export const REJECTS = `SELECT number, at, key, bytes FROM feed_rejects WHERE feed = ?
  ORDER BY at DESC, key DESC LIMIT ?`;

const ALL = -1;

const WHOLE = 'SELECT record FROM feed_rejects WHERE number = ?';
const BARE = "SELECT json_remove(record, '$.original') AS record FROM feed_rejects WHERE number = ?";

const PUT = `INSERT INTO feed_rejects (feed, key, at, bytes, record) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (feed, key) DO UPDATE SET at = excluded.at, bytes = excluded.bytes, record = excluded.record`;

export const REMOVE_FROM = 'DELETE FROM feed_rejects WHERE feed = ? AND (at, key) <= (?, ?)';

function originalBytesOf(row: Row): number | undefined {
  return row['bytes'] === null ? undefined : integerOf(row, 'bytes');
}

/** Adds a reject, in the place of one with its key. */
export function putReject(database: Database, feed: string, reject: FeedReject): void {
  const { key, at, original } = reject;
  const bytes = original === undefined ? null : Buffer.byteLength(original);
  database.statement(PUT).run(feed, key, at, bytes, JSON.stringify(reject));
}

/** See `listFeedRejects` in port.ts. */
export function listRejects(
  database: Database,
  feed: string,
  limit: number,
  maxOriginalBytes: number,
): readonly ListedReject[] {
  const rejects: ListedReject[] = [];
  let sum = 0;
  for (const row of database.statement(REJECTS).all(feed, limit)) {
    const originalBytes = originalBytesOf(row);
    sum += originalBytes ?? 0;
    const read = database.statement(sum <= maxOriginalBytes ? WHOLE : BARE);
    const found = read.get(integerOf(row, 'number'));
    // Another process may have removed it just now.
    if (!found) continue;
    const reject = parseStored<FeedReject>(textOf(found, 'record'));
    rejects.push({ ...reject, ...(originalBytes === undefined ? {} : { originalBytes }) });
  }
  return rejects;
}

/** See `trimFeedRejects` in port.ts. Inside a transaction only. */
export function trimRejects(database: Database, feed: string, keep: number, keepBytes: number): void {
  const first = findFirstBeyond(database, feed, keep, keepBytes);
  if (first) database.statement(REMOVE_FROM).run(feed, integerOf(first, 'at'), textOf(first, 'key'));
}

function findFirstBeyond(database: Database, feed: string, keep: number, keepBytes: number): Row | undefined {
  let count = 0;
  let sum = 0;
  for (const row of database.statement(REJECTS).iterate(feed, ALL)) {
    count += 1;
    sum += originalBytesOf(row) ?? 0;
    if (count > keep || sum > keepBytes) return row;
  }
  return undefined;
}
