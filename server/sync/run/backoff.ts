const FIRST_MS = 30_000;
/** The longest that a partner may put us off. */
const MAX_ASKED_MS = 24 * 3_600_000;
const JITTER = 0.2;

export interface Failures {
  /** In a row, from 1. */
  readonly failures: number;
  /** What the partner asked us to wait. */
  readonly retryAfterMs: number | undefined;
  readonly maxBackoffMs: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/**
 * How long to wait after a failure: 30 s, doubled with each further one up to the bound, a fifth more or less so that
 * feeds that failed together do not come back together; never less than the partner asked for.
 * @returns whole milliseconds
 */
export function toBackoffMs({ failures, retryAfterMs = 0, maxBackoffMs, random }: Failures): number {
  const base = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), maxBackoffMs);
  const jittered = Math.min(base * (1 - JITTER + 2 * JITTER * random), maxBackoffMs);
  return Math.ceil(Math.max(jittered, Math.min(retryAfterMs, MAX_ASKED_MS)));
}
