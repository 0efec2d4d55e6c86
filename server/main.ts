import cluster from 'node:cluster';
import { createPasswordHasher } from './auth/passwords.ts';
import { loadCollections } from './config/collections.ts';
import { loadSettings, type Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import { openCore, prepareServing, startServer, SYSTEM_CLOCK, SYSTEM_IDS } from './compose.ts';
import { applyPolicies, type Core } from './core.ts';
import type { Collection } from './domain/collection.ts';
import { AppError } from './domain/errors.ts';
import { giveMetrics, type GivenMetrics } from './given-metrics.ts';
import { findFreePort } from './listening.ts';
import { createLogger, type Logger } from './ops/logger.ts';
import { createMergedMetrics, type MergedMetrics } from './ops/metrics-merge.ts';
import { createProcessRegistry } from './ops/metrics.ts';
import { addStoreMetrics } from './ops/store-metrics.ts';
import { addWorkersMetrics } from './ops/workers-metrics.ts';
import { describeSample, isEmpty, loadSample, type SampleUser } from './sample.ts';
import { findNextRun } from './sync/feeds.ts';
import type { Environment } from './sync/run/secrets.ts';
import { joinMainProcess, type MainProcess } from './workers-child.ts';
import type { WorkerTask } from './workers-messages.ts';
import { toShare } from './workers-share.ts';
import { startWorkers, type Workers } from './workers.ts';

/** What there is to say when the server has started. */
export interface Start {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The users of the example, when it was loaded just now. */
  readonly sample?: readonly SampleUser[];
}

type Describe = (start: Start) => string;

/**
 * Serves until it is told to stop: settings, store, example, server; SIGTERM or SIGINT closes in reverse order.
 * @param describe what standard output says once it listens
 * @throws AppError `config.invalid` and what opening the store and listening throw
 */
export async function serve(env: Parameters<typeof loadSettings>[0], describe: Describe): Promise<void> {
  const settings = loadSettings(env);
  if (settings.workers === 1) await serveAlone(settings, env, describe);
  else if (cluster.isPrimary) await serveWithWorkers(settings, describe);
  else await serveAsWorker(settings, env);
}

/** The start in words, for a terminal. */
export function describeStart({ url, sample }: Start): string {
  const greeting = `Pollwatch listens on ${url} (discovery: ${url}/taxii2/)\n\n`;
  return sample ? greeting + describeSample(sample, url) : greeting;
}

async function serveAlone(settings: Settings, env: Environment, describe: Describe): Promise<void> {
  const log = createLogger(settings.logLevel);
  // Before anybody can know that it listens: a signal must never find the process without a handler.
  const hangUp = watchHangUp();
  const core = await openCore(settings);
  try {
    const sample = await prepareSample(settings, core);
    await serveUntil(nextSignal(), settings, env, core, log, hangUp, (url) => {
      process.stdout.write(describe({ url, ...sample }));
    });
  } finally {
    await core.close();
    log.flush();
    hangUp.end();
  }
}

/** One of several processes that serve; the main one has prepared everything, and starts another when this one ends. */
async function serveAsWorker(settings: Settings, env: Environment): Promise<void> {
  const stopped = nextSignal();
  const main = joinMainProcess();
  const ending = Promise.race([stopped, main.gone.then(() => 'the main process is gone')]);
  try {
    const task = await Promise.race([main.task, ending]);
    if (typeof task !== 'string') await carryOutTask(settings, env, task, main, ending);
  } catch (error) {
    await main.sayFailed(error);
    // The main process says why, once for all workers.
    process.exit(1);
  }
  main.leave();
}

async function carryOutTask(
  settings: Settings,
  env: Environment,
  { number, port, collections }: WorkerTask,
  { sayListening, answerMetrics }: MainProcess,
  ending: Promise<string>,
): Promise<void> {
  const log = createLogger(settings.logLevel, number);
  const hangUp = watchHangUp();
  try {
    const core = await openCore(settings);
    try {
      const parts = { prepared: collections, answerMetrics };
      await serveUntil(ending, toShare(settings, port), env, core, log, hangUp, sayListening, parts);
    } finally {
      await core.close();
    }
  } catch (error) {
    log.error({ err: error }, 'a worker fails');
    throw error;
  } finally {
    log.flush();
    hangUp.end();
  }
}

interface WorkerParts {
  readonly prepared: readonly Collection[];
  readonly answerMetrics: MainProcess['answerMetrics'];
}

async function serveUntil(
  ending: Promise<string>,
  settings: Settings,
  env: Environment,
  core: Core,
  log: Logger,
  hangUp: HangUp,
  onListening: (url: string) => void,
  worker?: WorkerParts,
): Promise<void> {
  const server = await startServer(settings, core, log, SYSTEM_CLOCK, worker?.prepared, env);
  const { metrics } = server;
  if (metrics) worker?.answerMetrics(() => metrics.registry.getMetricsAsJSON());
  hangUp.arm(() => server.reload());
  onListening(server.url);
  const stopping = new AbortController();
  const prepared = core.validator.prepare(stopping.signal);
  const reason = await ending;
  stopping.abort();
  await prepared;
  log.info({ signal: reason }, 'stopping: what is in flight is finished');
  await server.close();
}

/** So long after the time for requests in flight a worker may take to close what it has open. */
const CLOSING_MS = 2000;

/** Prepares everything once, so that the workers find it done, and keeps them running. */
async function serveWithWorkers(settings: Settings, describe: Describe): Promise<void> {
  const log = createLogger(settings.logLevel);
  const hangUp = watchHangUp();
  const stopped = nextSignal();
  const core = await openCore(settings);
  try {
    const sample = await prepareSample(settings, core);
    const collections = await prepareServing(settings, core, log);
    const { host, port: wanted } = settings;
    const place = { host, port: wanted, settings: { host: 'HOST', port: 'PORT' } };
    const port = wanted === 0 ? await findFreePort(place) : wanted;
    const merged = createMergedMetrics();
    const workers = startWorkers({
      count: settings.workers,
      task: { port, collections },
      log,
      nowMs: () => performance.now(),
      metrics: merged,
    });
    let given: GivenMetrics | undefined;
    let forced = 0;
    try {
      if (settings.metricsPort !== undefined) {
        given = await giveMetrics(settings, createMergedReader(core, collections, workers, merged));
        log.info({ url: given.url }, 'the metrics are given out');
      }
      hangUp.arm(() => {
        workers.reload();
        given?.reload(log);
      });
      const url = await Promise.race([workers.listening, workers.failed, stopped.then(() => undefined)]);
      if (url !== undefined) process.stdout.write(describe({ url, ...sample }));
      const signal = await Promise.race([stopped, workers.failed]);
      log.info({ signal }, 'stopping: the workers finish what is in flight');
    } finally {
      forced = await workers.stop(settings.shutdownTimeoutMs + CLOSING_MS);
      await given?.close();
    }
    if (forced > 0) {
      const detail = `${forced} of ${settings.workers} workers did not stop in time, and were ended by force.`;
      throw new AppError('internal', { detail });
    }
  } finally {
    await core.close();
    log.flush();
    hangUp.end();
  }
}

/** How long a worker may take to say what it has counted; one that is stopped does not hold up the others. */
const METRICS_TIMEOUT_MS = 1000;

/** The workers' counts in sum, and the store as the main process sees it, for it is the same for all. */
function createMergedReader(
  { store }: Core,
  collections: readonly Collection[],
  workers: Workers,
  merged: MergedMetrics,
): () => Promise<string> {
  const registry = createProcessRegistry();
  addWorkersMetrics(registry, () => workers.counts);
  const look = addStoreMetrics({
    registry,
    store,
    collections,
    clock: SYSTEM_CLOCK,
    nextFeedRun: findNextRun,
  });
  return async () => {
    await Promise.all([look(), workers.askMetrics(METRICS_TIMEOUT_MS)]);
    return merged.toText(await registry.getMetricsAsJSON());
  };
}

/** @returns the users of the example when this is a new database that gets it, to be said with the start */
async function prepareSample(
  settings: Settings,
  core: Core,
): Promise<{ readonly sample?: readonly SampleUser[] }> {
  if (!settings.sampleAllowed || !(await isEmpty(core))) return {};
  await applyPolicies(core, await loadCollections(settings.collectionsDir));
  const hasher = createPasswordHasher({ ids: SYSTEM_IDS });
  return { sample: await loadSample(core, hasher, SYSTEM_IDS, findPackageRoot()) };
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve(signal));
  });
}

interface HangUp {
  /** Says what SIGHUP does from now on, and does it at once when one came before: the files may have been read then. */
  arm(reload: () => void): void;
  end(): void;
}

/** SIGHUP would end the process. */
function watchHangUp(): HangUp {
  let reload: (() => void) | undefined;
  let isMissed = false;
  const onHangUp = (): void => {
    if (reload) reload();
    else isMissed = true;
  };
  process.on('SIGHUP', onHangUp);
  return {
    arm(next) {
      reload = next;
      if (isMissed) next();
    },
    end() {
      process.off('SIGHUP', onHangUp);
    },
  };
}
