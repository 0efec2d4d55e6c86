import type { Store } from '../../server/storage/port.ts';

/** How many feeds run by themselves once a server starts on what was imported. */
export async function countActiveFeeds(store: Store): Promise<number> {
  return (await store.listFeeds()).filter(({ paused }) => !paused).length;
}

/** What to know of these: a line of its own, or nothing. */
export function describeActiveFeeds(count: number): string {
  if (count === 0) return '';
  const feeds = count === 1 ? '1 feed is not paused, and runs' : `${count} feeds are not paused, and run`;
  return (
    `\n${feeds} by schedule as soon as a server starts on this database. If it is a copy for tests, start its servers ` +
    'with POLLWATCH_FEEDS=off, or pause each feed first: pollwatch feed pause NAME'
  );
}
