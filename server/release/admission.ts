import {
  AUDIENCES,
  TLP_LEVELS,
  type Audience,
  type Consent,
  type ReleaseAudience,
  type ReleasedCollection,
  type TlpLevel,
} from '../domain/collection.ts';
import type { StixId } from '../domain/ids.ts';
import type { MarkingMeaning, Stance } from './findings.ts';
import type { World } from './world.ts';

/** Why a stance keeps a version out of a collection (release rules, 3: 2 to 4). */
export type Exclusion = 'tlp' | 'audience' | 'recipients' | 'personal-data';

/** The audiences for which something has to be fit to enter the collection. */
function audiencesBehind(world: World, collection: ReleasedCollection): readonly ReleaseAudience[] {
  const { release } = collection;
  if (release.policy === 'audience') return [release.audience];
  // An organisation that is not known could be of any audience.
  const audiences = release.recipients.map((id) => world.organisations.get(id)?.audience);
  return audiences.some((audience) => audience === undefined)
    ? AUDIENCES
    : AUDIENCES.filter((audience) => audiences.includes(audience));
}

function isAbove(level: TlpLevel, most: TlpLevel): boolean {
  return TLP_LEVELS.indexOf(level) > TLP_LEVELS.indexOf(most);
}

function admitsTlp(level: TlpLevel, { release }: ReleasedCollection): boolean {
  if (isAbove(level, release.maxTlp)) return false;
  if (release.policy === 'recipients') return true;
  return level !== 'red' && (release.audience !== 'public' || level === 'clear');
}

function reaches(audiences: readonly Audience[], audience: ReleaseAudience): boolean {
  if (audience === 'public') return AUDIENCES.every((each) => audiences.includes(each));
  return audiences.includes(audience);
}

function reachesPersonalData(audiences: readonly Audience[], audience: ReleaseAudience): boolean {
  return audience !== 'public' && audiences.includes(audience);
}

/** Judges a stance by the rules 2 to 4; what it does not say does not keep out. */
export function exclusionOf(
  world: World,
  stance: Stance,
  collection: ReleasedCollection,
): Exclusion | undefined {
  const behind = audiencesBehind(world, collection);
  const { tlp, audiences, personalData, recipients } = stance;
  if (tlp !== undefined && !admitsTlp(tlp, collection)) return 'tlp';
  if (collection.release.policy === 'audience' && recipients !== undefined) return 'recipients';
  if (audiences !== undefined && !behind.every((audience) => reaches(audiences, audience))) return 'audience';
  if (personalData !== undefined && !behind.every((each) => reachesPersonalData(personalData, each))) {
    return 'personal-data';
  }
  return undefined;
}

/** In a recipients collection: whether the named recipients cover all its organisations. */
export function coversRecipients(
  world: World,
  named: readonly StixId[] | undefined,
  collection: ReleasedCollection,
): boolean {
  if (collection.release.policy !== 'recipients') return true;
  if (named === undefined) return false;
  return collection.release.recipients.every((id) => {
    const identity = world.organisations.get(id)?.identity;
    return identity !== undefined && named.includes(identity);
  });
}

/** Whether a marking, taken alone, keeps what it stands on out of the collection. */
export function excludes(world: World, meaning: MarkingMeaning, collection: ReleasedCollection): boolean {
  const notUnderstood: readonly StixId[] = [];
  switch (meaning.kind) {
    case 'tlp':
      return exclusionOf(world, { tlp: meaning.level, notUnderstood }, collection) !== undefined;
    case 'audience':
      return exclusionOf(world, { audiences: meaning.audiences, notUnderstood }, collection) !== undefined;
    case 'personal-data':
      return exclusionOf(world, { personalData: meaning.audiences, notUnderstood }, collection) !== undefined;
    default:
      return false;
  }
}

/** Whether the consent to name the submitter covers everyone behind the collection. */
export function coversConsent(world: World, consent: Consent, collection: ReleasedCollection): boolean {
  if (consent === 'everyone') return true;
  if (consent === 'none') return false;
  return audiencesBehind(world, collection).every((audience) => audience === 'federal');
}
