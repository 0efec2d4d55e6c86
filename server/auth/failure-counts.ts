import type { Clock } from '../domain/ids.ts';
import { MICROS_PER_SECOND, type Tick } from '../domain/timestamp.ts';

export interface FailureCountsOptions {
  readonly clock: Clock;
  /** So many may fail within the window. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly maxEntries: number;
}

/** What failed lately, by key. What was begun is ended once, by `fail`, `clear` or `abandon`. */
export interface FailureCounts {
  /** Seconds until another may begin, at least 1; undefined when it may at once. */
  waitOf(key: string): number | undefined;
  begin(key: string): void;
  fail(key: string): void;
  /** It went well: the failures of this key are forgotten. */
  clear(key: string): void;
  abandon(key: string): void;
  /** Never more than `maxEntries`, as long as `waitOf` is asked before each `begin`. */
  readonly size: number;
}

interface Count {
  /** When they failed, ascending. */
  failures: readonly Tick[];
  pending: number;
}

/** Makes counts that forget what left the window and nothing else: a flood of new keys pushes no failure out. */
export function createFailureCounts(options: FailureCountsOptions): FailureCounts {
  const { clock, limit, windowSeconds, maxEntries } = options;
  const windowMicros = windowSeconds * MICROS_PER_SECOND;
  // In the order in which they were touched, so that what may be forgotten first stands in front.
  const counts = new Map<string, Count>();

  function toWait(failedAt: Tick | undefined, now: Tick): number {
    const waitMicros = failedAt === undefined ? 0 : failedAt + windowMicros - now;
    return Math.max(1, Math.ceil(waitMicros / MICROS_PER_SECOND));
  }

  function dropOldFailures(count: Count, now: Tick): void {
    // Failures of the future are left from before the clock went back.
    count.failures = count.failures.filter((at) => at > now - windowMicros && at <= now);
  }

  /** @returns seconds until there is room; undefined when there is */
  function waitForRoom(now: Tick): number | undefined {
    if (counts.size < maxEntries) return undefined;
    let wait = 1;
    for (const [key, count] of counts) {
      if (count.pending > 0) continue;
      dropOldFailures(count, now);
      if (count.failures.length > 0) {
        wait = toWait(count.failures.at(-1), now);
        break;
      }
      counts.delete(key);
    }
    return counts.size < maxEntries ? undefined : wait;
  }

  function touch(key: string): Count {
    const count = counts.get(key) ?? { failures: [], pending: 0 };
    counts.delete(key);
    counts.set(key, count);
    return count;
  }

  function end(key: string, count: Count): void {
    count.pending -= 1;
    if (count.pending === 0 && count.failures.length === 0) counts.delete(key);
  }

  return {
    waitOf(key) {
      const now = clock.now();
      const count = counts.get(key);
      if (!count) return waitForRoom(now);
      dropOldFailures(count, now);
      if (count.failures.length >= limit) return toWait(count.failures[0], now);
      // What is under way counts, or many guesses at once would all get through.
      return count.failures.length + count.pending >= limit ? 1 : undefined;
    },
    begin(key) {
      touch(key).pending += 1;
    },
    fail(key) {
      const now = clock.now();
      const count = touch(key);
      dropOldFailures(count, now);
      count.failures = [...count.failures, now];
      end(key, count);
    },
    clear(key) {
      const count = counts.get(key);
      if (!count) return;
      count.failures = [];
      end(key, count);
    },
    abandon(key) {
      const count = counts.get(key);
      if (count) end(key, count);
    },
    get size() {
      return counts.size;
    },
  };
}
