import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../domain/held.ts';
import type { Made } from './makers.ts';

/**
 * What to send where versions of an object are held already, ascending: the latest when it says what the list says, so
 * that nothing is added; else a version after it, with its `created` and what others have added to it. A list that was
 * corrected changes what came of it before (STIX 2.1, 3.6), also back to what an earlier version said.
 */
export function followHeld(object: Made, held: readonly JsonObject[]): Made {
  const latest = held.at(-1);
  if (!latest) return object;
  const said = merge(object, latest);
  if (isDeepStrictEqual(said, latest)) return said;
  // Nothing comes after an object that was revoked: sent as it is, it is answered with the reason.
  if (latest['revoked'] === true) return object;
  const modified = toLater(latest['modified']);
  return modified === undefined ? object : { ...said, modified };
}

/** The object with the times of a version that is held, and with what only that one says. */
function merge(object: Made, { created, modified, ...rest }: JsonObject): Made {
  return {
    ...rest,
    ...object,
    ...(created === undefined ? {} : { created }),
    ...(modified === undefined ? {} : { modified }),
  };
}

/** The next millisecond. */
function toLater(time: unknown): string | undefined {
  const at = typeof time === 'string' ? Date.parse(time) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at + 1).toISOString();
}
