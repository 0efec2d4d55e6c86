import cluster, { type Worker } from 'node:cluster';
import { AppError } from './domain/errors.ts';
import type { Logger } from './ops/logger.ts';
import type { Snapshot } from './ops/metrics-merge.ts';
import { parseFromWorker, type FromWorker, type ToWorker, type WorkerTask } from './workers-messages.ts';
import { createRestarts, type Restarts } from './workers-restarts.ts';

export interface WorkersOptions {
  readonly count: number;
  readonly task: Omit<WorkerTask, 'number'>;
  readonly log: Logger;
  /** Milliseconds that only rise. */
  readonly nowMs: () => number;
  /** Gets what a worker has counted, and the news that it is gone; a life is one process, not one number. */
  readonly metrics?: {
    see(life: number, snapshot: Snapshot): void;
    bury(life: number): void;
  };
}

/** The worker processes of a server. */
export interface Workers {
  /** Where they listen, once all of them do. */
  readonly listening: Promise<string>;
  /** Rejects with an AppError when a worker cannot be kept running; it is never fulfilled. */
  readonly failed: Promise<never>;
  /** How many listen now, and how many were started in the place of one that ended. */
  readonly counts: { readonly listening: number; readonly restarts: number };
  /** Tells all to read the TLS files again, those that start as soon as they listen. */
  reload(): void;
  /** Asks all for their metrics; `see` gets what came in time. */
  askMetrics(timeoutMs: number): Promise<void>;
  /**
   * Ends all of them: gracefully, and by force when that takes longer.
   * @returns how many had to be forced
   */
  stop(timeoutMs: number): Promise<number>;
}

interface Slot {
  readonly number: number;
  readonly restarts: Restarts;
  worker?: Worker;
  url?: string;
  /** It was to read the TLS files again before it listened, and may have read them before that. */
  hasMissedReload?: boolean;
  /** What it said before it ended. */
  failure?: AppError;
  timer?: NodeJS.Timeout;
}

/** Starts the workers, and starts those again that end before they are told to. */
export function startWorkers({ count, task, log, nowMs, metrics }: WorkersOptions): Workers {
  // New connections are taken by whichever worker is free: docs/decisions/0016-workers.md.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const listening = Promise.withResolvers<string>();
  const failed = Promise.withResolvers<never>();
  // Both are looked at by whoever started the workers; what is not looked at must not end the process.
  listening.promise.catch(() => undefined);
  failed.promise.catch(() => undefined);
  const slots = Array.from({ length: count }, (_, index): Slot => ({
    number: index + 1,
    restarts: createRestarts(),
  }));
  let isStarted = false;
  let isStopping = false;
  let restarts = 0;
  let questions = 0;
  const answered = new Map<number, (life: number) => void>();

  function start(slot: Slot): void {
    const worker = cluster.fork();
    slot.worker = worker;
    worker.on('message', (received: unknown) => {
      const message = parseFromWorker(received);
      // What comes after its end is nobody's any more.
      if (message && slot.worker === worker) take(slot, worker, message);
    });
    worker.on('error', (error) => {
      log.warn({ err: error, worker: slot.number }, 'a worker cannot be told something');
    });
    worker.once('exit', (code, signal) => {
      endOf(slot, worker, signal || code);
    });
  }

  function take(slot: Slot, worker: Worker, message: FromWorker): void {
    switch (message.pollwatch) {
      case 'asks for its task':
        tell(worker, { pollwatch: 'has this task', task: { ...task, number: slot.number } });
        return;
      case 'listens':
        slot.url = message.url;
        slot.restarts.listens(nowMs());
        if (slot.hasMissedReload) worker.process.kill('SIGHUP');
        delete slot.hasMissedReload;
        if (isStarted) log.info({ worker: slot.number }, 'a worker serves in the place of one that ended');
        if (slots.every(({ url }) => url !== undefined)) {
          isStarted = true;
          listening.resolve(message.url);
        }
        return;
      case 'cannot start':
        slot.failure = toFailure(message);
        return;
      case 'has counted':
        metrics?.see(worker.id, message.metrics);
        answered.get(message.question)?.(worker.id);
    }
  }

  function endOf(slot: Slot, worker: Worker, how: number | string): void {
    metrics?.bury(worker.id);
    const { failure } = slot;
    delete slot.worker;
    delete slot.url;
    delete slot.hasMissedReload;
    delete slot.failure;
    if (isStopping) return;
    log.error({ worker: slot.number, how, ...(failure ? { err: failure } : {}) }, 'a worker ended');
    const waitMs = slot.restarts.ended(nowMs(), failure?.code === 'storage.unavailable');
    // What keeps the first ones from starting, such as a port in use, does so again.
    if (waitMs === undefined || (failure && !isStarted)) {
      failed.reject(failure ?? toLastFailure(slot, how));
      return;
    }
    slot.timer = setTimeout(() => {
      restarts += 1;
      start(slot);
    }, waitMs);
  }

  for (const slot of slots) start(slot);

  return {
    listening: listening.promise,
    failed: failed.promise,
    get counts() {
      return { listening: slots.filter(({ url }) => url !== undefined).length, restarts };
    },
    reload() {
      for (const slot of slots) {
        // Before it listens the signal might end it.
        if (slot.url === undefined) slot.hasMissedReload = slot.worker !== undefined;
        else slot.worker?.process.kill('SIGHUP');
      }
    },
    async askMetrics(timeoutMs) {
      const asked = slots.flatMap(({ worker, url }) => (worker && url !== undefined ? [worker] : []));
      const missing = new Set(asked.map(({ id }) => id));
      if (missing.size === 0) return;
      const question = (questions += 1);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        answered.set(question, (life) => {
          missing.delete(life);
          if (missing.size > 0) return;
          clearTimeout(timer);
          resolve();
        });
        for (const worker of asked) tell(worker, { pollwatch: 'is asked for its metrics', question });
      });
      answered.delete(question);
    },
    async stop(timeoutMs) {
      isStopping = true;
      let forced = 0;
      await Promise.all(
        slots.map(async ({ worker, timer }) => {
          clearTimeout(timer);
          if (worker && !(await end(worker, timeoutMs))) forced += 1;
        }),
      );
      return forced;
    },
  };
}

/** @returns whether it ended by itself */
async function end(worker: Worker, timeoutMs: number): Promise<boolean> {
  if (worker.isDead()) return true;
  let isForced = false;
  const timer = setTimeout(() => {
    isForced = true;
    worker.process.kill('SIGKILL');
  }, timeoutMs);
  await new Promise<void>((resolve) => {
    worker.once('exit', () => {
      resolve();
    });
    worker.process.kill('SIGTERM');
  });
  clearTimeout(timer);
  return !isForced;
}

function tell(worker: Worker, message: ToWorker): void {
  // It may have ended, which its exit says.
  if (worker.isConnected()) worker.send(message, () => undefined);
}

function toFailure({ code, detail }: Extract<FromWorker, { pollwatch: 'cannot start' }>): AppError {
  return new AppError(code, detail === undefined ? {} : { detail });
}

function toLastFailure({ number }: Slot, how: number | string): AppError {
  return new AppError('config.invalid', {
    detail:
      `Worker ${number} ended again and again while it started (${how}), so the server stops. ` +
      'The log says what each worker came to; a machine that runs out of memory ends them with SIGKILL.',
  });
}
