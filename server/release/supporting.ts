import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { coversConsent, exclusionOf } from './admission.ts';
import { standingRefusal, takenByLater } from './candidate.ts';
import { NO_LOSSES, isMadeOrOwned, lossesOf } from './losses.ts';
import { meaningOf } from './markings.ts';
import { resolveReference, type ShownElsewhere } from './references.ts';
import { isMeantFor, stanceIn, stanceOf } from './stance.ts';
import { isHub, ownerOf, type World } from './world.ts';

/** A version with the object it belongs to. */
export interface Owned {
  readonly object: HeldObject;
  readonly version: HeldVersion;
}

/** Everything that a version names: what travels with it (release rules, 4). */
export function namesOf({ facts }: HeldVersion): ReadonlySet<StixId> {
  const names = new Set<StixId>([...facts.refs, ...facts.markings, ...facts.extensions]);
  if (facts.createdBy !== undefined) names.add(facts.createdBy);
  for (const { markingRef } of facts.granular) if (markingRef !== undefined) names.add(markingRef);
  return names;
}

/**
 * Whether a supporting version may stand in the collection as it is, as far as it alone is concerned
 * (release rules, 4: its own markings, nothing left out).
 */
export function mayTravel(
  world: World,
  { object, version }: Owned,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): boolean {
  if (!isMeantFor(version, collection.id)) return false;
  if (standingRefusal(object, version, collection)) return false;
  const stance = stanceOf(world, version);
  if (stance.notUnderstood.length > 0 || exclusionOf(world, stance, collection)) return false;
  if (!coversConsent(world, stance.consent ?? 'everyone', collection)) return false;
  if (meaningOf(object.id, object)?.kind === 'recipients') return false;
  if (lossesOf(world, object, version, stance, collection).bySelector) return false;
  if (takenByLater(world, object, version, NO_LOSSES, collection)) return false;
  return version.facts.refs.every((id) => {
    const target = resolveReference(world, version, id, collection, isShownElsewhere);
    if (target.kind !== 'held') return target.kind !== 'hidden';
    return target.versions.some((copy) => {
      const state = world.find(copy.id)?.states.get(copy.handle)?.get(collection.id);
      return state === 'shown' || state === 'eligible';
    });
  });
}

/** Whether a shown version, by naming the supporting one, brings it into the collection. */
export function bringsAlong(
  world: World,
  namer: Owned,
  named: Owned,
  collection: ReleasedCollection,
): boolean {
  if (!namesOf(namer.version).has(named.object.id)) return false;
  const owner = ownerOf(named.object, named.version);
  const isOpen =
    owner === ownerOf(namer.object, namer.version) ||
    isHub(world, owner) ||
    hasAudience(world, named.version);
  if (!isOpen) return false;
  const { consent } = stanceIn(world, namer.version, collection);
  if (coversConsent(world, consent ?? 'everyone', collection)) return true;
  return !isMadeOrOwned(world, named.object.id, namer.object, namer.version);
}

function hasAudience(world: World, version: HeldVersion): boolean {
  return version.facts.markings.some((id) => meaningOf(id, world.find(id))?.kind === 'audience');
}
