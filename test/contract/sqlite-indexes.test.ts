import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIND_ARRIVAL } from '../../server/storage/sqlite/arrivals.ts';
import { openDatabase } from '../../server/storage/sqlite/database.ts';
import { ALL_ENTRIES } from '../../server/storage/sqlite/entry-reader.ts';
import { REJECTS, REMOVE_FROM } from '../../server/storage/sqlite/feed-rejects.ts';
import { migrate } from '../../server/storage/sqlite/migrations.ts';
import { textOf } from '../../server/storage/sqlite/rows.ts';

/** What feeds ask often, with values, and the one step in which SQLite has to find it. */
const SEARCHES: readonly (readonly [string, readonly (string | number)[], string])[] = [
  [ALL_ENTRIES, [1, 0, 10], 'SEARCH entries USING INDEX entries_for_all (collection=? AND tick>?)'],
  [REJECTS, ['x', 10], 'SEARCH feed_rejects USING COVERING INDEX feed_rejects_by_time (feed=?)'],
  [
    REMOVE_FROM,
    ['x', 1, 'y'],
    'SEARCH feed_rejects USING INDEX feed_rejects_by_time (feed=? AND (at,key)<(?,?))',
  ],
  [FIND_ARRIVAL, ['fbi', 'x', 'y'], 'SEARCH arrivals USING PRIMARY KEY (org=? AND id=? AND version_key=?)'],
];

test('what feeds read of SQLite is one range of an index, without sorting', () => {
  const database = openDatabase(':memory:', 0);
  try {
    migrate(database, 0);
    for (const [sql, values, expected] of SEARCHES) {
      const steps = database.statement(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
      assert.deepEqual(
        steps.map((row) => textOf(row, 'detail')),
        [expected],
        sql,
      );
    }
  } finally {
    database.close();
  }
});
