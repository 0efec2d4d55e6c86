import type { Audience, Collection, MarkingDefaults } from '../../server/domain/collection.ts';
import type { CollectionId, OrganisationId, StixId } from '../../server/domain/ids.ts';

export type Raw = string | number | boolean | null | readonly Raw[] | RawObject;
export interface RawObject {
  readonly [name: string]: Raw;
}

export interface OracleOrganisation {
  readonly id: OrganisationId;
  readonly name: string;
  readonly audience: Audience;
  readonly identity?: StixId;
  readonly hub: boolean;
}

/** One object version in the hub's space; of an SCO the one copy that its sender has now. */
export interface OracleVersion {
  /** Acceptance order; of a copy, when its sender's first copy was accepted. */
  readonly seq: number;
  readonly object: RawObject;
  readonly sender: OrganisationId;
  /** An organisation, or `hub`: the hub itself. Of an SCO, the sender. */
  readonly owner: OrganisationId;
  /** Microseconds; the grace for missing references runs from here. */
  readonly acceptedAt: number;
  readonly notBefore?: number;
  readonly defaults: MarkingDefaults;
  readonly toIntake: boolean;
  readonly postedTo: readonly CollectionId[];
  readonly deletedFrom: readonly CollectionId[];
  readonly verdict?: 'released' | 'refused';
  readonly recalled?: boolean;
}

export interface OracleWorld {
  /** Microseconds since 1970. */
  readonly now: number;
  readonly graceMicros: number;
  readonly organisations: readonly OracleOrganisation[];
  readonly hubIdentity: StixId;
  readonly collections: readonly Collection[];
  readonly held: readonly OracleVersion[];
  /** The fixed objects and the hub's identity, as they are shown; all are owned by the hub. */
  readonly fixed: readonly RawObject[];
  /** By alias of an as-posted collection: the ids that it shows. */
  readonly asPosted: ReadonlyMap<string, ReadonlySet<StixId>>;
}

/** A world with its fixed objects turned into versions, so that every rule looks in one list. */
export interface Scene {
  readonly world: OracleWorld;
  readonly all: readonly OracleVersion[];
}

export const FIXED_IDENTITY = 'identity--ecd8f94c-5e12-4422-bf52-113e01686999';
const FIXED_VERSION = '1970-01-01T00:00:00.000000Z';

const OBSERVABLE_TYPES = [
  'artifact',
  'autonomous-system',
  'directory',
  'domain-name',
  'email-addr',
  'email-message',
  'file',
  'ipv4-addr',
  'ipv6-addr',
  'mac-addr',
  'mutex',
  'network-traffic',
  'process',
  'software',
  'url',
  'user-account',
  'windows-registry-key',
  'x509-certificate',
];

const OTHER_TYPES = [
  'attack-pattern',
  'campaign',
  'course-of-action',
  'grouping',
  'identity',
  'incident',
  'indicator',
  'infrastructure',
  'intrusion-set',
  'location',
  'malware',
  'malware-analysis',
  'note',
  'observed-data',
  'opinion',
  'report',
  'threat-actor',
  'tool',
  'vulnerability',
  'relationship',
  'sighting',
  'marking-definition',
  'extension-definition',
  'language-content',
];

const IDENTIFIER = /^[a-z][a-z0-9-]*--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Puts the fixed objects beside what was sent. */
export function toScene(world: OracleWorld): Scene {
  const fixed = world.fixed.map((object, index): OracleVersion => {
    return {
      seq: index - world.fixed.length,
      object,
      sender: 'hub',
      owner: 'hub',
      acceptedAt: Number.NEGATIVE_INFINITY,
      defaults: { tlp: 'clear', audiences: [], consent: 'everyone' },
      toIntake: true,
      postedTo: [],
      deletedFrom: [],
    };
  });
  return { world, all: [...fixed, ...world.held] };
}

export function isList(value: Raw | undefined): value is readonly Raw[] {
  return Array.isArray(value);
}

export function isDictionary(value: Raw | undefined): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isIdentifier(value: Raw | undefined): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

/** The text at a property, or the empty text. */
export function textAt(object: RawObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** The strings of a list property. */
export function textsAt(object: RawObject, name: string): readonly string[] {
  const value = object[name];
  return isList(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function extensionsOf(object: RawObject): RawObject {
  const value = object['extensions'];
  return isDictionary(value) ? value : {};
}

export function idOf(version: OracleVersion): StixId {
  return textAt(version.object, 'id');
}

export function versionOf(version: OracleVersion): string {
  return textAt(version.object, 'modified') || textAt(version.object, 'created') || FIXED_VERSION;
}

/** Whether the type alone says that this is an SCO. */
export function isObservableType(type: string): boolean {
  return OBSERVABLE_TYPES.includes(type);
}

export function isObservable(object: RawObject): boolean {
  const type = textAt(object, 'type');
  if (isObservableType(type)) return true;
  if (OTHER_TYPES.includes(type)) return false;
  const kinds = Object.values(extensionsOf(object)).map((extension) => {
    return isDictionary(extension) ? extension['extension_type'] : undefined;
  });
  if (kinds.includes('new-sco')) return true;
  return object['created'] === undefined && object['modified'] === undefined;
}

/** Supporting objects (release rules, 1): judged for each version. */
export function isSupporting(object: RawObject): boolean {
  const type = textAt(object, 'type');
  if (type === 'marking-definition' || type === 'extension-definition') return true;
  const identityClass = object['identity_class'];
  return type === 'identity' && identityClass !== undefined && identityClass !== 'individual';
}

/** A text whose order is the order in time, at full precision. */
function toOrder(version: string): string {
  const [seconds = '', fraction = ''] = version.replace('Z', '').split('.');
  return `${seconds}.${fraction.replace(/0+$/, '')}`;
}

export function isLater(one: OracleVersion, other: OracleVersion): boolean {
  return toOrder(versionOf(one)) > toOrder(versionOf(other));
}

export function isSameInstant(one: string, other: string): boolean {
  return toOrder(one) === toOrder(other);
}

export function versionsOf(scene: Scene, id: StixId): readonly OracleVersion[] {
  return scene.all.filter((version) => idOf(version) === id);
}

/** What an id is judged by as a supporting object: its latest version. */
export function latestOf(scene: Scene, id: StixId): OracleVersion | undefined {
  const versions = versionsOf(scene, id);
  return versions.find((one) => !versions.some((other) => isLater(other, one)));
}

export function isRunByHub(scene: Scene, owner: OrganisationId): boolean {
  if (owner === 'hub') return true;
  return scene.world.organisations.some((one) => one.id === owner && one.hub);
}

/** `id|version|sender`, the sender only for an SCO's copy. */
export function keyOf(version: OracleVersion): string {
  const sender = isObservable(version.object) ? version.sender : '';
  return `${idOf(version)}|${versionOf(version)}|${sender}`;
}
