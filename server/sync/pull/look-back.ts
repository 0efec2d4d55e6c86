import type { PullCursor } from '../../domain/feed.ts';
import { MICROS_PER_SECOND, type Tick } from '../../domain/timestamp.ts';

/** The clock that dates the answers and the one that dates the objects need not be the same. */
const TOLERANCE = 60 * MICROS_PER_SECOND;
const MARGIN = 300 * MICROS_PER_SECOND;

/**
 * From where to read once more when the partner's clock lies behind what was read up to: it went back (by a step, or as
 * local dates do when summer ends), and what is added meanwhile gets dates that were passed long ago.
 * @param cursor where the run began
 * @param date the partner's clock, when it says it
 * @param idle microseconds since a run last came to a good end: by so much the clock has moved on since it went back
 * @returns undefined when the clock is where it should be
 */
export function findLookBack(cursor: PullCursor, date: Tick | undefined, idle: number): Tick | undefined {
  const reached = cursor.reached ?? cursor.after;
  if (date === undefined || reached === undefined || date + TOLERANCE >= reached) return undefined;
  return Math.max(0, date - Math.max(0, idle) - MARGIN);
}
