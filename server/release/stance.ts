import {
  AUDIENCES,
  CONSENTS,
  TLP_LEVELS,
  type Audience,
  type Consent,
  type ReleasedCollection,
  type TlpLevel,
} from '../domain/collection.ts';
import type { HeldVersion } from '../domain/held.ts';
import type { CollectionId, StixId } from '../domain/ids.ts';
import type { MarkingMeaning, Stance } from './findings.ts';
import { meaningOf } from './markings.ts';
import type { World } from './world.ts';

function stricterTlp(a: TlpLevel | undefined, b: TlpLevel): TlpLevel {
  return a !== undefined && TLP_LEVELS.indexOf(a) > TLP_LEVELS.indexOf(b) ? a : b;
}

function stricterConsent(a: Consent | undefined, b: Consent): Consent {
  return a !== undefined && CONSENTS.indexOf(a) > CONSENTS.indexOf(b) ? a : b;
}

function intersect<T>(a: readonly T[] | undefined, b: readonly T[]): readonly T[] {
  return a === undefined ? b : a.filter((item) => b.includes(item));
}

/** What the markings of a version say together. */
export function stanceOf(world: World, version: HeldVersion): Stance {
  const known = world.memo.stances.get(version.handle);
  if (known) return known;
  const stance = readStance(world, version);
  world.memo.stances.set(version.handle, stance);
  return stance;
}

function readStance(world: World, version: HeldVersion): Stance {
  const state: { -readonly [K in keyof Stance]: Stance[K] } & { notUnderstood: StixId[] } = {
    notUnderstood: [],
  };
  const take = (id: StixId, meaning: MarkingMeaning | undefined): void => {
    switch (meaning?.kind) {
      case undefined:
        state.notUnderstood.push(id);
        break;
      case 'tlp':
        state.tlp = stricterTlp(state.tlp, meaning.level);
        break;
      case 'audience':
        state.audiences = intersect(state.audiences, meaning.audiences);
        break;
      case 'consent':
        state.consent = stricterConsent(state.consent, meaning.consent);
        break;
      case 'personal-data':
        state.personalData = intersect(state.personalData, meaning.audiences);
        break;
      case 'recipients':
        state.recipients = intersect(state.recipients, meaning.identities);
        break;
      case 'none':
        break;
    }
  };
  for (const id of version.facts.markings) take(id, meaningOf(world, id));
  for (const { markingRef } of version.facts.granular) {
    if (markingRef === undefined) continue;
    const meaning = meaningOf(world, markingRef);
    // On a part, a consent counts for the whole, and named recipients are not understood.
    if (meaning?.kind === 'consent') take(markingRef, meaning);
    else if (meaning === undefined || meaning.kind === 'recipients') take(markingRef, undefined);
  }
  return state;
}

/** Whether the version was sent where this collection takes its objects from. */
export function isMeantFor(version: HeldVersion, collection: CollectionId): boolean {
  return version.toIntake || version.postedTo.includes(collection);
}

/**
 * The stance with the defaults that count in the collection. Of a version that was not meant for the collection,
 * only what its markings say counts (release rules, 3.5).
 */
export function stanceIn(world: World, version: HeldVersion, collection: ReleasedCollection): Stance {
  const stance = stanceOf(world, version);
  // Supporting objects have no defaults (release rules, 4).
  if (version.facts.kind === 'supporting' || !isMeantFor(version, collection.id)) return stance;
  const { defaults } = version;
  const audiences = stance.audiences ?? defaultAudiences(version, collection);
  return {
    ...stance,
    tlp: stance.tlp ?? defaults.tlp,
    consent: stance.consent ?? defaults.consent,
    ...(audiences === undefined ? {} : { audiences }),
  };
}

/** Named recipients stand for themselves; what is posted straight to a collection is for those whom it asks for. */
function defaultAudiences(
  version: HeldVersion,
  { id, release }: ReleasedCollection,
): readonly Audience[] | undefined {
  if (release.policy === 'recipients') return undefined;
  if (!version.postedTo.includes(id)) return version.defaults.audiences;
  return release.audience === 'public' ? AUDIENCES : [release.audience];
}
