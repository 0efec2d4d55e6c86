import type { Feed, FeedState } from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { CronSchedule } from './cron.ts';

type ScheduledFeed = Pick<Feed, 'paused' | 'createdAt'>;
type Past = Pick<FeedState, 'startedAt' | 'openSince' | 'failures' | 'retryAt'>;

/**
 * When a feed is to run next: the first time of its cron after its last start, or after it was added; runs that were
 * missed are one. After failures it is when the next attempt is due, earlier or later than the cron says; after a run that
 * was cut off, the earlier of both. A start that lies in the future, as the clock went back, counts as now.
 * @returns a tick, also one in the past; undefined when it is paused or the cron has no time any more
 */
export function nextRunAt(cron: CronSchedule, feed: ScheduledFeed, state: Past, now: Tick): Tick | undefined {
  if (feed.paused) return undefined;
  const anchor = state.startedAt ?? feed.createdAt;
  const lead = Math.max(0, anchor - now);
  const { failures, openSince, retryAt } = state;
  if (failures > 0 && retryAt !== undefined) return retryAt - lead;
  const next = cron.nextAfter(anchor - lead);
  if (openSince === undefined || retryAt === undefined) return next;
  return Math.min(retryAt - lead, next ?? Number.POSITIVE_INFINITY);
}

export function isDue(cron: CronSchedule, feed: ScheduledFeed, state: Past, now: Tick): boolean {
  const next = nextRunAt(cron, feed, state, now);
  return next !== undefined && next <= now;
}

/** What a process remembers of feeds whose last start lies in the future. */
export interface Leads {
  /** The state with its start where it was first seen, if that lies before; else as it is. */
  settle(feed: Pick<Feed, 'id' | 'createdAt'>, state: FeedState, now: Tick): FeedState;
}

/**
 * Without this a feed whose start lies a year ahead would not run for a year: whenever one looks, the next time is
 * after now.
 */
export function createLeads(): Leads {
  const seen = new Map<string, { readonly anchor: Tick; readonly seenAt: Tick }>();
  return {
    settle({ id, createdAt }, state, now) {
      const anchor = state.startedAt ?? createdAt;
      if (anchor <= now) {
        seen.delete(id);
        return state;
      }
      const before = seen.get(id);
      const seenAt = before?.anchor === anchor ? Math.min(before.seenAt, now) : now;
      seen.set(id, { anchor, seenAt });
      const { retryAt } = state;
      const retry = retryAt === undefined ? {} : { retryAt: retryAt - (anchor - seenAt) };
      return { ...state, startedAt: seenAt, ...retry };
    },
  };
}
