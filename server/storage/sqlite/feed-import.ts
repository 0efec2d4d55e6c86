import { refuseStray, refuseTwice } from '../import-check.ts';
import type { StoredRecord } from '../port.ts';
import { ADD_ARRIVAL } from './arrivals.ts';
import type { Database } from './database.ts';
import { putReject } from './feed-rejects.ts';

type RecordOf<K extends StoredRecord['kind']> = Extract<StoredRecord, { kind: K }>;

/** The same feed again is no fault: a batch may come twice. */
const PUT_FEED = `INSERT INTO feeds VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE record = excluded.record`;

const PUT_STATE = `INSERT INTO feed_states VALUES (?, ?, ?)
  ON CONFLICT (feed) DO UPDATE SET state = excluded.state WHERE state = excluded.state`;

/** Leases begin anew where a backup is restored, and so do their fences. */
const NO_FENCE = 0;

/**
 * Writes what a batch has of feeds. Inside a transaction only.
 * @throws AppError `input.invalid` when there is something of a feed that did not come before
 */
export function putFeeds(
  database: Database,
  feeds: readonly RecordOf<'feed'>[],
  states: readonly RecordOf<'feed-state'>[],
  rejects: readonly RecordOf<'feed-reject'>[],
  arrivals: readonly RecordOf<'arrival'>[],
): void {
  for (const { value } of feeds) {
    const { changes } = database.statement(PUT_FEED).run(value.id, value.name, JSON.stringify(value));
    if (changes === 0) throw refuseTwice('an id of the feeds');
  }
  const find = database.statement('SELECT 1 FROM feeds WHERE id = ?');
  for (const feed of new Set([...states, ...rejects].map((record) => record.feed))) {
    if (!find.get(feed)) throw refuseStray();
  }
  for (const { feed, value } of states) {
    const { changes } = database.statement(PUT_STATE).run(feed, NO_FENCE, JSON.stringify(value));
    if (changes === 0) throw refuseTwice('a feed of the feed_states');
  }
  for (const { feed, value } of rejects) putReject(database, feed, value);
  const addArrival = database.statement(ADD_ARRIVAL);
  for (const { org, value } of arrivals) addArrival.run(org, value.id, value.versionKey);
}
