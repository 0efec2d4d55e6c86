import type { JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { canonicalJson } from '../stix/values/canonical-json.ts';
import { deriveUuid4 } from '../stix/values/uuid.ts';

/** Ours, for everything that a takedown list makes but observables. */
const TAKEDOWNS = '2589491a-33a5-4922-8f01-87d5d7f13caa';

/**
 * The id of an object that is no observable: the same parts always give the same id. It has the form of version 4,
 * as STIX asks for (STIX 2.1, 2.9), and the bits of a version 5 in a namespace of our own.
 */
export function toTakedownId(type: string, parts: readonly JsonValue[]): StixId {
  return `${type}--${deriveUuid4(TAKEDOWNS, canonicalJson([type, ...parts]))}`;
}
