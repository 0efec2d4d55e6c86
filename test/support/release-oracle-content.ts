import type { ReleasedCollection } from '../../server/domain/collection.ts';
import type { OrganisationId, StixId } from '../../server/domain/ids.ts';
import { covers, excludes, factsIn, granularMarkings, wholeMarkings } from './release-oracle-markings.ts';
import type { OracleVersion, Raw, RawObject, Scene } from './release-oracle-world.ts';
import {
  FIXED_IDENTITY,
  extensionsOf,
  isDictionary,
  isIdentifier,
  isList,
  textAt,
  textsAt,
  versionsOf,
} from './release-oracle-world.ts';

/** A scalar and where it stands, written as a selector writes it: `labels.[1]`. */
interface Leaf {
  readonly path: string;
  readonly value: string | number | boolean | null;
}

export interface Reference {
  readonly path: string;
  readonly id: StixId;
}

/** Who is not to be named where the consent does not reach (release rules, 3c). */
interface Submitter {
  readonly identities: readonly StixId[];
  readonly organisations: readonly OrganisationId[];
}

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;
const MARKING_PROPERTIES = ['object_marking_refs', 'granular_markings'];
const VOCABULARY_NAME = /_types$|_motivations?$/;
const VOCABULARY_PROPERTIES = [
  'type',
  'spec_version',
  'lang',
  'languages',
  'relationship_type',
  'identity_class',
  'sectors',
  'roles',
  'resource_level',
  'sophistication',
  'context',
  'region',
  'pattern_type',
  'opinion',
  'result',
  'account_type',
  'kill_chain_name',
  'phase_name',
  'extension_type',
  'kind',
  'platform',
  'asset_type',
  'capabilities',
  'implementation_languages',
  'architecture_execution_envs',
  'encryption_algorithm',
  'data_type',
  'pe_type',
  'address_family',
  'socket_type',
  'integrity_level',
  'start_type',
  'service_type',
  'service_status',
];

function leavesOf(value: Raw, path: string): readonly Leaf[] {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (isList(value)) return value.flatMap((item, index) => leavesOf(item, below(`[${index}]`)));
  if (isDictionary(value)) {
    return Object.entries(value).flatMap(([name, item]) => leavesOf(item, below(name)));
  }
  return [{ path, value }];
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}.`);
}

function isUnderAny(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => isUnder(path, root));
}

/** The property that a leaf belongs to: its last name that is no list index. */
function propertyOf(path: string): string {
  return path.split('.').findLast((name) => !name.startsWith('[')) ?? '';
}

/** Every reference of an object, at any depth, but its creator and its markings (release rules, 3b). */
export function referencesOf(object: RawObject): readonly Reference[] {
  return leavesOf(object, '').flatMap(({ path, value }) => {
    const name = propertyOf(path);
    if (!name.endsWith('_ref') && !name.endsWith('_refs')) return [];
    if (name === 'created_by_ref' || name === 'object_marking_refs') return [];
    if (isUnder(path, 'granular_markings') || !isIdentifier(value)) return [];
    return [{ path, id: value }];
  });
}

export function definitionsUsed(object: RawObject): readonly StixId[] {
  return Object.keys(extensionsOf(object)).filter((key) => key.startsWith('extension-definition--'));
}

export function markingsUsed(object: RawObject): readonly StixId[] {
  return [...wholeMarkings(object), ...granularMarkings(object).map((one) => one.markingRef)];
}

/** Whether an observed-data carries objects that have markings of their own. */
export function embedsMarkings(object: RawObject): boolean {
  const embedded = object['objects'];
  if (object['type'] !== 'observed-data' || !isDictionary(embedded)) return false;
  return Object.values(embedded).some((one) => {
    return isDictionary(one) && MARKING_PROPERTIES.some((name) => one[name] !== undefined);
  });
}

/** a) The places that granular markings take away in C. */
export function placesMarkedAway(
  scene: Scene,
  object: RawObject,
  collection: ReleasedCollection,
): readonly string[] {
  const leaves = leavesOf(object, '');
  return granularMarkings(object)
    .filter((marking) => excludes(scene, marking.markingRef, collection))
    .flatMap((marking) => marking.selectors)
    .filter((selector) => leaves.some((leaf) => isUnder(leaf.path, selector)));
}

/** The identities and organisations that the consent is about; never the hub's identities. */
export function submitterOf(scene: Scene, version: OracleVersion): Submitter {
  const { organisations, hubIdentity } = scene.world;
  const creator = textAt(version.object, 'created_by_ref');
  const ofOwner = organisations.find((one) => one.id === version.owner)?.identity ?? '';
  const identities = [creator, ofOwner].filter((id) => {
    return id !== '' && id !== hubIdentity && id !== FIXED_IDENTITY;
  });
  const registered = organisations.filter((one) => {
    return one.id === version.owner || identities.some((id) => id === one.identity);
  });
  return { identities, organisations: registered.map((one) => one.id) };
}

/** Whether a submitter is behind what is held under an id: one of its identities, or made or owned by them. */
export function isOfSubmitter(scene: Scene, submitter: Submitter, id: StixId): boolean {
  if (submitter.identities.includes(id)) return true;
  return versionsOf(scene, id).some((version) => {
    if (submitter.identities.includes(textAt(version.object, 'created_by_ref'))) return true;
    return submitter.organisations.includes(version.owner);
  });
}

export function isConsentShort(
  scene: Scene,
  version: OracleVersion,
  collection: ReleasedCollection,
): boolean {
  return !covers(scene, factsIn(scene, version, collection).consent, collection);
}

/** c) The places that are left out where the consent does not cover C. */
function placesNotConsented(
  scene: Scene,
  version: OracleVersion,
  collection: ReleasedCollection,
): readonly string[] {
  if (!isConsentShort(scene, version, collection)) return [];
  const submitter = submitterOf(scene, version);
  const creator = version.object['created_by_ref'] === undefined ? [] : ['created_by_ref'];
  const references = referencesOf(version.object)
    .filter((reference) => submitter.identities.includes(reference.id))
    .map((reference) => reference.path);
  const definitions = definitionsUsed(version.object)
    .filter((id) => isOfSubmitter(scene, submitter, id))
    .map((id) => `extensions.${id}`);
  return [...creator, ...references, ...definitions];
}

/** c) The markings of the submitter's own making that withhold a version where the consent does not cover C. */
export function markingsNotConsented(
  scene: Scene,
  version: OracleVersion,
  collection: ReleasedCollection,
): readonly StixId[] {
  if (!isConsentShort(scene, version, collection)) return [];
  const submitter = submitterOf(scene, version);
  return markingsUsed(version.object).filter((id) => {
    return !namesRecipients(scene, id) && isOfSubmitter(scene, submitter, id);
  });
}

export function namesRecipients(scene: Scene, id: StixId): boolean {
  return versionsOf(scene, id).some((version) => {
    return Object.values(extensionsOf(version.object)).some((extension) => {
      return isDictionary(extension) && extension['kind'] === 'named-recipients';
    });
  });
}

/** Everything that a) and c) take from a version in C. */
export function placesLost(
  scene: Scene,
  version: OracleVersion,
  collection: ReleasedCollection,
): readonly string[] {
  return [
    ...placesMarkedAway(scene, version.object, collection),
    ...placesNotConsented(scene, version, collection),
  ];
}

/** Whether something stands at one of these places and is not itself lost. */
function standsAt(object: RawObject, places: readonly string[], lost: readonly string[]): boolean {
  return leavesOf(object, '').some(({ path }) => isUnderAny(path, places) && !isUnderAny(path, lost));
}

/** The strings that texts are looked for in, and that are themselves looked for. */
function readableTexts(object: RawObject): readonly { readonly path: string; readonly text: string }[] {
  return leavesOf(object, '').flatMap(({ path, value }) => {
    const name = propertyOf(path);
    if (typeof value !== 'string' || isIdentifier(value) || TIMESTAMP.test(value)) return [];
    if (path.split('.').some((part) => MARKING_PROPERTIES.includes(part))) return [];
    if (VOCABULARY_PROPERTIES.includes(name) || VOCABULARY_NAME.test(name)) return [];
    return [{ path, text: value }];
  });
}

/** The texts that must not stand where they would stay: those marked away, and the submitter's names. */
function textsLost(scene: Scene, version: OracleVersion, collection: ReleasedCollection): readonly string[] {
  const places = placesMarkedAway(scene, version.object, collection);
  const marked = readableTexts(version.object)
    .filter(({ path, text }) => isUnderAny(path, places) && charactersOf(text) >= 4)
    .map(({ text }) => text);
  if (!isConsentShort(scene, version, collection)) return marked;
  const submitter = submitterOf(scene, version);
  const objects = submitter.identities.flatMap((id) => versionsOf(scene, id)).map((one) => one.object);
  const organisations = scene.world.organisations.filter((one) => submitter.organisations.includes(one.id));
  const names = [
    ...objects.flatMap((object) => [textAt(object, 'name'), ...textsAt(object, 'aliases')]),
    ...organisations.map((one) => one.name),
  ];
  return [...marked, ...names.filter((name) => name !== '')];
}

/** Whether one of these texts stands in what stays of an object. */
function standsIn(object: RawObject, texts: readonly string[], lost: readonly string[]): boolean {
  return readableTexts(object).some(({ path, text }) => {
    return !isUnderAny(path, lost) && texts.some((wanted) => contains(text, wanted));
  });
}

/** Whether a version, after its own a) and c), still holds a text that it loses. */
export function hasTextElsewhere(
  scene: Scene,
  version: OracleVersion,
  collection: ReleasedCollection,
): boolean {
  const lost = placesLost(scene, version, collection);
  return standsIn(version.object, textsLost(scene, version, collection), lost);
}

/** Rule 5 for one later version: whether it loses something that the earlier one, after its own losses, has. */
export function takesFromEarlier(
  scene: Scene,
  later: OracleVersion,
  earlier: OracleVersion,
  collection: ReleasedCollection,
): boolean {
  const lost = placesLost(scene, earlier, collection);
  if (standsAt(earlier.object, placesLost(scene, later, collection), lost)) return true;
  if (standsIn(earlier.object, textsLost(scene, later, collection), lost)) return true;
  if (isConsentShort(scene, earlier, collection)) return false;
  const used = markingsUsed(earlier.object);
  return markingsNotConsented(scene, later, collection).some((id) => used.includes(id));
}

function fold(text: string): string {
  const folded = text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return folded.normalize('NFC');
}

function charactersOf(text: string): number {
  return Array.from(text.normalize('NFC')).length;
}

function contains(text: string, wanted: string): boolean {
  const haystack = fold(text);
  const needle = fold(wanted);
  if (charactersOf(wanted) >= 4) return haystack.includes(needle);
  const quoted = needle.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\p{L}\\p{N}])${quoted}(?![\\p{L}\\p{N}])`, 'u').test(haystack);
}
