import type { Collection, ReleasedCollection } from '../../server/domain/collection.ts';
import type { OrganisationId, StixId } from '../../server/domain/ids.ts';
import { placesLost, referencesOf } from './release-oracle-content.ts';
import { agrees, excludes, granularMarkings, ownFacts } from './release-oracle-markings.ts';
import type { OracleVersion, Scene } from './release-oracle-world.ts';
import {
  isObservable,
  isObservableType,
  isRunByHub,
  isSupporting,
  latestOf,
  versionsOf,
} from './release-oracle-world.ts';

/** What was decided in one collection, before it is written as keys. */
export interface Outcome {
  readonly collection: ReleasedCollection;
  readonly waiting: ReadonlySet<OracleVersion>;
  /** What may be shown: of an SCO every copy, not only the displayed one. */
  readonly alive: ReadonlySet<OracleVersion>;
  readonly supporting: ReadonlySet<OracleVersion>;
}

/** One collection while it is decided: what is decided already, and what may be shown in this one so far. */
export interface Place {
  readonly scene: Scene;
  readonly collection: ReleasedCollection;
  readonly done: readonly Outcome[];
  readonly alive: ReadonlySet<OracleVersion>;
}

/** The ids that a version would refer to in C: what a) and c) take is no reference any more. */
export function keptReferences({ scene, collection }: Place, version: OracleVersion): readonly StixId[] {
  const lost = placesLost(scene, version, collection);
  return referencesOf(version.object)
    .filter(({ path }) => !lost.some((root) => path === root || path.startsWith(`${root}.`)))
    .map((reference) => reference.id);
}

export function isWithinGrace(scene: Scene, version: OracleVersion): boolean {
  return scene.world.now < version.acceptedAt + scene.world.graceMicros;
}

/** By what a reference of V is judged: all versions; of an SCO the sender's copy, and of the hub any copy. */
export function judgedBy(scene: Scene, version: OracleVersion, id: StixId): readonly OracleVersion[] {
  return versionsOf(scene, id).filter((one) => {
    if (!isObservable(one.object) || isRunByHub(scene, version.sender)) return true;
    return one.sender === version.sender;
  });
}

export function isNeverHeld(place: Place, version: OracleVersion, id: StixId): boolean {
  if (judgedBy(place.scene, version, id).length > 0) return false;
  return !isAsPostedFor(place, id);
}

export function countsAsShown(place: Place, version: OracleVersion, id: StixId): boolean {
  const { scene, collection, alive } = place;
  const judged = judgedBy(scene, version, id);
  const narrow = isObservable(version.object) || isSupporting(version.object);
  if (narrow && !isSmallTarget(scene, judged, id)) return false;
  if (judged.some((one) => alive.has(one))) return true;
  if (isAsPostedFor(place, id)) return true;
  const latest = judged.length > 0 ? latestOf(scene, id) : undefined;
  if (latest && isSupporting(latest.object) && isOpenTo(scene, latest, collection)) return true;
  if (isReadElsewhere(place, version, id)) return true;
  if (isNeverHeld(place, version, id)) return !isWithinGrace(scene, version);
  return false;
}

/** Whether this is an SCO or a supporting object: of what is held by what it is, else by its type. */
function isSmallTarget(scene: Scene, judged: readonly OracleVersion[], id: StixId): boolean {
  const type = id.slice(0, id.indexOf('--'));
  if (judged.length === 0) {
    return isObservableType(type) || type === 'marking-definition' || type === 'extension-definition';
  }
  const latest = latestOf(scene, id);
  return (
    judged.some((one) => isObservable(one.object)) || (latest !== undefined && isSupporting(latest.object))
  );
}

/** Whether a supporting object's own markings are understood and none of them excludes C. */
export function isOpenTo(scene: Scene, version: OracleVersion, collection: ReleasedCollection): boolean {
  const facts = ownFacts(scene, version.object);
  if (facts.notUnderstood || !agrees(scene, facts, collection)) return false;
  return granularMarkings(version.object).every((one) => !excludes(scene, one.markingRef, collection));
}

/** Whether an id lies in an as-posted collection where all readers of C find it. */
function isAsPostedFor({ scene, collection }: Place, id: StixId): boolean {
  if (collection.references.some((alias) => scene.world.asPosted.get(alias)?.has(id) === true)) return true;
  const policy = collection.release;
  if (policy.policy !== 'recipients' || policy.recipients.length === 0) return false;
  return policy.recipients.every((organisation) => readsAsPosted(scene, organisation, id));
}

/** Whether each organisation of a recipients collection may read an id elsewhere (an SCO: the copy it is judged by). */
function isReadElsewhere({ scene, collection, done }: Place, version: OracleVersion, id: StixId): boolean {
  const policy = collection.release;
  if (policy.policy !== 'recipients' || policy.recipients.length === 0) return false;
  const judged = judgedBy(scene, version, id);
  return policy.recipients.every((organisation) => {
    if (readsAsPosted(scene, organisation, id)) return true;
    return done.some((outcome) => {
      const isThere = judged.some((one) => outcome.alive.has(one) || outcome.supporting.has(one));
      return isThere && mayRead(scene, organisation, outcome.collection);
    });
  });
}

function readsAsPosted(scene: Scene, organisation: OrganisationId, id: StixId): boolean {
  return scene.world.collections.some((one) => {
    if (one.release.policy !== 'as-posted' || !mayRead(scene, organisation, one)) return false;
    return scene.world.asPosted.get(one.alias)?.has(id) === true;
  });
}

/** Whether every user of an organisation may read a collection: grants to some users or roles do not count. */
function mayRead(scene: Scene, organisation: OrganisationId, collection: Collection): boolean {
  const audience = scene.world.organisations.find((one) => one.id === organisation)?.audience;
  return collection.read.some((grant) => {
    if (grant === '*' || grant === 'anonymous' || grant === `org:${organisation}`) return true;
    return audience !== undefined && grant === `audience:${audience}`;
  });
}
