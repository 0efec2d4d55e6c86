import { LRUCache } from 'lru-cache';
import { AppError } from '../domain/errors.ts';
import type { Clock, UserName } from '../domain/ids.ts';
import { MICROS_PER_SECOND, type Tick } from '../domain/timestamp.ts';

export interface ThrottleOptions {
  readonly clock: Clock;
  /** So many may fail within the window (20); the next is refused unseen. */
  readonly attempts?: number;
  readonly windowSeconds?: number;
  /** Pairs of user and address that are counted at a time; the least recently used is forgotten first. */
  readonly maxEntries?: number;
}

/** One login under way; exactly one of its ends is called. */
export interface LoginAttempt {
  succeeded(): void;
  failed(): void;
  /** It was not decided: the store or the hasher could not answer. */
  abandoned(): void;
}

export interface Throttle {
  /** @throws AppError `auth.throttled` when too many logins of this user from this address failed. */
  admit(user: UserName, address: string): LoginAttempt;
  /** How many pairs are counted; never more than `maxEntries`. */
  readonly size: number;
}

interface Count {
  /** When logins failed, ascending, at most `attempts`. */
  failures: readonly Tick[];
  pending: number;
}

// A proxy may hand on any text as an address.
const MAX_ADDRESS_LENGTH = 64;

/** Counts failed logins by user name and client address, within a sliding window. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { clock, attempts = 20, windowSeconds = 60, maxEntries = 10_000 } = options;
  const windowMicros = windowSeconds * MICROS_PER_SECOND;
  const counts = new LRUCache<string, Count>({ max: maxEntries });

  function recentFailures(count: Count, now: Tick): readonly Tick[] {
    // Failures of the future are left from before the clock went back.
    return count.failures.filter((at) => at > now - windowMicros && at <= now);
  }

  function refuse(oldest: Tick | undefined, now: Tick): AppError {
    const waitMicros = oldest === undefined ? 0 : oldest + windowMicros - now;
    const retryAfterSeconds = Math.max(1, Math.ceil(waitMicros / MICROS_PER_SECOND));
    return new AppError('auth.throttled', { detail: 'Too many failed logins.', retryAfterSeconds });
  }

  return {
    admit(user, address) {
      const key = `${address.slice(0, MAX_ADDRESS_LENGTH)}\n${user}`;
      const count = counts.get(key) ?? { failures: [], pending: 0 };
      const now = clock.now();
      count.failures = recentFailures(count, now);
      if (count.failures.length >= attempts) throw refuse(count.failures[0], now);
      // Logins under way count, or many guesses at once would all get through.
      if (count.failures.length + count.pending >= attempts) throw refuse(undefined, now);
      count.pending += 1;
      counts.set(key, count);
      return {
        succeeded() {
          count.pending -= 1;
          count.failures = [];
          if (count.pending === 0 && counts.peek(key) === count) counts.delete(key);
        },
        failed() {
          count.pending -= 1;
          const at = clock.now();
          // The count may have been pushed out, and begun anew, meanwhile: a failure must not be forgotten.
          const current = counts.get(key) ?? count;
          current.failures = [...recentFailures(current, at), at];
          counts.set(key, current);
        },
        abandoned() {
          count.pending -= 1;
          if (count.pending === 0 && count.failures.length === 0 && counts.peek(key) === count)
            counts.delete(key);
        },
      };
    },
    get size() {
      return counts.size;
    },
  };
}
