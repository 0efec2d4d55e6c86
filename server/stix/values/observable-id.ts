import type { JsonObject, JsonValue } from '../../domain/held.ts';
import type { StixId } from '../../domain/ids.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { canonicalJson } from './canonical-json.ts';
import { uuid5 } from './uuid.ts';

/** STIX 2.1, 2.9. */
const NAMESPACE = '00abedb4-aa42-466c-9c01-fed23315a9b7';

/** The ID contributing properties of each observable type (STIX 2.1, 6); a process has none. */
const CONTRIBUTING: Readonly<Record<string, readonly string[]>> = {
  artifact: ['hashes', 'payload_bin'],
  'autonomous-system': ['number'],
  directory: ['path'],
  'domain-name': ['value'],
  'email-addr': ['value'],
  'email-message': ['from_ref', 'subject', 'body'],
  file: ['hashes', 'name', 'parent_directory_ref', 'extensions'],
  'ipv4-addr': ['value'],
  'ipv6-addr': ['value'],
  'mac-addr': ['value'],
  mutex: ['name'],
  'network-traffic': [
    'start',
    'end',
    'src_ref',
    'dst_ref',
    'src_port',
    'dst_port',
    'protocols',
    'extensions',
  ],
  process: [],
  software: ['name', 'cpe', 'swid', 'vendor', 'version'],
  url: ['value'],
  'user-account': ['account_type', 'user_id', 'account_login'],
  'windows-registry-key': ['key', 'values'],
  'x509-certificate': ['hashes', 'serial_number'],
};

/** Only one hash counts: the first of these that there is, else the first given (STIX 2.1, 2.9). */
const HASH_ORDER = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'];

/**
 * The deterministic identifier of an observable (STIX 2.1, 2.9): the same content gives the same id everywhere.
 * Undefined when nothing contributes to it (the id has to be random then) or the type is none of STIX.
 * @param object with its `type`; an `id` that it has does not matter
 */
export function observableId(object: JsonObject): StixId | undefined {
  const type = memberOf(object, 'type');
  if (typeof type !== 'string' || !Object.hasOwn(CONTRIBUTING, type)) return undefined;
  const contributions: Record<string, JsonValue> = {};
  for (const name of CONTRIBUTING[type] ?? []) {
    const value = memberOf(object, name);
    const contribution = name === 'hashes' ? pickHash(value) : value;
    if (contribution !== undefined) contributions[name] = contribution;
  }
  if (Object.keys(contributions).length === 0) return undefined;
  return observableIdOf(type, contributions);
}

/** The same from the contributing properties that there are, at least one. */
export function observableIdOf(type: string, contributions: JsonObject): StixId {
  return `${type}--${uuid5(NAMESPACE, canonicalJson(contributions))}`;
}

/** The properties that make up the id of an observable type; empty for a process. */
export function contributingTo(type: string): readonly string[] {
  return CONTRIBUTING[type] ?? [];
}

function pickHash(hashes: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(hashes)) return undefined;
  const name = HASH_ORDER.find((known) => Object.hasOwn(hashes, known)) ?? Object.keys(hashes)[0];
  const hash = name === undefined ? undefined : memberOf(hashes, name);
  return name === undefined || hash === undefined ? undefined : { [name]: hash };
}
