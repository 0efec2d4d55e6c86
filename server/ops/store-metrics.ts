import { Counter, Gauge, type Registry } from 'prom-client';
import type { Collection } from '../domain/collection.ts';
import type { Clock, CollectionId } from '../domain/ids.ts';
import { MICROS_PER_SECOND } from '../domain/timestamp.ts';
import type { Store } from '../storage/port.ts';
import { within } from './deadline.ts';
import { addFeedMetrics, type FeedMetricsOptions, type FeedReader } from './feed-metrics.ts';

export interface StoreMetricsOptions {
  readonly registry: Registry;
  readonly store: Pick<Store, 'countEntries' | 'generation' | 'health' | 'lastTick' | 'openIntents'> &
    FeedReader;
  readonly collections: readonly Pick<Collection, 'id' | 'alias'>[];
  readonly clock: Clock;
  readonly nextFeedRun: FeedMetricsOptions['nextFeedRun'];
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 2000;
/** More than so many that wait are said to be so many. */
const MAX_WAITING = 1000;

/** What one look at the store found. */
interface Found {
  readonly entries: readonly number[];
  readonly ticks: readonly number[];
  readonly waiting: number;
  readonly health: Awaited<ReturnType<Store['health']>>;
}

/**
 * Adds what is known of the store to the registry.
 * @returns looks anew; it never fails: a store that does not answer in time is `pollwatch_store_up 0`
 */
export function addStoreMetrics(options: StoreMetricsOptions): () => Promise<void> {
  const { store, collections, clock, timeoutMs = TIMEOUT_MS } = options;
  const gauges = createGauges([options.registry]);
  const lookAtFeeds = addFeedMetrics(options);
  const counted = new Map<CollectionId, { readonly generation: number; readonly entries: number }>();

  /** Counting reads an index as long as the collection: only what changed is counted again. */
  async function countEntries(id: CollectionId): Promise<number> {
    const generation = await store.generation(id);
    const before = counted.get(id);
    if (before?.generation === generation) return before.entries;
    const entries = await store.countEntries(id);
    counted.set(id, { generation, entries });
    return entries;
  }

  async function look(): Promise<Found> {
    const [entries, ticks, intents, health] = await Promise.all([
      Promise.all(collections.map(({ id }) => countEntries(id))),
      Promise.all(collections.map(({ id }) => store.lastTick(id))),
      store.openIntents(MAX_WAITING),
      store.health(),
      lookAtFeeds(),
    ]);
    return { entries, ticks, waiting: intents.length, health };
  }

  return async () => {
    try {
      const { entries, ticks, waiting, health } = await within(timeoutMs, look());
      for (const [index, { alias }] of collections.entries()) {
        gauges.entries.set({ collection: alias }, entries[index] ?? 0);
        gauges.ticks.set({ collection: alias }, (ticks[index] ?? 0) / MICROS_PER_SECOND);
      }
      gauges.lead.set(Math.max(0, ...ticks.map((tick) => tick - clock.now())) / MICROS_PER_SECOND);
      gauges.waiting.set(waiting);
      gauges.openWrites.set(health.openWrites);
      gauges.aborted.reset();
      gauges.aborted.inc(health.abortedWrites);
      gauges.silent.set(health.silentMs / 1000);
      gauges.up.set(1);
    } catch {
      gauges.up.set(0);
    }
  };
}

function createGauges(registers: Registry[]) {
  return {
    up: new Gauge({
      name: 'pollwatch_store_up',
      help: '1 when the store answered just now; at 0 what else is said of it is what it was before.',
      registers,
    }),
    entries: new Gauge({
      name: 'pollwatch_entries',
      help: 'Entries by collection.',
      labelNames: ['collection'],
      registers,
    }),
    ticks: new Gauge({
      name: 'pollwatch_highest_tick_seconds',
      help: 'The highest date_added that was given out, by collection, in seconds since 1970; 0 when none was.',
      labelNames: ['collection'],
      registers,
    }),
    lead: new Gauge({
      name: 'pollwatch_tick_lead_seconds',
      help: "By how much the highest date_added is ahead of this server's clock.",
      registers,
    }),
    waiting: new Gauge({
      name: 'pollwatch_submissions_waiting',
      help: `Submissions that are saved and not yet carried out; at most ${MAX_WAITING} are counted.`,
      registers,
    }),
    openWrites: new Gauge({
      name: 'pollwatch_open_writes',
      help: 'Commits that were begun and have not ended.',
      registers,
    }),
    aborted: new Counter({
      name: 'pollwatch_aborted_writes_total',
      help: 'Commits that were given up because their writer was dead or stopped.',
      registers,
    }),
    silent: new Gauge({
      name: 'pollwatch_silent_write_seconds',
      help: 'For how long the same commit has been open without a sign of life; 0 when none is.',
      registers,
    }),
  };
}
