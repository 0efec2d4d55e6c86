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

/** Runs chores by node-cron, one run of each at a time; a failure is logged and does not stop the next run. */
export function createHousekeeping(chores: readonly Chore[], log: Logger): Housekeeping {
  const running = new Set<Promise<void>>();
  let tasks: ScheduledTask[] = [];

  function runOnce(chore: Chore): Promise<void> {
    const run = chore.run().catch((error: unknown) => {
      log.error({ err: error, chore: chore.name }, 'chore failed');
    });
    running.add(run);
    return run.finally(() => running.delete(run));
  }

  return {
    start() {
      tasks = chores.map((chore) =>
        createTask(chore.cron, () => runOnce(chore), {
          name: chore.name,
          noOverlap: true,
          suppressMissedWarning: true,
        }),
      );
      for (const task of tasks) void task.start();
    },
    async close() {
      for (const task of tasks) await task.destroy();
      await Promise.all(running);
    },
  };
}
