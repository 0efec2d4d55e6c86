import type { JsonObject, JsonValue } from '../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from '../stix/json.ts';

/** The DISARM Foundation; the same in every release. */
export const DISARM_IDENTITY = 'identity--f1a0f560-2d9e-4c5d-bf47-7e96e805de82';
/** The statement of its licence, CC-BY-SA-4.0; the same in every release. */
export const DISARM_MARKING = 'marking-definition--f79f25d2-8b96-4580-b169-eb7b613a7c31';

/** How we name the source of an external reference. */
export const DISARM_SOURCE = 'DISARM';
/** What the releases call the source of their techniques, and their kill chain: as ATT&CK does. */
export const ATTACK_NAME = 'mitre-attack';

/** What of it has an external id, by which it is followed from release to release. */
export const FRAMEWORK_TYPES = ['attack-pattern', 'x-mitre-matrix', 'x-mitre-tactic'] as const;

/** Whether an object names somebody else than DISARM as its creator. */
export function isByAnother(object: JsonObject): boolean {
  const creator = memberOf(object, 'created_by_ref');
  return typeof creator === 'string' && creator !== DISARM_IDENTITY;
}

/**
 * Whether an object is by DISARM: its creator says so. Only what names no creator is known by the marking, as work
 * derived from DISARM has the same licence. An external reference does not say so: whoever describes a technique of
 * their own may refer to one of DISARM's. Only for the types that DISARM took from ATT&CK it has to do, as the matrix
 * has neither a creator nor a marking.
 */
export function isByDisarm(object: JsonObject): boolean {
  if (isByAnother(object)) return false;
  if (memberOf(object, 'created_by_ref') === DISARM_IDENTITY) return true;
  const markings = memberOf(object, 'object_marking_refs');
  if (isJsonArray(markings) && markings.includes(DISARM_MARKING)) return true;
  const type = memberOf(object, 'type');
  return (
    typeof type === 'string' &&
    type.startsWith('x-mitre-') &&
    externalIdFrom(object, DISARM_SOURCE) !== undefined
  );
}

/** The name that DISARM knows an object of its own by, such as T0014.001 or TA01. */
export function externalIdOf(object: JsonObject): string | undefined {
  return externalIdFrom(object, DISARM_SOURCE) ?? externalIdFrom(object, ATTACK_NAME);
}

function externalIdFrom(object: JsonObject, source: string): string | undefined {
  const references = memberOf(object, 'external_references');
  if (!isJsonArray(references)) return undefined;
  for (const reference of references) {
    const found = isReferenceFrom(reference, source) ? memberOf(reference, 'external_id') : undefined;
    if (typeof found === 'string' && found.trim() !== '') return found.trim();
  }
  return undefined;
}

/** Whether a member of `external_references` names the source. */
export function isReferenceFrom(reference: JsonValue, source: string): reference is JsonObject {
  return isJsonObject(reference) && memberOf(reference, 'source_name') === source;
}

/** By what an object is the same in every release: its type and its external id. Undefined for what is not DISARM's. */
export function frameworkKeyOf(object: JsonObject): string | undefined {
  const type = FRAMEWORK_TYPES.find((each) => each === memberOf(object, 'type'));
  const externalId = type !== undefined && isByDisarm(object) ? externalIdOf(object) : undefined;
  return type === undefined || externalId === undefined ? undefined : `${type} ${externalId}`;
}

/** A member that should be a text; empty when it is none. */
export function textOf(object: JsonObject, name: string): string {
  const value = memberOf(object, name);
  return typeof value === 'string' ? value : '';
}
