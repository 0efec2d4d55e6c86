import { isAsPosted, type Collection, type ReleasedCollection } from '../domain/collection.ts';
import type { Organisation } from '../domain/directory.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { CollectionId, StixId } from '../domain/ids.ts';
import { typeOfId } from '../stix/identifier.ts';
import { isOpenToObservables } from '../stix/kinds.ts';
import { exclusionOf } from './admission.ts';
import { judgedCopies } from './candidate.ts';
import { selectedPaths } from './losses.ts';
import { stanceOf } from './stance.ts';
import { referencedBy, type World } from './world.ts';

/** What a reference comes to before the versions behind it are looked at. */
export type Target =
  /** Counts as shown whatever else happens. */
  | { readonly kind: 'shown' }
  /** Counts as not shown whatever else happens. */
  | { readonly kind: 'hidden' }
  /** Never held here: waited for, then counted as shown unless its type forbids it. */
  | { readonly kind: 'missing'; readonly isHiddenLater: boolean }
  /** Depends on these versions; waited for like any, but hidden in the end where its type forbids it. */
  | {
      readonly kind: 'held';
      readonly versions: readonly HeldVersion[];
      /** Those of them of which one has to be shown. */
      readonly needed: readonly HeldVersion[];
      readonly isHiddenLater: boolean;
    };

const SHOWN: Target = { kind: 'shown' };
const HIDDEN: Target = { kind: 'hidden' };

/** Whether another collection shows one of these versions, or could but for an earlier copy. */
export type ShownElsewhere = (collection: CollectionId, versions: readonly HeldVersion[]) => boolean;

/** Resolves a reference that a version makes in a collection (release rules, 1 and 3 b). */
export function resolveReference(
  world: World,
  from: HeldVersion,
  id: StixId,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): Target {
  const target = world.find(id);
  const isHiddenLater = from.facts.kind !== 'versioned' && !isOpenToAll(id, target);
  if (countsAsShown(world, from, id, collection, isShownElsewhere)) return isHiddenLater ? HIDDEN : SHOWN;
  const versions = target ? judgedCopies(world, target, from) : [];
  if (versions.length === 0) return { kind: 'missing', isHiddenLater };
  const candidates = versions.filter((version) => version.facts.kind !== 'supporting');
  if (candidates.length === 0) return HIDDEN;
  // A translation is shown beside the version that it translates (release rules, 3).
  const { objectModified } = from.facts;
  const needed = candidates.filter((v) => objectModified === undefined || v.versionKey === objectModified);
  return { kind: 'held', versions: candidates, needed, isHiddenLater };
}

/** Whether an id counts as shown whatever becomes of its versions in this collection. */
function countsAsShown(
  world: World,
  from: HeldVersion,
  id: StixId,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): boolean {
  if (referencedBy(world, collection).some((listed) => world.isListed(listed.id, id))) return true;
  if (isReadableByRecipients(world, from, id, collection, isShownElsewhere)) return true;
  const latest = world.find(id)?.versions.at(-1);
  return latest?.facts.kind === 'supporting' && !isKeptOut(world, latest, collection);
}

/** An observable or a supporting object may only refer to its like. */
function isOpenToAll(id: StixId, target: HeldObject | undefined): boolean {
  const kind = target?.versions.at(-1)?.facts.kind;
  return kind === undefined ? isOpenToObservables(typeOfId(id)) : kind !== 'versioned';
}

/** Whether the own markings of a supporting object, or of a part, are not understood or exclude the collection. */
export function isKeptOut(world: World, version: HeldVersion, collection: ReleasedCollection): boolean {
  const stance = stanceOf(world, version);
  if (stance.notUnderstood.length > 0 || exclusionOf(world, stance, collection) !== undefined) return true;
  return selectedPaths(world, version, collection).length > 0;
}

/** In a recipients collection: what each of its organisations may read elsewhere counts as shown. */
function isReadableByRecipients(
  world: World,
  from: HeldVersion,
  id: StixId,
  { release }: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): boolean {
  if (release.policy !== 'recipients' || release.recipients.length === 0) return false;
  const target = world.find(id);
  const versions = target ? judgedCopies(world, target, from) : [];
  const isShownIn = (other: Collection): boolean =>
    isAsPosted(other)
      ? world.isListed(other.id, id)
      : other.release.policy === 'audience' && isShownElsewhere(other.id, versions);
  return release.recipients.every((orgId) => {
    const organisation = world.organisations.get(orgId);
    if (!organisation) return false;
    return world.collections.some((other) => mayRead(organisation, other) && isShownIn(other));
  });
}

/** Whether every user of the organisation may read the collection. */
function mayRead(organisation: Organisation, collection: Collection): boolean {
  const { audience, id } = organisation;
  return collection.read.some((grant) =>
    ['*', 'anonymous', `audience:${audience}`, `org:${id}`].includes(grant),
  );
}
