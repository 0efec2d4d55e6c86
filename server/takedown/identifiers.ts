import { createHash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isJsonArray, isJsonObject } from '../stix/json.ts';

/** The namespace of STIX 2.1 for observables, section 2.9; nothing else may use it. */
const OBSERVABLES = '00abedb4-aa42-466c-9c01-fed23315a9b7';
/** Ours, for everything else that a takedown list makes. */
const TAKEDOWNS = '2589491a-33a5-4922-8f01-87d5d7f13caa';

/**
 * The id of an observable: UUIDv5 over the canonical JSON of its ID contributing properties (STIX 2.1, 2.9).
 * @param contributing those that are present, at least one
 */
export function toObservableId(type: string, contributing: JsonObject): StixId {
  return `${type}--${toUuid5(OBSERVABLES, toCanonicalJson(contributing))}`;
}

/** The id of any other object: the same parts always give the same id. */
export function toTakedownId(type: string, parts: readonly JsonValue[]): StixId {
  return `${type}--${toUuid5(TAKEDOWNS, toCanonicalJson([type, ...parts]))}`;
}

/** Canonical JSON (RFC 8785): members sorted by UTF-16 code units, no blanks. */
export function toCanonicalJson(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${toCanonicalJson(value[name] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** RFC 4122, 4.3: a name-based UUID with SHA-1. */
function toUuid5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8');
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
