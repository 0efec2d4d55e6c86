import type { JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { canonicalJson } from '../stix/values/canonical-json.ts';
import { uuid5 } from '../stix/values/uuid.ts';

/** Ours, for everything that a takedown list makes but observables. */
const TAKEDOWNS = '2589491a-33a5-4922-8f01-87d5d7f13caa';

/** The id of an object that is no observable: the same parts always give the same id. */
export function toTakedownId(type: string, parts: readonly JsonValue[]): StixId {
  return `${type}--${uuid5(TAKEDOWNS, canonicalJson([type, ...parts]))}`;
}
