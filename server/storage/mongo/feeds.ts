import type { Feed } from '../../domain/feed.ts';
import type { FeedProgress, FeedStore } from '../port.ts';
import { createArrivals, type ArrivalOptions } from './arrivals.ts';
import { countRejects, endRejects, findOldestRejects, listRejects, putRejects } from './feed-rejects.ts';
import { addRecord, changeRecord, findByKey, findByOther, findRow, putRecord } from './keyed.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { parseStored } from './stored.ts';

const NONE = { keep: 0, keepBytes: 0 };

/**
 * Feeds, their states and rejects, and what partners have shown us. Everything is read by a fresh head: whoever takes
 * a feed over must see where the one before it has stopped.
 */
export function createFeedStore(options: ArrivalOptions): FeedStore {
  const { layout, heads, guard, commit } = options;

  const setPaused = (id: string, paused: boolean): Promise<boolean> =>
    commit((attempt) => changeRecord<Feed>(layout, attempt, 'feeds', id, (feed) => ({ ...feed, paused })));

  return {
    ...createArrivals(options),
    addFeed: (feed) =>
      commit((attempt) => {
        const row = { key: feed.id, other: feed.name, record: JSON.stringify(feed) };
        return addRecord(layout, attempt, 'feeds', row);
      }),
    listFeeds: () =>
      guard(async () => {
        const filter = { other: { $gte: '' }, ...liveAt(await heads.fresh()) };
        const rows = await layout.space('feeds').find(filter).sort({ other: 1 }).toArray();
        return rows.map(({ record }) => parseStored<Feed>(record));
      }),
    findFeed: (name) => guard(async () => findByOther<Feed>(layout, await heads.fresh(), 'feeds', name)),
    pauseFeed: (id) => setPaused(id, true),
    resumeFeed: (id) => setPaused(id, false),
    removeFeed: (id) =>
      commit(async (attempt) => {
        const row = await findRow(layout, attempt.snapshot, 'feeds', { key: id });
        if (!row) return false;
        attempt.end('feeds', [row._id]);
        await putRecord(layout, attempt, 'feedStates', id, undefined);
        await endRejects(layout, attempt, await findOldestRejects(layout, attempt.snapshot, id, NONE));
        return true;
      }),
    readFeedProgress: (id) =>
      guard(async () => findByKey<FeedProgress>(layout, await heads.fresh(), 'feedStates', id)),
    saveFeedProgress: (id, progress, rejects) =>
      commit(async (attempt) => {
        const [feed, state] = await Promise.all([
          findRow(layout, attempt.snapshot, 'feeds', { key: id }),
          findRow(layout, attempt.snapshot, 'feedStates', { key: id }),
        ]);
        if (!feed) return false;
        if (state && parseStored<FeedProgress>(state.record).fence > progress.fence) return false;
        if (state) attempt.end('feedStates', [state._id]);
        attempt.insert('feedStates', [{ key: id, record: JSON.stringify(progress) }]);
        await putRejects(layout, attempt, id, rejects);
        return true;
      }),
    listFeedRejects: (id, limit, maxOriginalBytes) =>
      guard(async () => listRejects(layout, await heads.fresh(), id, { limit, maxOriginalBytes })),
    countFeedRejects: (id) => guard(async () => countRejects(layout, await heads.fresh(), id)),
    async trimFeedRejects(id, keep, keepBytes) {
      const find = (snapshot: Snapshot): ReturnType<typeof findOldestRejects> =>
        findOldestRejects(layout, snapshot, id, { keep, keepBytes });
      const oldest = await guard(async () => find(await heads.fresh()));
      if (oldest.length === 0) return;
      await commit(async (attempt) => endRejects(layout, attempt, await find(attempt.snapshot)));
    },
  };
}
