import { AppError } from '../domain/errors.ts';

/** Runs tasks one after the other. */
export interface TaskQueue {
  /** @throws AppError `server.busy` when `maxWaiting` tasks wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Waits for everything that was queued so far. */
  drain(): Promise<void>;
}

/** Makes a queue in which at most `maxWaiting` tasks wait for their turn. */
export function createTaskQueue(maxWaiting: number): TaskQueue {
  let tail: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return {
    async run(task) {
      if (waiting >= maxWaiting) {
        throw new AppError('server.busy', { detail: 'Too many writes are waiting.', retryAfterSeconds: 1 });
      }
      waiting += 1;
      const turn = tail.then(() => {
        waiting -= 1;
        return task();
      });
      // The next task waits for this one to end, however it ends.
      tail = turn.catch(() => undefined);
      return turn;
    },
    async drain() {
      await tail;
    },
  };
}
