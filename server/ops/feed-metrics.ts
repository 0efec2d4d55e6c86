import { Gauge, type Registry } from 'prom-client';
import { NEW_STATE, type Feed, type FeedState } from '../domain/feed.ts';
import type { Clock } from '../domain/ids.ts';
import { MICROS_PER_SECOND, type Tick } from '../domain/timestamp.ts';
import type { Store } from '../storage/port.ts';

export type FeedReader = Pick<Store, 'listFeeds' | 'readFeedProgress'>;

export interface FeedStanding {
  readonly feed: Feed;
  readonly state: FeedState;
}

/** How all feeds stand, ascending by name. */
export async function readFeedStandings(store: FeedReader): Promise<readonly FeedStanding[]> {
  const feeds = await store.listFeeds();
  return Promise.all(
    feeds.map(async (feed) => ({
      feed,
      state: (await store.readFeedProgress(feed.id))?.state ?? NEW_STATE,
    })),
  );
}

/** Whether somebody should look at a feed. */
export function isFailing({ feed, state }: FeedStanding): boolean {
  return !feed.paused && state.failures > 0;
}

export interface FeedMetricsOptions {
  readonly registry: Registry;
  readonly store: FeedReader;
  readonly clock: Clock;
  /** When a feed is to run next; undefined while it is paused. */
  readonly nextFeedRun: (feed: Feed, state: FeedState, now: Tick) => Tick | undefined;
}

/**
 * Adds how the feeds stand to the registry.
 * @returns looks anew; it throws what the store throws
 */
export function addFeedMetrics({ registry, store, clock, nextFeedRun }: FeedMetricsOptions) {
  const gauges = createGauges([registry]);
  return async (): Promise<void> => {
    const standings = await readFeedStandings(store);
    const now = clock.now();
    // A feed that was removed is not said any more.
    for (const gauge of Object.values(gauges)) gauge.reset();
    for (const { feed, state } of standings) {
      const label = { feed: feed.name };
      // What is under way, or was cut off and goes on in a moment, is late only by its schedule.
      const { openSince: _, ...settled } = state;
      const next = nextFeedRun(feed, settled, now) ?? now;
      gauges.success.set(label, (state.succeededAt ?? 0) / MICROS_PER_SECOND);
      gauges.failures.set(label, state.failures);
      gauges.lag.set(label, Math.max(0, now - next) / MICROS_PER_SECOND);
      const { accepted, known, rejected } = state.totals;
      for (const [result, count] of Object.entries({ accepted, known, rejected })) {
        gauges.objects.set({ ...label, result }, count);
      }
    }
  };
}

function createGauges(registers: Registry[]) {
  return {
    success: new Gauge({
      name: 'pollwatch_feed_last_success_seconds',
      help: 'When a run of the feed last came to a good end, in seconds since 1970; 0 when none did.',
      labelNames: ['feed'],
      registers,
    }),
    failures: new Gauge({
      name: 'pollwatch_feed_failures',
      help: 'How many runs of the feed have failed in a row.',
      labelNames: ['feed'],
      registers,
    }),
    lag: new Gauge({
      name: 'pollwatch_feed_due_lag_seconds',
      help: 'For how long the feed has been due and was not run; 0 when it is not due, or is paused.',
      labelNames: ['feed'],
      registers,
    }),
    objects: new Gauge({
      name: 'pollwatch_feed_objects',
      help: 'Objects that the feed has moved since it was added, by what became of them.',
      labelNames: ['feed', 'result'],
      registers,
    }),
  };
}
