import { randomBytes, randomUUID } from 'node:crypto';
import { createApi } from './api/router.ts';
import { createApp } from './app.ts';
import { createAuthentication } from './auth/authenticate.ts';
import { createCredentialMemory } from './auth/credential-memory.ts';
import { createPasswordHasher } from './auth/passwords.ts';
import { createThrottle } from './auth/throttle.ts';
import { createVerifier } from './auth/verify.ts';
import { loadCollections, overlapWarnings } from './config/collections.ts';
import type { Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import { applyPolicies, createCore, type Core } from './core.ts';
import type { Collection } from './domain/collection.ts';
import { AppError } from './domain/errors.ts';
import type { Clock, Ids } from './domain/ids.ts';
import { MICROS_PER_MILLI } from './domain/timestamp.ts';
import { createFeeds, type Feeds } from './feeds.ts';
import { giveMetrics, type GivenMetrics } from './given-metrics.ts';
import { createHttpServer } from './http-server.ts';
import { listen, toUrl } from './listening.ts';
import { readVersion } from './ops/build.ts';
import { createHealthRouter } from './ops/health.ts';
import { createHousekeeping, type Chore } from './ops/housekeeping.ts';
import { createLeases } from './ops/leases.ts';
import type { Logger } from './ops/logger.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { createRequestLog } from './ops/request-log.ts';
import { addStoreMetrics } from './ops/store-metrics.ts';
import type { Store } from './storage/port.ts';
import { openMongoStore } from './storage/mongo/mongo-store.ts';
import { openSqliteStore } from './storage/sqlite/sqlite-store.ts';
import { findNextRun } from './sync/feeds.ts';
import type { Environment } from './sync/run/secrets.ts';
import { createCursorCodec } from './taxii/cursor.ts';
import { createPageCache } from './taxii/page-cache.ts';
import { createTaxiiRouter } from './taxii/router.ts';
import { reloadTls } from './tls.ts';

/** The wall clock, to the millisecond; ticks in between come from counting up. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now() * MICROS_PER_MILLI,
};

export const SYSTEM_IDS: Ids = {
  uuid: () => randomUUID(),
  secret: (bytes) => randomBytes(bytes),
};

/** Opens the store that the settings name, whatever it holds. */
export function openStore(settings: Settings, clock: Clock = SYSTEM_CLOCK): Promise<Store> {
  const { databaseUrl: url, writeWaitMs, maxPendingWrites, pageScanMax } = settings;
  const bounds = { clock, writeWaitMs, maxPendingWrites, pageScanMax };
  if (url.startsWith('sqlite:')) return openSqliteStore({ ...bounds, path: url.slice('sqlite:'.length) });
  return openMongoStore({
    ...bounds,
    url,
    ids: SYSTEM_IDS,
    nowMs: () => performance.now(),
    poolSize: settings.mongoPoolSize,
    timeoutMs: settings.mongoTimeoutMs,
  });
}

/** @throws AppError `input.invalid` when the store has only a part of what is being restored or copied into it */
async function refuseHalfImported(store: Store): Promise<void> {
  if (!(await store.importState())) return;
  throw new AppError('input.invalid', {
    detail:
      'The database holds a restore or a copy that did not come to its end. Run the same "pollwatch restore" or ' +
      '"pollwatch copy" again: it goes on where it stopped. Or use another database.',
  });
}

/** Opens the store that the settings name and builds the services over it. `close` ends both. */
export async function openCore(
  settings: Settings,
  clock: Clock = SYSTEM_CLOCK,
): Promise<Core & { close(): Promise<void> }> {
  const store = await openStore(settings, clock);
  try {
    await refuseHalfImported(store);
    const packageRoot = findPackageRoot();
    const core = await createCore({ store, clock, ids: SYSTEM_IDS, settings, packageRoot });
    return { ...core, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/**
 * Builds partner feeds over an open core; the scheduler among them is not started.
 * @param env where the variables with the partners' secrets are
 */
export function openFeeds(
  settings: Settings,
  core: Core,
  log: Logger,
  env: Environment,
  clock: Clock = SYSTEM_CLOCK,
): Feeds {
  const nowMs = (): number => performance.now();
  return createFeeds({ settings, core, log, env, clock, ids: SYSTEM_IDS, nowMs, random: Math.random });
}

export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Reads the TLS files again; without TLS it does nothing. It never throws. */
  reload(): void;
  /** What this process counts, when metrics are wanted. */
  readonly metrics: Metrics | undefined;
  /** Where the metrics are given out, without a slash at the end; not by one of several workers. */
  readonly metricsUrl: string | undefined;
  /** Finishes what is in flight, then closes everything in reverse order. */
  close(): Promise<void>;
}

/**
 * Does what comes before anybody is served: policies from the collection files, and what was saved and not carried
 * out. Of several workers' one main process does it.
 * @returns the collections
 */
export async function prepareServing(
  settings: Settings,
  core: Core,
  log: Logger,
): Promise<readonly Collection[]> {
  const collections = await loadCollections(settings.collectionsDir);
  for (const warning of overlapWarnings(collections)) log.warn(warning);
  await applyPolicies(core, collections);
  await resume(core, log);
  return collections;
}

/** What fails is tried again while the server runs; it does not keep it from starting. */
async function resume({ submissions }: Core, log: Logger): Promise<void> {
  await submissions.resume().catch((error: unknown) => {
    log.error({ err: error }, 'a saved submission could not be carried out');
  });
}

/**
 * Builds the server over an open core and listens.
 * @param prepared the collections, where another process has prepared them: this one is then one of several workers
 * @param env where the variables with the partners' secrets are
 */
export async function startServer(
  settings: Settings,
  core: Core,
  log: Logger,
  clock: Clock = SYSTEM_CLOCK,
  prepared?: readonly Collection[],
  env: Environment = {},
): Promise<RunningServer> {
  const { store, submissions, followUp } = core;
  const collections = prepared ?? (await prepareServing(settings, core, log));
  const metrics =
    settings.metricsPort === undefined
      ? undefined
      : createMetrics({ version: readVersion(findPackageRoot()) });

  let isAccepting = true;
  let url = settings.publicUrl ?? '';
  const { title, description, contact, maxContentLengthBytes } = settings;
  // A hash takes a core for a while: several workers have two at once even so.
  const hasher = createPasswordHasher({ ids: SYSTEM_IDS, maxRunning: prepared ? 1 : 2 });
  const throttle = createThrottle({
    clock,
    attempts: settings.loginAttempts,
    windowSeconds: settings.loginWindowMs / 1000,
  });
  const memory = createCredentialMemory({
    directory: store,
    clock,
    ids: SYSTEM_IDS,
    rememberSeconds: settings.credentialMemoryMs / 1000,
    maxEntries: settings.credentialMemoryMax,
    counts: metrics?.credentials,
  });
  const verifier = createVerifier({ directory: store, hasher, throttle, clock });
  const authentication = createAuthentication({ memory, verifier, clock });
  const taxii = createTaxiiRouter({
    info: {
      title,
      ...(description === undefined ? {} : { description }),
      ...(contact === undefined ? {} : { contact }),
      publicUrl: () => url,
      maxContentLengthBytes,
    },
    collections,
    ...authentication,
    pages: {
      entries: store,
      codec: createCursorCodec(core.deployment.secret),
      cache: createPageCache(settings.pageCacheBytes, metrics?.pages),
      limits: settings,
    },
    submissions,
    status: { submissions: store, followUp, clock, statusRetentionMs: settings.statusRetentionMs },
  });
  const feeds = openFeeds(settings, core, log, env, clock);
  const api = createApi({
    ...authentication,
    feeds: feeds.service,
    collections,
    log,
    maxRunning: settings.feedConcurrency,
    packageRoot: findPackageRoot(),
  });
  const health = createHealthRouter({
    store,
    collections: collections.map(({ id }) => id),
    clock,
    isAccepting: () => isAccepting,
  });
  const app = createApp({
    requestLog: createRequestLog(log, SYSTEM_IDS, metrics?.countRequest),
    health,
    taxii,
    api: api.router,
    trustProxy: settings.trustProxy,
    maxUrlLength: settings.maxUrlLength,
    countFailure: metrics?.countFailure,
  });
  const { server, stop, reload } = createHttpServer(app, settings, SYSTEM_IDS);
  const names = { host: 'HOST', port: 'PORT' };
  const port = await listen(server, { host: settings.host, port: settings.port, settings: names });
  const listening = toUrl(schemeOf(settings), settings.host, port);
  if (url === '') url = listening;

  const leases = createLeases({
    store,
    holder: SYSTEM_IDS.uuid(),
    nowMs: () => performance.now(),
    ttlMs: LEASE_MS,
  });
  const housekeeping = createHousekeeping({
    chores: listChores(core, log),
    log,
    isOurs: async () => (await leases.hold('chores')) !== undefined,
    onFailure: (error) => {
      if (error instanceof AppError) metrics?.countFailure(error.code);
    },
  });
  const closeServing = async (): Promise<void> => {
    isAccepting = false;
    await Promise.all([stop(settings.shutdownTimeoutMs), api.close(), feeds.scheduler.close()]);
    await feeds.close();
    await housekeeping.close();
    await leases.releaseAll().catch((error: unknown) => {
      log.warn({ err: error }, 'the lease of the chores could not be given back: it ends by itself');
    });
  };
  housekeeping.start();
  if (settings.feeds) feeds.scheduler.start();

  let given: GivenMetrics | undefined;
  try {
    if (metrics && !prepared) {
      const { registry } = metrics;
      const look = addStoreMetrics({ registry, store, collections, clock, nextFeedRun: findNextRun });
      given = await giveMetrics(settings, async () => {
        await look();
        return registry.metrics();
      });
      log.info({ url: given.url }, 'the metrics are given out');
    }
  } catch (error) {
    await closeServing();
    throw error;
  }
  return {
    url: listening,
    metrics,
    metricsUrl: given?.url,
    reload() {
      reloadTls(reload, log);
      given?.reload(log);
    },
    async close() {
      await closeServing();
      await given?.close();
    },
  };
}

/** A holder of the lease that died keeps the chores from being done for so long. */
const LEASE_MS = 5000;

/** What one process of the whole deployment does at a time. */
function listChores(core: Core, log: Logger): readonly Chore[] {
  const { store, followUp } = core;
  return [
    {
      name: 'decide what is due',
      cron: '* * * * * *',
      run: async () => {
        await followUp.decideDue();
      },
    },
    { name: 'carry out what was saved', cron: '*/5 * * * * *', run: () => resume(core, log) },
    { name: 'sweep', cron: '*/10 * * * * *', run: () => store.sweep() },
  ];
}

function schemeOf({ tlsCertFile }: Settings): 'http' | 'https' {
  return tlsCertFile === undefined ? 'http' : 'https';
}
