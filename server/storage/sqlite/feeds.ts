import type { Feed, FeedReject, FeedState } from '../../domain/feed.ts';
import type { FeedProgress, FeedStore } from '../port.ts';
import type { Database } from './database.ts';
import { listRejects, putReject, trimRejects } from './feed-rejects.ts';
import { integerOf, parseStored, textOf, type Row } from './rows.ts';

type Reads = Pick<
  FeedStore,
  'listFeeds' | 'findFeed' | 'readFeedProgress' | 'listFeedRejects' | 'countFeedRejects'
>;

function toFeed(row: Row): Feed {
  return parseStored<Feed>(textOf(row, 'record'));
}

/** The reading half; `guard` turns driver errors into ours. */
export function createFeedReader(database: Database, guard: <T>(read: () => T) => Promise<T>): Reads {
  return {
    listFeeds: () =>
      guard(() => database.statement('SELECT record FROM feeds ORDER BY name').all().map(toFeed)),
    findFeed: (name) =>
      guard(() => {
        const row = database.statement('SELECT record FROM feeds WHERE name = ?').get(name);
        return row && toFeed(row);
      }),
    readFeedProgress: (id) => guard(() => readProgress(database, id)),
    listFeedRejects: (id, limit, maxOriginalBytes) =>
      guard(() => listRejects(database, id, limit, maxOriginalBytes)),
    countFeedRejects: (id) =>
      guard(() => {
        const row = database.statement('SELECT count(*) AS count FROM feed_rejects WHERE feed = ?').get(id);
        return row ? integerOf(row, 'count') : 0;
      }),
  };
}

type Writes = Pick<
  FeedStore,
  'addFeed' | 'pauseFeed' | 'resumeFeed' | 'removeFeed' | 'saveFeedProgress' | 'trimFeedRejects'
>;

/** The writing half; `commit` runs its task in a transaction of its own. */
export function createFeedWriter(database: Database, commit: <T>(task: () => T) => Promise<T>): Writes {
  const findById = (id: string): Feed | undefined => {
    const row = database.statement('SELECT record FROM feeds WHERE id = ?').get(id);
    return row && toFeed(row);
  };

  const setPaused = (id: string, paused: boolean): Promise<boolean> =>
    commit(() => {
      const feed = findById(id);
      if (!feed) return false;
      const record = JSON.stringify({ ...feed, paused });
      database.statement('UPDATE feeds SET record = ? WHERE id = ?').run(record, id);
      return true;
    });

  function saveProgress(id: string, { fence, state }: FeedProgress, rejects: readonly FeedReject[]): boolean {
    if (!findById(id)) return false;
    const known = readProgress(database, id);
    if (known && known.fence > fence) return false;
    const put = database.statement('INSERT OR REPLACE INTO feed_states VALUES (?, ?, ?)');
    put.run(id, fence, JSON.stringify(state));
    for (const reject of rejects) putReject(database, id, reject);
    return true;
  }

  return {
    addFeed: (feed) =>
      commit(() => {
        const sql = 'INSERT OR IGNORE INTO feeds VALUES (?, ?, ?)';
        return database.statement(sql).run(feed.id, feed.name, JSON.stringify(feed)).changes === 1;
      }),
    pauseFeed: (id) => setPaused(id, true),
    resumeFeed: (id) => setPaused(id, false),
    removeFeed: (id) =>
      commit(() => {
        database.statement('DELETE FROM feed_rejects WHERE feed = ?').run(id);
        database.statement('DELETE FROM feed_states WHERE feed = ?').run(id);
        return database.statement('DELETE FROM feeds WHERE id = ?').run(id).changes === 1;
      }),
    saveFeedProgress: (id, progress, rejects) => commit(() => saveProgress(id, progress, rejects)),
    async trimFeedRejects(id, keep, keepBytes) {
      await commit(() => {
        trimRejects(database, id, keep, keepBytes);
      });
    },
  };
}

function readProgress(database: Database, id: string): FeedProgress | undefined {
  const row = database.statement('SELECT fence, state FROM feed_states WHERE feed = ?').get(id);
  return row && { fence: integerOf(row, 'fence'), state: parseStored<FeedState>(textOf(row, 'state')) };
}
