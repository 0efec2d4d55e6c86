import type { Clock } from '../../server/domain/ids.ts';
import type { Tick } from '../../server/domain/timestamp.ts';

export interface FakeClock extends Clock {
  /** Moves the clock by so many microseconds; a negative number sets it back. */
  advance(micros: number): void;
}

/** A clock that stands still until it is moved. */
export function createFakeClock(startMicros: Tick): FakeClock {
  let now = startMicros;
  return {
    now: () => now,
    advance(micros) {
      now += micros;
    },
  };
}
