import type { StixId } from '../domain/ids.ts';
import { deriveUuid4 } from '../stix/values/uuid.ts';

/** Of our own: the one that STIX names is for observables alone (STIX 2.1, 2.9). */
const NAMESPACE = '398cb860-e5ee-480f-89ae-40fab4c61d89';

/**
 * An id that depends on nothing but its type and a name. It has the form of version 4, as STIX asks for what is no
 * observable (STIX 2.1, 2.9), and the bits of a version 5 in a namespace of our own (RFC 4122, 4.3).
 * @param name what is to have the same id in every import
 */
export function deriveId(type: string, name: string): StixId {
  return `${type}--${deriveUuid4(NAMESPACE, name)}`;
}

/**
 * The first of the ids for a name that is free: what was revoked stays revoked (STIX 2.1, 3.6.2), so what comes back
 * is another object.
 */
export function deriveFreeId(type: string, name: string, isTaken: (id: StixId) => boolean): StixId {
  for (let turn = 1; ; turn += 1) {
    const id = deriveId(type, nameOfTurn(name, turn));
    if (!isTaken(id)) return id;
  }
}

/** Whether an id is one of the first `turns` ids for a name. */
export function isDerivedId(id: StixId, type: string, name: string, turns: number): boolean {
  return Array.from({ length: turns }, (_, index) => index + 1).some(
    (turn) => id === deriveId(type, nameOfTurn(name, turn)),
  );
}

function nameOfTurn(name: string, turn: number): string {
  return turn === 1 ? name : `${name} ${turn}`;
}
