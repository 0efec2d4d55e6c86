import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import { coversConsent, exclusionOf } from './admission.ts';
import { isTakenByLater } from './burden.ts';
import { standingRefusal } from './candidate.ts';
import { isMadeOrOwned, lossesOf } from './losses.ts';
import { meaningOf } from './markings.ts';
import { resolveReference, type ShownElsewhere } from './references.ts';
import { stanceIn, stanceOf } from './stance.ts';
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

/** How a supporting version stands as far as it alone is concerned (release rules, 4). */
export type Fitness =
  /** As it is, where something shown names it. */
  | { readonly kind: 'fit' }
  /** Something that it refers to is not shown, or has not arrived. */
  | { readonly kind: 'blocked' | 'waiting'; readonly due?: Tick }
  | { readonly kind: 'unfit' };

const UNFIT: Fitness = { kind: 'unfit' };

/**
 * Judges a supporting version by its own markings and references; nothing of it may be left out.
 * @param isPresent whether a version that it refers to is shown, or could be but for an earlier copy
 */
export function judgeSupporting(
  world: World,
  { object, version }: Owned,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
  isPresent: (version: HeldVersion) => boolean,
): Fitness {
  if (standingRefusal(object, version, collection)) return UNFIT;
  const stance = stanceOf(world, version);
  if (stance.notUnderstood.length > 0 || exclusionOf(world, stance, collection)) return UNFIT;
  if (!coversConsent(world, stance.consent ?? 'everyone', collection)) return UNFIT;
  if (meaningOf(world, object.id)?.kind === 'recipients') return UNFIT;
  if (lossesOf(world, object, version, collection).bySelector) return UNFIT;
  if (isTakenByLater(world, object, version, collection)) return UNFIT;
  const graceEnds = version.acceptedAt + world.graceMicros;
  let isWaiting = false;
  for (const id of version.facts.refs) {
    const target = resolveReference(world, version, id, collection, isShownElsewhere);
    if (target.kind === 'shown') continue;
    if (target.kind === 'hidden' || target.isHiddenLater) return { kind: 'blocked' };
    if (target.kind === 'held' && !target.needed.some(isPresent)) return { kind: 'blocked' };
    if (target.kind === 'missing') isWaiting ||= world.now < graceEnds;
  }
  return isWaiting ? { kind: 'waiting', due: graceEnds } : { kind: 'fit' };
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
  return version.facts.markings.some((id) => meaningOf(world, id)?.kind === 'audience');
}
