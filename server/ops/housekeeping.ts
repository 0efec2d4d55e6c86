import { createTask, type ScheduledTask } from 'node-cron';
import type { Logger } from './logger.ts';

/** One thing that has to be done again and again. */
export interface Chore {
  readonly name: string;
  /** When, as node-cron writes it, seconds first. */
  readonly cron: string;
  run(): Promise<void>;
}

export interface Housekeeping {
  start(): void;
  /** Waits for what runs. */
  close(): Promise<void>;
}

export interface HousekeepingOptions {
  readonly chores: readonly Chore[];
  readonly log: Logger;
  /** Whether this process is the one that does them now. */
  readonly isOurs: () => Promise<boolean>;
  /** Gets what a chore threw. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

/**
 * Runs chores by node-cron, one run of each at a time, while they are this process's to do; a failure is logged and
 * does not stop the next run.
 */
export function createHousekeeping({ chores, log, isOurs, onFailure }: HousekeepingOptions): Housekeeping {
  const running = new Map<Chore, Promise<void>>();
  let tasks: ScheduledTask[] = [];

  /** Leaves a chore alone that has not ended; node-cron would do the same, and complain on standard error. */
  function runUnlessRunning(chore: Chore): void {
    if (running.has(chore)) return;
    const run = runIfOurs(chore)
      .catch((error: unknown) => {
        onFailure?.(error);
        log.error({ err: error, chore: chore.name }, 'chore failed');
      })
      .finally(() => running.delete(chore));
    running.set(chore, run);
  }

  async function runIfOurs(chore: Chore): Promise<void> {
    if (await isOurs()) await chore.run();
  }

  return {
    start() {
      tasks = chores.map((chore) => {
        const run = (): void => runUnlessRunning(chore);
        return createTask(chore.cron, run, { name: chore.name, suppressMissedWarning: true });
      });
      for (const task of tasks) void task.start();
    },
    async close() {
      for (const task of tasks) await task.destroy();
      await Promise.all(running.values());
    },
  };
}
