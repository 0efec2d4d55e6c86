import type { HeldKind, JsonObject } from '../domain/held.ts';
import { isJsonObject } from './json.ts';

/** The 18 cyber observables of STIX 2.1. */
const OBSERVABLE_TYPES: ReadonlySet<string> = new Set([
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
]);

/** The SDOs, SROs and meta objects of STIX 2.1. */
const VERSIONED_TYPES: ReadonlySet<string> = new Set([
  'attack-pattern',
  'campaign',
  'course-of-action',
  'extension-definition',
  'grouping',
  'identity',
  'incident',
  'indicator',
  'infrastructure',
  'intrusion-set',
  'language-content',
  'location',
  'malware',
  'malware-analysis',
  'marking-definition',
  'note',
  'observed-data',
  'opinion',
  'relationship',
  'report',
  'sighting',
  'threat-actor',
  'tool',
  'vulnerability',
]);

const SUPPORTING_TYPES: ReadonlySet<string> = new Set(['marking-definition', 'extension-definition']);

/** Whether an object is an observable: by its type, by a `new-sco` extension, else by having no times of its own. */
export function isObservable(object: JsonObject, type: string): boolean {
  if (OBSERVABLE_TYPES.has(type)) return true;
  if (VERSIONED_TYPES.has(type)) return false;
  const declared = declaredKind(object);
  if (declared !== undefined) return declared === 'new-sco';
  return object['created'] === undefined && object['modified'] === undefined;
}

function declaredKind(object: JsonObject): string | undefined {
  const extensions = object['extensions'];
  if (!isJsonObject(extensions)) return undefined;
  for (const extension of Object.values(extensions)) {
    if (!isJsonObject(extension)) continue;
    const kind = extension['extension_type'];
    if (typeof kind === 'string' && kind.startsWith('new-')) return kind;
  }
  return undefined;
}

/** How the release rules treat a version (release rules, 1 and 4). */
export function kindOf(object: JsonObject, type: string): HeldKind {
  if (SUPPORTING_TYPES.has(type)) return 'supporting';
  if (type === 'identity') {
    const identityClass = object['identity_class'];
    return typeof identityClass === 'string' && identityClass !== 'individual' ? 'supporting' : 'versioned';
  }
  return isObservable(object, type) ? 'observable' : 'versioned';
}

/** Of an id that was never held only the type is known. */
export function isOpenToObservables(type: string): boolean {
  return OBSERVABLE_TYPES.has(type) || SUPPORTING_TYPES.has(type);
}
