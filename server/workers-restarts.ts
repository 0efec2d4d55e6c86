/** When a worker that ended is started again. */
export interface Restarts {
  /** Notes that the worker listens. */
  listens(nowMs: number): void;
  /**
   * Notes that the worker ended.
   * @param isPassing whether what kept it from starting will go by itself, such as a database that does not answer
   * @returns after how many milliseconds it is started again; undefined when that has no prospect
   */
  ended(nowMs: number, isPassing: boolean): number | undefined;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** Who served for so long did not die of its start. */
const PROVEN_MS = 10_000;
/** So many starts in a row may fail. */
const MAX_FAILED_STARTS = 6;

/** Makes the memory of one worker's starts: a first restart is quick, those after it wait longer and longer. */
export function createRestarts(): Restarts {
  let waitMs = FIRST_WAIT_MS;
  let failedStarts = 0;
  let listensSinceMs: number | undefined;
  return {
    listens(nowMs) {
      listensSinceMs = nowMs;
      failedStarts = 0;
    },
    ended(nowMs, isPassing) {
      if (listensSinceMs === undefined && !isPassing) failedStarts += 1;
      if (failedStarts >= MAX_FAILED_STARTS) return undefined;
      if (listensSinceMs !== undefined && nowMs - listensSinceMs >= PROVEN_MS) waitMs = FIRST_WAIT_MS;
      listensSinceMs = undefined;
      const wait = waitMs;
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      return wait;
    },
  };
}
