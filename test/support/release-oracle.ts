import type { Collection, ReleasedCollection } from '../../server/domain/collection.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import {
  definitionsUsed,
  embedsMarkings,
  hasTextElsewhere,
  isConsentShort,
  isOfSubmitter,
  markingsNotConsented,
  markingsUsed,
  namesRecipients,
  placesLost,
  placesMarkedAway,
  referencesOf,
  submitterOf,
  takesFromEarlier,
} from './release-oracle-content.ts';
import { covers, isTargeted, mayEnter, ownFacts } from './release-oracle-markings.ts';
import type { Outcome, Place } from './release-oracle-references.ts';
import {
  countsAsShown,
  isNeverHeld,
  isOpenTo,
  isWithinGrace,
  judgedBy,
  keptReferences,
} from './release-oracle-references.ts';
import type { OracleVersion, OracleWorld, Scene } from './release-oracle-world.ts';
import {
  idOf,
  isLater,
  isObservable,
  isRunByHub,
  isSameInstant,
  isSupporting,
  keyOf,
  textAt,
  toScene,
  versionOf,
  versionsOf,
} from './release-oracle-world.ts';

interface OracleDecision {
  readonly shown: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
}

/**
 * Decides a whole world by the letter of the release rules, sections 1 to 3 and supporting objects of 4, without
 * redaction: what would lose something is withheld.
 * @returns by collection that the rules fill: the keys of what it shows and of what waits there.
 */
export function decideEverything(world: OracleWorld): ReadonlyMap<CollectionId, OracleDecision> {
  const scene = toScene(world);
  const released = world.collections.filter(isReleased);
  const ofAudiences = released.filter((one) => one.release.policy === 'audience');
  const ofRecipients = released.filter((one) => one.release.policy === 'recipients');
  const first = ofAudiences.map((collection) => decideCollection(scene, collection, []));
  const second = ofRecipients.map((collection) => decideCollection(scene, collection, first));
  return new Map([...first, ...second].map((outcome) => [outcome.collection.id, toDecision(outcome)]));
}

function isReleased(collection: Collection): collection is ReleasedCollection {
  return collection.release.policy === 'audience' || collection.release.policy === 'recipients';
}

function toDecision({ alive, supporting, waiting }: Outcome): OracleDecision {
  const shown = [...displayed(alive), ...supporting];
  return { shown: new Set(shown.map(keyOf)), waiting: new Set([...waiting].map(keyOf)) };
}

function decideCollection(scene: Scene, collection: ReleasedCollection, done: readonly Outcome[]): Outcome {
  const candidates = scene.all.filter((version) => isCandidate(scene, version, collection));
  const nothing = { scene, collection, done, alive: new Set<OracleVersion>() };
  const waiting = findWaiting(nothing, candidates);
  let alive = new Set(candidates.filter((version) => !waiting.has(version) && isWhole(nothing, version)));
  for (;;) {
    const place = { ...nothing, alive };
    const left = new Set([...alive].filter((version) => isNamedWhole(place, version)));
    if (left.size === alive.size) return { collection, waiting, alive, supporting: findSupporting(place) };
    alive = left;
  }
}

// Candidates (release rules, 3, rules 1 to 5).

function isCandidate(scene: Scene, version: OracleVersion, collection: ReleasedCollection): boolean {
  if (isSupporting(version.object) || !isTargeted(version, collection)) return false;
  if (isTakenBack(scene, version, collection)) return false;
  if (!mayEnter(scene, version, collection)) return false;
  return laterVersions(scene, version).every((later) => {
    return mayEnter(scene, later, collection) && !takesFromEarlier(scene, later, version, collection);
  });
}

/** Rule 1. A recall is of the whole object, of an SCO of one copy. */
function isTakenBack(scene: Scene, version: OracleVersion, collection: Collection): boolean {
  if (version.verdict === 'refused' || version.deletedFrom.includes(collection.id)) return true;
  const recallable = isObservable(version.object) ? [version] : versionsOf(scene, idOf(version));
  return recallable.some((one) => one.recalled === true);
}

function laterVersions(scene: Scene, version: OracleVersion): readonly OracleVersion[] {
  if (isObservable(version.object)) return [];
  return versionsOf(scene, idOf(version)).filter((other) => isLater(other, version));
}

// Waiting.

function findWaiting(place: Place, candidates: readonly OracleVersion[]): ReadonlySet<OracleVersion> {
  const waiting = new Set(candidates.filter((version) => waitsByItself(place, version)));
  for (;;) {
    const more = candidates.filter((version) => {
      return !waiting.has(version) && waitsForOthers(place, version, candidates, waiting);
    });
    if (more.length === 0) return waiting;
    for (const version of more) waiting.add(version);
  }
}

function waitsByItself(place: Place, version: OracleVersion): boolean {
  const { scene, collection } = place;
  if (version.notBefore !== undefined && scene.world.now < version.notBefore) return true;
  if (version.verdict !== 'released' && isOnHold(scene, version, collection)) return true;
  // What would lose something is withheld at once in this version, whatever it refers to.
  if (!isWhole(place, version)) return false;
  return keptReferences(place, version).some((id) => {
    return isNeverHeld(place, version, id) && isWithinGrace(scene, version);
  });
}

function isOnHold(scene: Scene, version: OracleVersion, collection: ReleasedCollection): boolean {
  if (collection.release.hold || embedsMarkings(version.object)) return true;
  if (ownFacts(scene, version.object).notUnderstood) return true;
  return hasTextElsewhere(scene, version, collection);
}

function waitsForOthers(
  place: Place,
  version: OracleVersion,
  candidates: readonly OracleVersion[],
  waiting: ReadonlySet<OracleVersion>,
): boolean {
  if (!isWhole(place, version)) return false;
  return keptReferences(place, version).some((id) => {
    const judged = judgedBy(place.scene, version, id).filter((one) => candidates.includes(one));
    return judged.length > 0 && judged.every((one) => waiting.has(one));
  });
}

// What would lose something.

/** Whether a) and c) and the rule on language-content leave a version whole. */
function isWhole({ scene, collection }: Place, version: OracleVersion): boolean {
  if (placesLost(scene, version, collection).length > 0) return false;
  if (markingsNotConsented(scene, version, collection).length > 0) return false;
  if (version.object['type'] !== 'language-content') return true;
  return judgedBy(scene, version, textAt(version.object, 'object_ref')).every((about) => {
    return placesMarkedAway(scene, about.object, collection).length === 0;
  });
}

/** b) Whether everything that a version refers to counts as shown. */
function isNamedWhole(place: Place, version: OracleVersion): boolean {
  if (!referencesOf(version.object).every(({ id }) => countsAsShown(place, version, id))) return false;
  const translated = textAt(version.object, 'object_modified');
  if (version.object['type'] !== 'language-content' || translated === '') return true;
  const about = judgedBy(place.scene, version, textAt(version.object, 'object_ref'));
  const named = about.filter((one) => isSameInstant(versionOf(one), translated));
  return about.every((one) => isSupporting(one.object)) || named.some((one) => place.alive.has(one));
}

// Supporting objects (release rules, 4).

/** Of the copies of an SCO that may be shown, the earliest uploaded one. */
function displayed(alive: ReadonlySet<OracleVersion>): readonly OracleVersion[] {
  return [...alive].filter((version) => {
    if (!isObservable(version.object)) return true;
    return [...alive].every((other) => idOf(other) !== idOf(version) || other.seq >= version.seq);
  });
}

function findSupporting(place: Place): ReadonlySet<OracleVersion> {
  const shown = displayed(place.alive);
  const supporting = new Set<OracleVersion>();
  for (;;) {
    const more = place.scene.all.filter((version) => {
      if (!isSupporting(version.object) || supporting.has(version)) return false;
      if (!isShowable(place, version)) return false;
      return [...shown, ...supporting].some((namer) => brings(place, namer, version));
    });
    if (more.length === 0) return supporting;
    for (const version of more) supporting.add(version);
  }
}

/** Whether what is shown names a supporting object and may bring it along. */
function brings({ scene, collection }: Place, namer: OracleVersion, version: OracleVersion): boolean {
  const id = idOf(version);
  if (!namesOf(namer).includes(id)) return false;
  if (isConsentShort(scene, namer, collection) && isOfSubmitter(scene, submitterOf(scene, namer), id)) {
    return false;
  }
  if (namer.owner === version.owner || isRunByHub(scene, version.owner)) return true;
  return ownFacts(scene, version.object).audiences !== undefined;
}

function namesOf({ object }: OracleVersion): readonly string[] {
  const references = referencesOf(object).map((reference) => reference.id);
  return [
    textAt(object, 'created_by_ref'),
    ...references,
    ...markingsUsed(object),
    ...definitionsUsed(object),
  ];
}

/** What a supporting object has to fulfil by itself. */
function isShowable(place: Place, version: OracleVersion): boolean {
  const { scene, collection } = place;
  if (isTakenBack(scene, version, collection) || namesRecipients(scene, idOf(version))) return false;
  if (!isOpenTo(scene, version, collection)) return false;
  if (!covers(scene, ownFacts(scene, version.object).consent, collection)) return false;
  const isOvertaken = laterVersions(scene, version).some((later) => {
    return !mayEnter(scene, later, collection) || takesFromEarlier(scene, later, version, collection);
  });
  if (isOvertaken) return false;
  return referencesOf(version.object).every(({ id }) => countsAsShown(place, version, id));
}
