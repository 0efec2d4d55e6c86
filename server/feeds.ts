import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import type { Core } from './core.ts';
import type { Clock, Ids } from './domain/ids.ts';
import { readVersion } from './ops/build.ts';
import { createLeases } from './ops/leases.ts';
import type { Logger } from './ops/logger.ts';
import { createTaxiiClient } from './sync/client/create-client.ts';
import type { FeedLimits, FeedService } from './sync/feed-services.ts';
import { createFeedService } from './sync/feeds.ts';
import { createPull } from './sync/pull/pull.ts';
import { createPush } from './sync/push/push.ts';
import { createFeedRunner } from './sync/run/run.ts';
import { createFeedScheduler, type FeedScheduler } from './sync/run/scheduler.ts';
import type { Environment } from './sync/run/secrets.ts';

export interface FeedParts {
  readonly settings: Settings;
  readonly core: Core;
  readonly log: Logger;
  /** Where the variables with the partners' secrets are. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds that only rise. */
  readonly nowMs: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
}

/** Partner feeds over an open core. */
export interface Feeds {
  readonly service: FeedService;
  /** It does nothing until it is started. */
  readonly scheduler: FeedScheduler;
  /** Ends what the scheduler runs between two pages, and gives back what is held. It does not throw. */
  close(): Promise<void>;
}

/** A process that died in a run keeps its feed from being run for so long. */
const FEED_LEASE_MS = 7500;

/** Builds what runs feeds and handles them, with leases of its own. */
export function createFeeds({ settings, core, log, env, clock, ids, nowMs, random }: FeedParts): Feeds {
  const { store, submissions } = core;
  const leases = createLeases({ store, holder: ids.uuid(), nowMs, ttlMs: FEED_LEASE_MS });
  const context = { store, submissions, clock, ids, wait };
  const runner = createFeedRunner({
    ...context,
    leases,
    leaseMs: FEED_LEASE_MS,
    limits: toLimits(settings),
    log,
    env,
    userAgent: `pollwatch/${readVersion(findPackageRoot())}`,
    random,
    createClient: createTaxiiClient,
    pull: createPull(context),
    push: createPush(context),
  });
  const scheduler = createFeedScheduler({
    store,
    runner,
    clock,
    log,
    concurrency: settings.feedConcurrency,
  });
  return {
    service: createFeedService({ store, clock, ids, runner }),
    scheduler,
    async close() {
      await scheduler.close();
      await leases.releaseAll().catch((error: unknown) => {
        log.warn({ err: error }, 'the leases of feeds could not be given back: they end by themselves');
      });
    },
  };
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}

function toLimits(settings: Settings): FeedLimits {
  return {
    requestTimeoutMs: settings.feedRequestTimeoutMs,
    runTimeoutMs: settings.feedRunTimeoutMs,
    maxPages: settings.feedMaxPages,
    maxPageBytes: settings.feedMaxPageBytes,
    maxRunBytes: settings.feedMaxRunBytes,
    maxObjectBytes: settings.feedMaxObjectBytes,
    pageLimit: settings.feedPageLimit,
    pushObjects: settings.feedPushObjects,
    maxRedirects: settings.feedMaxRedirects,
    maxRetries: settings.feedMaxRetries,
    statusWaitMs: settings.feedStatusWaitMs,
    maxBackoffMs: settings.feedMaxBackoffMs,
    maxRejects: settings.feedMaxRejects,
    maxRejectBytes: settings.feedMaxRejectBytes,
    maxDepth: settings.maxDepth,
    maxObjects: settings.maxObjects,
  };
}
