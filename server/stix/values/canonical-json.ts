import type { JsonValue } from '../../domain/held.ts';
import { isJsonArray, isJsonObject } from '../json.ts';

/**
 * Writes a JSON value in the canonical form of RFC 8785: no white space, members in the order of their UTF-16 code
 * units, numbers and strings as ECMAScript writes them. Goes as deep as the value, which the reader bounds.
 */
export function canonicalJson(value: JsonValue): string {
  if (isJsonArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}
