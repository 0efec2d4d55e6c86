import cluster from 'node:cluster';
import { AppError } from './domain/errors.ts';
import type { Snapshot } from './ops/metrics-merge.ts';
import { parseToWorker, type FromWorker, type WorkerTask } from './workers-messages.ts';

/** The main process as one of its workers sees it. */
export interface MainProcess {
  readonly task: Promise<WorkerTask>;
  /** Fulfilled when the main process is gone, however it went. */
  readonly gone: Promise<void>;
  readonly sayListening: (url: string) => void;
  /** Answers once it was said, or cannot be. */
  sayFailed(error: unknown): Promise<void>;
  /** From now on questions for metrics are answered. */
  readonly answerMetrics: (read: () => Promise<Snapshot>) => void;
  /** Lets go of the channel, which would keep this process alive. */
  leave(): void;
}

/** Takes up the connection to the main process and asks it what to do. */
export function joinMainProcess(): MainProcess {
  const { worker } = cluster;
  // Node would end this process at once when the main one is gone; requests in flight are to be answered first.
  if (worker) worker.exitedAfterDisconnect = true;
  const task = Promise.withResolvers<WorkerTask>();
  const gone = new Promise<void>((resolve) => {
    process.once('disconnect', resolve);
    if (!process.connected) resolve();
  });
  let readMetrics: (() => Promise<Snapshot>) | undefined;

  async function answer(question: number): Promise<void> {
    if (!readMetrics) return;
    await tell({ pollwatch: 'has counted', question, metrics: await readMetrics() });
  }

  process.on('message', (received) => {
    const message = parseToWorker(received);
    if (message?.pollwatch === 'has this task') task.resolve(message.task);
    if (message?.pollwatch === 'is asked for its metrics') {
      // Who asks does not wait for ever.
      answer(message.question).catch(() => undefined);
    }
  });
  void tell({ pollwatch: 'asks for its task' });

  return {
    task: task.promise,
    gone,
    sayListening(url) {
      void tell({ pollwatch: 'listens', url });
    },
    async sayFailed(error) {
      const { code, detail } = error instanceof AppError ? error : new AppError('internal');
      await tell({ pollwatch: 'cannot start', code, ...(detail === undefined ? {} : { detail }) });
    },
    answerMetrics(read) {
      readMetrics = read;
    },
    leave() {
      if (process.connected) process.disconnect?.();
    },
  };
}

/** Answers once the message is on its way; a main process that is gone is not told. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send) {
      process.send(message, undefined, undefined, () => resolve());
    } else resolve();
  });
}
