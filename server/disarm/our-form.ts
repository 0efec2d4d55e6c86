import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isJsonArray, isJsonObject, memberOf } from '../stix/json.ts';
import { ATTACK_NAME, DISARM_SOURCE, externalIdOf, isReferenceFrom } from './framework.ts';

const KILL_CHAIN = 'disarm';
const REFERENCE = /_refs?$/;
/** What differs from build to build, or is settled by what is held. */
const OUTSIDE_CONTENT: ReadonlySet<string> = new Set(['id', 'created', 'modified']);

/**
 * An object of DISARM as it is posted.
 *
 * Its source becomes DISARM in place of `mitre-attack`: whoever looks up T0014 by source and id must not find it
 * among the techniques of ATT&CK, and a second reference beside the first would leave it there.
 *
 * The kill chain `disarm` comes beside `mitre-attack`. The phases of the two have no name in common, so nothing is
 * taken for what it is not; and tools made for ATT&CK (its Navigator) place a technique in the matrix by
 * `mitre-attack` alone.
 */
export function toOurForm(object: JsonObject): JsonObject {
  const externalId = externalIdOf(object);
  const references = memberOf(object, 'external_references');
  const phases = memberOf(object, 'kill_chain_phases');
  return {
    ...object,
    ...(isJsonArray(references)
      ? { external_references: references.map((each) => nameSource(each, externalId)) }
      : {}),
    ...(isJsonArray(phases) ? { kill_chain_phases: addKillChain(phases) } : {}),
  };
}

/** A reference to a technique of ATT&CK itself stays what it is. */
function nameSource(reference: JsonValue, externalId: string | undefined): JsonValue {
  if (!isReferenceFrom(reference, ATTACK_NAME)) return reference;
  const found = memberOf(reference, 'external_id');
  if (typeof found !== 'string' || found.trim() !== externalId) return reference;
  return { ...reference, source_name: DISARM_SOURCE };
}

function addKillChain(phases: readonly JsonValue[]): readonly JsonValue[] {
  const added = phases
    .filter((phase) => isJsonObject(phase) && memberOf(phase, 'kill_chain_name') === ATTACK_NAME)
    .map((phase): JsonValue => (isJsonObject(phase) ? { ...phase, kill_chain_name: KILL_CHAIN } : phase))
    .filter((phase) => !phases.some((each) => isDeepStrictEqual(each, phase)));
  return [...phases, ...added];
}

/** The same object with other ids in its references, its markings included; texts that hold an id stay. */
export function remapReferences(object: JsonObject, ids: ReadonlyMap<StixId, StixId>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, remap(name, value, ids)]));
}

function remap(name: string, value: JsonValue, ids: ReadonlyMap<StixId, StixId>): JsonValue {
  if (typeof value === 'string') return REFERENCE.test(name) ? (ids.get(value) ?? value) : value;
  if (isJsonArray(value)) return value.map((item) => remap(name, item, ids));
  return isJsonObject(value) ? remapReferences(value, ids) : value;
}

/** Whether two objects say the same: their ids and times aside, whatever the order of their members. */
export function hasSameContent(one: JsonObject, other: JsonObject): boolean {
  return isDeepStrictEqual(contentOf(one), contentOf(other));
}

function contentOf(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(
      ([name, value]) => !OUTSIDE_CONTENT.has(name) && !(name === 'revoked' && value === false),
    ),
  );
}
