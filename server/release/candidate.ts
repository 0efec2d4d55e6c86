import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import { coversRecipients, exclusionOf } from './admission.ts';
import type { Reason } from './judgement.ts';
import { isTakenByLater } from './burden.ts';
import { lossesOf, losesSomething, remainderOf } from './losses.ts';
import type { Losses, Stance } from './findings.ts';
import { isMeantFor, stanceIn } from './stance.ts';
import { nameStandsIn, standsIn, textsOf } from './text.ts';
import { isHub, type World } from './world.ts';

/** A version that passed the rules 1 to 5, with what is still against it whatever becomes of others. */
export interface Candidate {
  readonly object: HeldObject;
  readonly version: HeldVersion;
  /** Embargo and holds. */
  readonly waits: readonly Reason[];
  readonly due?: Tick;
  /** What it would have to lose for a reason of its own. */
  readonly lost: readonly Reason[];
  /** What it would still refer to. */
  readonly refs: readonly StixId[];
}

/** Why a version is no candidate, or undefined when it is one (release rules, 3: candidates). */
function refusalOf(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): Reason | undefined {
  if (!isMeantFor(version, collection.id)) return { code: 'not-sent-here' };
  const standing = standingRefusal(object, version, collection);
  if (standing) return standing;
  const stance = stanceIn(world, version, collection);
  const refusal = admissionRefusal(world, stance, collection);
  if (refusal) return refusal;
  return isTakenByLater(world, object, version, collection) ? { code: 'later-version' } : undefined;
}

/** Rule 1: what people decided. */
export function standingRefusal(
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): Reason | undefined {
  if (object.recall) return { code: 'recalled' };
  if (version.verdict?.kind === 'refused') return { code: 'refused' };
  return version.deletedFrom.includes(collection.id) ? { code: 'deleted' } : undefined;
}

/** Rules 2 to 4. */
function admissionRefusal(world: World, stance: Stance, collection: ReleasedCollection): Reason | undefined {
  const exclusion = exclusionOf(world, stance, collection);
  if (exclusion) return { code: exclusion };
  return coversRecipients(world, stance.recipients, collection) ? undefined : { code: 'recipients' };
}

/** Judges a version by itself. @returns the reason why it is none, or the candidate */
export function judgeAlone(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): Candidate | Reason {
  const refusal = refusalOf(world, object, version, collection);
  if (refusal) return refusal;
  const stance = stanceIn(world, version, collection);
  const losses = lossesOf(world, object, version, collection);
  const embargo =
    version.notBefore !== undefined && version.notBefore > world.now ? version.notBefore : undefined;
  const waits: Reason[] = embargo === undefined ? [] : [{ code: 'embargo', until: embargo }];
  if (version.verdict?.kind !== 'released') waits.push(...holdsOf(stance, version, losses, collection));
  return {
    object,
    version,
    waits,
    ...(embargo === undefined ? {} : { due: embargo }),
    lost: lostReasons(world, version, losses, collection),
    refs: version.facts.refs.filter((id) => !losses.refs.has(id)),
  };
}

/** What only an analyst of the hub can release. */
function holdsOf(
  stance: Stance,
  version: HeldVersion,
  losses: Losses,
  collection: ReleasedCollection,
): readonly Reason[] {
  const holds: Reason[] = [];
  if (stance.notUnderstood.length > 0) holds.push({ code: 'not-understood', ids: stance.notUnderstood });
  if (losses.texts.length > 0 || losses.names.length > 0) {
    const staying = textsOf(remainderOf(version, losses));
    const stands =
      losses.texts.some((text) => standsIn(text, staying)) ||
      losses.names.some((name) => nameStandsIn(name, staying));
    if (stands) holds.push({ code: 'text-elsewhere' });
  }
  if (collection.release.hold) holds.push({ code: 'collection-holds' });
  if (version.facts.embedsMarkings) holds.push({ code: 'embedded-markings' });
  return holds;
}

function lostReasons(
  world: World,
  version: HeldVersion,
  losses: Losses,
  collection: ReleasedCollection,
): readonly Reason[] {
  const reasons: Reason[] = [];
  if (losesSomething(losses)) {
    if (losses.bySelector) reasons.push({ code: 'part-withheld' });
    if (losses.ownMarkings.length > 0) reasons.push({ code: 'own-marking' });
    else if (losses.byConsent) reasons.push({ code: 'consent' });
  }
  if (version.facts.type === 'language-content' && isSubjectWithheld(world, version, collection)) {
    reasons.push({ code: 'subject-withheld' });
  }
  return reasons;
}

/** Whether a granular marking takes something here from any version of the object that is translated. */
function isSubjectWithheld(world: World, translation: HeldVersion, collection: ReleasedCollection): boolean {
  return translation.facts.refs.some((id) => {
    const subject = world.find(id);
    if (!subject) return false;
    return judgedCopies(world, subject, translation).some((version) => {
      return lossesOf(world, subject, version, collection).bySelector;
    });
  });
}

/** Of an SCO the copies by which a reference from this version is judged; of all else every version (release rules, 1). */
export function judgedCopies(world: World, target: HeldObject, from: HeldVersion): readonly HeldVersion[] {
  if (isHub(world, from.sender)) return target.versions;
  return target.versions.filter((copy) => copy.facts.kind !== 'observable' || copy.sender === from.sender);
}
