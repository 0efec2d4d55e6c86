import { createTask, type ScheduledTask } from 'node-cron';
import { NEW_STATE, type Feed, type FeedState } from '../../domain/feed.ts';
import type { Clock } from '../../domain/ids.ts';
import type { Logger } from '../../ops/logger.ts';
import type { FeedStore } from '../../storage/port.ts';
import { createCronSchedule, type CronSchedule } from './cron.ts';
import type { FeedRunner } from './run.ts';
import { createLeads, isDue } from './schedule.ts';

export interface FeedSchedulerOptions {
  readonly store: Pick<FeedStore, 'listFeeds' | 'readFeedProgress'>;
  readonly runner: Pick<FeedRunner, 'runIf'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** How many feeds this process runs at once. */
  readonly concurrency: number;
}

/** Runs feeds when they are due. */
export interface FeedScheduler {
  /** Looks each second. */
  start(): void;
  /** Looks once, and waits until what was due, as far as there was room, has been run. It does not throw. */
  runDue(): Promise<void>;
  /** Ends what is under way between two pages, and waits for that. */
  close(): Promise<void>;
}

const EACH_SECOND = '* * * * * *';

export function createFeedScheduler(options: FeedSchedulerOptions): FeedScheduler {
  const { store, runner, clock, log, concurrency } = options;
  const stopping = new AbortController();
  const leads = createLeads();
  const schedules = createSchedules(log);
  const running = new Map<string, Promise<void>>();
  let looking: Promise<readonly Promise<void>[]> | undefined;
  let task: ScheduledTask | undefined;

  /** Whether it is due now; how it stood before plays no part. */
  function isWanted(feed: Feed, state: FeedState): boolean {
    const cron = schedules.of(feed);
    const now = clock.now();
    return cron !== undefined && isDue(cron, feed, leads.settle(feed, state, now), now);
  }

  async function run(feed: Feed): Promise<void> {
    try {
      await runner.runIf(feed, isWanted, stopping.signal);
    } catch (error) {
      log.error({ err: error, feed: feed.name }, 'a feed could not be run');
    } finally {
      running.delete(feed.id);
    }
  }

  async function look(): Promise<readonly Promise<void>[]> {
    const begun: Promise<void>[] = [];
    for (const feed of await listDue()) {
      if (running.size >= concurrency || stopping.signal.aborted) break;
      const flight = run(feed);
      running.set(feed.id, flight);
      begun.push(flight);
    }
    return begun;
  }

  /** Those that are due longest come first, so that a full process leaves none behind for ever. */
  async function listDue(): Promise<readonly Feed[]> {
    const due: { readonly feed: Feed; readonly since: number }[] = [];
    for (const feed of await store.listFeeds()) {
      if (feed.paused || running.has(feed.id)) continue;
      const state = (await store.readFeedProgress(feed.id))?.state ?? NEW_STATE;
      if (isWanted(feed, state)) due.push({ feed, since: state.startedAt ?? feed.createdAt });
    }
    return due.sort((one, other) => one.since - other.since).map(({ feed }) => feed);
  }

  /** One look at a time: a store that hangs is not asked again and again. */
  function lookOnce(): Promise<readonly Promise<void>[]> {
    looking ??= look()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'which feeds are due could not be read');
        return [];
      })
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    start() {
      const options = { name: 'feeds', suppressMissedWarning: true };
      task ??= createTask(
        EACH_SECOND,
        () => {
          void lookOnce();
        },
        options,
      );
      void task.start();
    },
    async runDue() {
      await Promise.all(await lookOnce());
    },
    async close() {
      stopping.abort();
      await task?.destroy();
      const begun = (await looking) ?? [];
      await Promise.all([...begun, ...running.values()]);
    },
  };
}

interface Schedules {
  /** @returns undefined when the expression cannot be read, which is logged once */
  of(feed: Pick<Feed, 'id' | 'name' | 'cron'>): CronSchedule | undefined;
}

/** Making a schedule costs more than asking it: each is made once. */
function createSchedules(log: Logger): Schedules {
  const made = new Map<string, CronSchedule | undefined>();
  return {
    of({ id, name, cron }) {
      if (made.has(id)) return made.get(id);
      const schedule = make(name, cron);
      // A feed keeps its expression for as long as it has its id.
      made.set(id, schedule);
      return schedule;
    },
  };

  function make(name: string, cron: string): CronSchedule | undefined {
    try {
      return createCronSchedule(cron);
    } catch (error) {
      log.error({ err: error, feed: name }, 'the cron expression of a feed cannot be read: it does not run');
      return undefined;
    }
  }
}
