import { AppError } from '../domain/errors.ts';
import type { Clock, UserName } from '../domain/ids.ts';
import { createFailureCounts } from './failure-counts.ts';

export interface ThrottleOptions {
  readonly clock: Clock;
  /** So many may fail within the window (20); the next is refused unseen. */
  readonly attempts?: number;
  /** The same for an address, whoever it names (10 times as many): names cost nothing. */
  readonly attemptsOfAddress?: number;
  readonly windowSeconds?: number;
  /** Pairs of user and address that are counted at a time, and addresses; when all are live, new ones are refused. */
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
  /** @throws AppError `auth.throttled` when too many logins of this user from this address, or of this address, failed. */
  admit(user: UserName, address: string): LoginAttempt;
  /** How many pairs are counted; never more than `maxEntries`. */
  readonly size: number;
}

// A proxy may hand on any text as an address.
const MAX_ADDRESS_LENGTH = 64;

/** Counts failed logins by user name and client address, and by address alone, within a sliding window. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { clock, attempts = 20, attemptsOfAddress = attempts * 10 } = options;
  const { windowSeconds = 60, maxEntries = 10_000 } = options;
  const pairs = createFailureCounts({ clock, limit: attempts, windowSeconds, maxEntries });
  const addresses = createFailureCounts({ clock, limit: attemptsOfAddress, windowSeconds, maxEntries });

  function begin(user: UserName, address: string): void {
    const waits = [pairs.waitOf(pairOf(user, address)), addresses.waitOf(address)];
    const wait = Math.max(...waits.map((each) => each ?? 0));
    if (wait > 0) {
      throw new AppError('auth.throttled', { detail: 'Too many failed logins.', retryAfterSeconds: wait });
    }
    pairs.begin(pairOf(user, address));
    addresses.begin(address);
  }

  return {
    admit(user, whole) {
      const address = whole.slice(0, MAX_ADDRESS_LENGTH);
      const pair = pairOf(user, address);
      begin(user, address);
      return {
        succeeded() {
          pairs.clear(pair);
          // Of the address nothing is cleared: one account of one's own would buy guesses at all the others.
          addresses.abandon(address);
        },
        failed() {
          pairs.fail(pair);
          addresses.fail(address);
        },
        abandoned() {
          pairs.abandon(pair);
          addresses.abandon(address);
        },
      };
    },
    get size() {
      return pairs.size;
    },
  };
}

function pairOf(user: UserName, address: string): string {
  return `${address}\n${user}`;
}
