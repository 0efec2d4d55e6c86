import { createHash } from 'node:crypto';
import { canonicalJson } from '../stix/values/canonical-json.ts';
import type { Arrival } from './feed.ts';
import type { JsonObject } from './held.ts';
import type { StixId } from './ids.ts';
import { FIXED_VERSION, parseVersionKey } from './timestamp.ts';

const FIXED_KEY = parseVersionKey(FIXED_VERSION);

/**
 * What is remembered of an object that a partner has shown us. An observable has no versions, and changes all the same:
 * of it the content counts, so that a partner is sent what it has not shown, and nothing else.
 * @param read gives the object, for the observables that need it
 */
export function toArrival(id: StixId, versionKey: string, read: () => JsonObject): Arrival {
  if (versionKey !== FIXED_KEY) return { id, versionKey };
  const content = createHash('sha256').update(canonicalJson(read())).digest('hex');
  return { id, versionKey: `${versionKey}#${content}` };
}
