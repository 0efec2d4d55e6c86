import { MICROS_PER_SECOND, type Tick } from '../../domain/timestamp.ts';
import type { Place } from './chain.ts';
import type { PartnerManifest, PartnerPage } from '../client/taxii-client.ts';

/** A date that is later than the partner's clock by more than a time zone is none. */
const MAX_AHEAD = 24 * 60 * 60 * MICROS_PER_SECOND;
/** A second is over when the clock is so far past its beginning. */
const SECOND_OVER = 2 * MICROS_PER_SECOND;

/**
 * What the headers of a page say (TAXII 2.1, 3.2), as far as it can be right: partners send nothing, an end before the
 * beginning, an end before what was asked for, or a date that has not come yet.
 * @param after what `added_after` said
 * @param now our clock, which stands in for the partner's
 */
export function placeOf({ first, last, date }: PartnerPage, after: Tick | undefined, now: Tick): Place {
  const isRight =
    last !== undefined &&
    (first === undefined || first <= last) &&
    (after === undefined || last >= after) &&
    last <= latestDate(date, now);
  return isRight ? { first, last } : { first: undefined, last: undefined };
}

function latestDate(date: Tick | undefined, now: Tick): Tick {
  return (date ?? now) + MAX_AHEAD;
}

/**
 * The records of a manifest up to the first one whose date has not come yet: a cursor that went there would leave out
 * all that is added until then.
 * @param now our clock, which stands in for the partner's
 */
export function cutAhead(manifest: PartnerManifest, now: Tick): PartnerManifest {
  const { records, date } = manifest;
  const ahead = records.findIndex(({ dateAdded }) => dateAdded > latestDate(date, now));
  return ahead < 0 ? manifest : { ...manifest, records: records.slice(0, ahead), more: true };
}

/** Whether every date so far is a whole second; undefined while there was none. */
export function isStillCoarse(
  isCoarse: boolean | undefined,
  dates: readonly (Tick | undefined)[],
): boolean | undefined {
  const told = dates.filter((date) => date !== undefined);
  if (told.length === 0) return isCoarse;
  return isCoarse !== false && told.every((date) => date % MICROS_PER_SECOND === 0);
}

/**
 * Whether a partner that counts in whole seconds may still add to the last one.
 * @param hasGrown whether this run has read any of it: without the partner's clock it is then asked for once more
 * @param now our clock, which stands in for the partner's
 */
export function isSecondOpen(end: Tick, date: Tick | undefined, hasGrown: boolean, now: Tick): boolean {
  if (date !== undefined) return date < end + SECOND_OVER;
  return hasGrown || now < end + SECOND_OVER;
}
