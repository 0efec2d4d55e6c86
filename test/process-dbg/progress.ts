import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 40_000;

/** Counts what happens, so that others can wait for more of it instead of for time to pass. */
export interface Progress {
  readonly count: number;
  step(): void;
  /** Answers once the count is above `seen`. @throws Error when nothing happens for long */
  past(seen: number): Promise<void>;
}

export function createProgress(): Progress {
  let count = 0;
  let wake: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (wake = resolve));
  return {
    get count() {
      return count;
    },
    step() {
      count += 1;
      wake();
      next = new Promise<void>((resolve) => (wake = resolve));
    },
    async past(seen) {
      while (count <= seen) {
        const moved = await Promise.race([next.then(() => true), delay(STEP_MS, false, { ref: false })]);
        if (!moved) throw new Error(`nothing happened after step ${count}`);
      }
    },
  };
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
