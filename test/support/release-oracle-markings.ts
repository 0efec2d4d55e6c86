import type {
  Audience,
  Collection,
  Consent,
  ReleasedCollection,
  TlpLevel,
} from '../../server/domain/collection.ts';
import type { StixId } from '../../server/domain/ids.ts';
import type { OracleVersion, Raw, RawObject, Scene } from './release-oracle-world.ts';
import {
  extensionsOf,
  isDictionary,
  isIdentifier,
  isList,
  isSupporting,
  latestOf,
  textAt,
  textsAt,
} from './release-oracle-world.ts';

const LEVELS: readonly TlpLevel[] = ['clear', 'green', 'amber', 'amber+strict', 'red'];
const EVERYBODY: readonly Audience[] = ['federal', 'state', 'private'];
const CONSENT_ORDER: readonly Consent[] = ['everyone', 'usg', 'none'];
const MARKING_AUDIENCE = 'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2';

const TLP_IDS: ReadonlyMap<StixId, TlpLevel> = new Map<StixId, TlpLevel>([
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'clear'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'green'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'amber'],
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'red'],
  ['marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', 'clear'],
  ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', 'green'],
  ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', 'amber'],
  ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'amber+strict'],
  ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', 'red'],
]);

type Meaning =
  | { readonly kind: 'tlp'; readonly tlp: TlpLevel }
  | { readonly kind: 'audience' | 'personal-data'; readonly audiences: readonly Audience[] }
  | { readonly kind: 'submitter-consent'; readonly consent: Consent }
  | { readonly kind: 'named-recipients'; readonly recipients: readonly StixId[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'not understood' };

/** What markings say; what they do not mention is absent. */
interface Facts {
  tlp?: TlpLevel;
  audiences?: readonly Audience[];
  consent?: Consent;
  personal?: readonly Audience[];
  recipients?: readonly StixId[];
  notUnderstood: boolean;
}

export interface Granular {
  readonly markingRef: StixId;
  readonly selectors: readonly string[];
}

/** What one marking means (release rules, 2). */
function meaningOf(scene: Scene, id: StixId): Meaning {
  const tlp = TLP_IDS.get(id);
  if (tlp !== undefined) return { kind: 'tlp', tlp };
  const object = latestOf(scene, id)?.object;
  if (object?.['type'] !== 'marking-definition') return { kind: 'not understood' };
  const extensions = Object.entries(extensionsOf(object));
  if (extensions.length === 0) {
    return { kind: object['definition_type'] === 'statement' ? 'nothing' : 'not understood' };
  }
  const [key, body] = extensions[0] ?? [];
  if (extensions.length !== 1 || key !== MARKING_AUDIENCE || !isDictionary(body)) {
    return { kind: 'not understood' };
  }
  return readExtension(body);
}

function readExtension(body: RawObject): Meaning {
  const { extension_type: extensionType, kind, ...rest } = body;
  const [[name, value] = ['', ''], ...others] = Object.entries(rest);
  if (extensionType !== 'property-extension' || others.length > 0) return { kind: 'not understood' };
  if (kind === 'submitter-consent' && name === 'consent') {
    const consent = CONSENT_ORDER.find((one) => one === value);
    return consent === undefined ? { kind: 'not understood' } : { kind, consent };
  }
  if (kind === 'named-recipients' && name === 'recipient_refs') {
    const recipients = isList(value) ? value.filter(isIdentifier) : [];
    return isWhole(value, recipients) ? { kind, recipients } : { kind: 'not understood' };
  }
  if ((kind === 'audience' || kind === 'personal-data') && name === 'audiences') {
    const audiences = EVERYBODY.filter((one) => isList(value) && value.includes(one));
    return isWhole(value, audiences) ? { kind, audiences } : { kind: 'not understood' };
  }
  return { kind: 'not understood' };
}

/** Whether a list is not empty and nothing in it was passed over. */
function isWhole(value: Raw, read: readonly string[]): boolean {
  return isList(value) && value.length > 0 && value.every((item) => read.some((one) => one === item));
}

export function wholeMarkings(object: RawObject): readonly StixId[] {
  return textsAt(object, 'object_marking_refs');
}

/** The granular markings that name a marking; language markings have no access meaning. */
export function granularMarkings(object: RawObject): readonly Granular[] {
  const list = object['granular_markings'];
  if (!isList(list)) return [];
  return list.filter(isDictionary).flatMap((item) => {
    const markingRef = textAt(item, 'marking_ref');
    return markingRef === '' ? [] : [{ markingRef, selectors: textsAt(item, 'selectors') }];
  });
}

/** What the object's own markings say, without any default. */
export function ownFacts(scene: Scene, object: RawObject): Facts {
  const facts: Facts = { notUnderstood: false };
  for (const id of wholeMarkings(object)) addMeaning(facts, meaningOf(scene, id));
  for (const { markingRef } of granularMarkings(object)) {
    const meaning = meaningOf(scene, markingRef);
    if (meaning.kind === 'submitter-consent') addMeaning(facts, meaning);
    if (meaning.kind === 'not understood') facts.notUnderstood = true;
    if (meaning.kind === 'named-recipients') facts.notUnderstood = true;
  }
  return facts;
}

function addMeaning(facts: Facts, meaning: Meaning): void {
  if (meaning.kind === 'not understood') facts.notUnderstood = true;
  if (meaning.kind === 'tlp') facts.tlp = stricter(LEVELS, facts.tlp, meaning.tlp);
  if (meaning.kind === 'audience') facts.audiences = intersect(facts.audiences, meaning.audiences);
  if (meaning.kind === 'submitter-consent') {
    facts.consent = stricter(CONSENT_ORDER, facts.consent, meaning.consent);
  }
  if (meaning.kind === 'personal-data') facts.personal = intersect(facts.personal, meaning.audiences);
  if (meaning.kind === 'named-recipients') {
    facts.recipients = intersect(facts.recipients, meaning.recipients);
  }
}

function stricter<T>(order: readonly T[], one: T | undefined, other: T): T {
  return one !== undefined && order.indexOf(one) > order.indexOf(other) ? one : other;
}

function intersect<T>(one: readonly T[] | undefined, other: readonly T[]): readonly T[] {
  return one === undefined ? other : one.filter((item) => other.includes(item));
}

/** Whether a version was sent to where it can become a candidate for C. */
export function isTargeted(version: OracleVersion, collection: Collection): boolean {
  return version.toIntake || version.postedTo.includes(collection.id);
}

/** What a version says in C: its markings, and where they are silent its defaults, if it may have any there. */
export function factsIn(scene: Scene, version: OracleVersion, collection: ReleasedCollection): Facts {
  const facts = ownFacts(scene, version.object);
  if (isSupporting(version.object) || !isTargeted(version, collection)) return facts;
  facts.tlp ??= version.defaults.tlp;
  facts.consent ??= version.defaults.consent;
  const policy = collection.release;
  if (policy.policy === 'recipients') return facts;
  const posted = policy.audience === 'public' ? EVERYBODY : [policy.audience];
  facts.audiences ??= version.postedTo.includes(collection.id) ? posted : version.defaults.audiences;
  return facts;
}

/** Rules 2 to 4, each as far as something is said. */
export function agrees(scene: Scene, facts: Facts, collection: ReleasedCollection): boolean {
  const policy = collection.release;
  const { tlp, audiences, personal, recipients } = facts;
  if (tlp !== undefined && LEVELS.indexOf(tlp) > LEVELS.indexOf(policy.maxTlp)) return false;
  if (policy.policy === 'recipients') {
    if (recipients !== undefined && !namesAll(scene, recipients, policy.recipients)) return false;
    return audiencesOf(scene, collection).every((audience) => {
      return reaches(audiences, audience) && reaches(personal, audience);
    });
  }
  if (recipients !== undefined || tlp === 'red') return false;
  if (policy.audience !== 'public') {
    return reaches(audiences, policy.audience) && reaches(personal, policy.audience);
  }
  if (tlp !== undefined && tlp !== 'clear') return false;
  if (personal !== undefined) return false;
  return EVERYBODY.every((audience) => reaches(audiences, audience));
}

/** Rules 2 to 4 for a candidate: only what names recipients enters a recipients collection. */
export function mayEnter(scene: Scene, version: OracleVersion, collection: ReleasedCollection): boolean {
  const facts = factsIn(scene, version, collection);
  const mustSpeak = isTargeted(version, collection) && !isSupporting(version.object);
  const silent = collection.release.policy === 'recipients' && facts.recipients === undefined;
  if (mustSpeak && silent) return false;
  return agrees(scene, facts, collection);
}

function reaches(audiences: readonly Audience[] | undefined, audience: Audience | undefined): boolean {
  if (audiences === undefined) return true;
  return audience !== undefined && audiences.includes(audience);
}

/** The audience of each organisation of a recipients collection; of one that is not known, none. */
function audiencesOf(scene: Scene, collection: ReleasedCollection): readonly (Audience | undefined)[] {
  if (collection.release.policy !== 'recipients') return [];
  return collection.release.recipients.map((id) => {
    return scene.world.organisations.find((one) => one.id === id)?.audience;
  });
}

function namesAll(scene: Scene, named: readonly StixId[], recipients: readonly string[]): boolean {
  if (recipients.length === 0) return false;
  return recipients.every((id) => {
    const identity = scene.world.organisations.find((one) => one.id === id)?.identity;
    return identity !== undefined && named.includes(identity);
  });
}

/** Whether a granular marking, taken alone, fails 2 to 4 for C. */
export function excludes(scene: Scene, markingRef: StixId, collection: ReleasedCollection): boolean {
  const meaning = meaningOf(scene, markingRef);
  if (meaning.kind === 'named-recipients') return false;
  const facts: Facts = { notUnderstood: false };
  addMeaning(facts, meaning);
  return !agrees(scene, facts, collection);
}

/** Whether the submitter may be named to the readers of C; silence covers everybody. */
export function covers(scene: Scene, consent: Consent | undefined, collection: ReleasedCollection): boolean {
  if (consent === undefined || consent === 'everyone') return true;
  if (consent === 'none') return false;
  const policy = collection.release;
  if (policy.policy === 'audience') return policy.audience === 'federal';
  return audiencesOf(scene, collection).every((audience) => audience === 'federal');
}
