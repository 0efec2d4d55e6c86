import { AppError } from '../../domain/errors.ts';
import {
  MAX_RUNS,
  NO_COUNTS,
  type FeedCounts,
  type FeedDirection,
  type FeedError,
  type FeedResult,
  type FeedRun,
  type FeedState,
} from '../../domain/feed.ts';
import { MICROS_PER_MILLI, type Tick } from '../../domain/timestamp.ts';
import { toBackoffMs } from './backoff.ts';
import type { Progress } from '../feed-services.ts';
import { PartnerFault } from '../partner-fault.ts';

/** What a run has come to so far. */
export interface Tally {
  readonly counts: FeedCounts;
  readonly pages: number;
}

export const NO_TALLY: Tally = { counts: NO_COUNTS, pages: 0 };

export function addProgress({ counts, pages }: Tally, done: Progress): Tally {
  return { counts: addCounts(counts, done), pages: pages + done.pages };
}

export function addCounts(counts: FeedCounts, done: FeedCounts): FeedCounts {
  return {
    objects: counts.objects + done.objects,
    accepted: counts.accepted + done.accepted,
    known: counts.known + done.known,
    rejected: counts.rejected + done.rejected,
  };
}

/** How a run ended. */
export interface RunOutcome {
  readonly result: FeedResult;
  readonly error?: FeedError;
  readonly retryAfterMs?: number | undefined;
  /** Of a run that was stopped and is to go on by itself: when. */
  readonly goesOnAt?: Tick;
}

export interface BackoffTerms {
  readonly maxBackoffMs: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/**
 * The state as a run begins: its start, and the cursor where it was asked to go on from elsewhere. When to go on if the
 * process dies is said already. One that left no record did die, and counts as a failure, so that a run that takes the
 * process with it is not begun again and again.
 */
export function toStartedState(
  direction: FeedDirection,
  before: FeedState,
  startedAt: Tick,
  since: Tick | undefined,
  backoff: BackoffTerms,
): FeedState {
  const failures = before.failures + (hasDied(before) ? 1 : 0);
  const retryAt = retryAfter(failures + 1, startedAt, undefined, backoff);
  const from = since === undefined ? before : restartFrom(direction, before, since);
  return { ...from, failures, startedAt, openSince: startedAt, retryAt };
}

function hasDied({ openSince, runs }: FeedState): boolean {
  return openSince !== undefined && runs[0]?.startedAt !== openSince;
}

function restartFrom(direction: FeedDirection, state: FeedState, since: Tick): FeedState {
  if (direction === 'pull') return { ...state, pull: since === 0 ? {} : { after: since } };
  return { ...state, push: { tick: since, pending: state.push?.pending ?? [] } };
}

/** The state after a run: its record, and what its end means for the next one. */
export function toEndedState(
  state: FeedState,
  run: FeedRun,
  { result, retryAfterMs, goesOnAt }: RunOutcome,
  backoff: BackoffTerms,
): FeedState {
  const { openSince: _, retryAt, ...rest } = state;
  const runs = [run, ...state.runs].slice(0, MAX_RUNS);
  switch (result) {
    case 'failed': {
      const failures = state.failures + 1;
      return { ...rest, runs, failures, retryAt: retryAfter(failures, run.endedAt, retryAfterMs, backoff) };
    }
    case 'stopped': {
      if (goesOnAt !== undefined) return { ...state, runs, retryAt: goesOnAt };
      return { ...rest, runs, ...(state.failures > 0 && retryAt !== undefined ? { retryAt } : {}) };
    }
    case 'complete':
    case 'unfinished': {
      const good = result === 'complete' ? { succeededAt: run.endedAt } : {};
      return { ...rest, runs, failures: 0, ...good };
    }
  }
}

function retryAfter(
  failures: number,
  from: Tick,
  retryAfterMs: number | undefined,
  backoff: BackoffTerms,
): Tick {
  return from + toBackoffMs({ failures, retryAfterMs, ...backoff }) * MICROS_PER_MILLI;
}

/** What to say of a failure; what is not for the operator is `internal`, and stands in the log. */
export function toFeedError(error: unknown, at: Tick): FeedError {
  if (error instanceof PartnerFault) return { code: error.code, detail: error.detail, at };
  if (error instanceof AppError) {
    if (error.code.startsWith('storage.') || error.code === 'server.busy') {
      return { code: 'store.unavailable', detail: 'The database does not answer, or is too busy.', at };
    }
    if (OF_OUR_SIDE.has(error.code) && error.detail !== undefined) {
      return { code: 'collection.unusable', detail: error.detail, at };
    }
  }
  return { code: 'internal', detail: 'Something went wrong in this server. Its log says what.', at };
}

/** The organisation is gone, or our collection is, or the one may not use the other any more. */
const OF_OUR_SIDE: ReadonlySet<string> = new Set(['input.invalid', 'access.denied', 'collection.not-found']);
