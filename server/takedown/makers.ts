import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { KILL_CHAIN, type Procedure } from './kill-chain.ts';
import { toTakedownId } from './identifiers.ts';

/** An object of a bundle. */
export type Made = JsonObject & { readonly id: StixId };

/** What all objects of a list have in common. */
export interface Origin {
  /** The identity that the objects are by. */
  readonly createdBy: StixId;
  /** What the operation is called. */
  readonly name: string;
  /** The day of the takedown as a timestamp: when everything was made. */
  readonly time: string;
}

/**
 * Makes an object with versions. Its id comes from the organisation, the name and `key` alone, so that a row always
 * makes the same object, whatever stands around it.
 */
export function make(origin: Origin, type: string, key: readonly JsonValue[], content: JsonObject): Made {
  const { createdBy, time } = origin;
  const id = idOf(origin, type, key);
  return {
    type,
    spec_version: '2.1',
    id,
    created_by_ref: createdBy,
    created: time,
    modified: time,
    ...content,
  };
}

/** The id under which `make` makes an object. */
export function idOf({ createdBy, name }: Origin, type: string, key: readonly JsonValue[]): StixId {
  return toTakedownId(type, [createdBy, name, ...key]);
}

/** An object of which what is in it is the key. */
function makeFrom(origin: Origin, type: string, content: JsonObject): Made {
  return make(origin, type, [content], content);
}

export function makeCampaign(origin: Origin): Made {
  return make(origin, 'campaign', [], { name: origin.name, labels: ['influence-operation'] });
}

export function makeAttackPattern(origin: Origin, procedure: Procedure): Made {
  const { number } = procedure;
  return makeFrom(origin, 'attack-pattern', {
    name: procedure.name,
    ...toPhases(procedure),
    ...(number === undefined
      ? {}
      : { external_references: [{ source_name: KILL_CHAIN, external_id: number }] }),
  });
}

/** Words about a procedure, where an analyst who looks at it finds them. */
export function makeNote(
  origin: Origin,
  text: string,
  comment: string,
  about: readonly StixId[],
  procedure: Procedure | undefined,
): Made {
  return makeFrom(origin, 'note', {
    ...(procedure ? { abstract: procedure.label } : {}),
    content: comment === '' ? text : `${text}\n\n${comment}`,
    object_refs: about,
  });
}

export function makeRelationship(
  origin: Origin,
  source: StixId,
  type: string,
  target: StixId,
  description = '',
): Made {
  return makeFrom(origin, 'relationship', {
    relationship_type: type,
    source_ref: source,
    target_ref: target,
    ...(description === '' ? {} : { description }),
  });
}

/** A day as STIX has times: `2018-08-21` is its first millisecond. */
export function toTime(day: string): string {
  return `${day}T00:00:00.000Z`;
}

function toPhases({ phase }: Procedure): JsonObject {
  return phase === undefined ? {} : { kill_chain_phases: [toKillChainPhase(phase)] };
}

export function toKillChainPhase(phase: string): JsonObject {
  return { kill_chain_name: KILL_CHAIN, phase_name: phase };
}
