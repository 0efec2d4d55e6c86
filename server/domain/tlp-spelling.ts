import type { TlpLevel } from './collection.ts';
import type { JsonObject, JsonValue } from './held.ts';
import { isJsonObject } from '../stix/json.ts';

/**
 * The TLP levels that a marking-definition states, in any of the spellings that tools use: the TLP 2.0 extension,
 * `definition.tlp`, or `TLP:GREEN` as name or definition_type.
 */
function statedLevels(definition: JsonObject): readonly string[] {
  const found: JsonValue[] = [];
  const { name, definition_type: kind, definition: inner, extensions } = definition;
  for (const value of [name, kind])
    if (typeof value === 'string' && /^tlp:/i.test(value)) found.push(value.slice(4));
  if (isJsonObject(inner) && inner['tlp'] !== undefined) found.push(inner['tlp']);
  if (isJsonObject(extensions)) {
    for (const extension of Object.values(extensions)) {
      if (isJsonObject(extension) && extension['tlp_2_0'] !== undefined) found.push(extension['tlp_2_0']);
    }
  }
  return found.map((value) => (typeof value === 'string' ? value.toLowerCase() : ''));
}

/** Whether what is sent under a fixed TLP id states that level and no other. */
export function statesLevel(definition: JsonObject, level: TlpLevel): boolean {
  const stated = statedLevels(definition).map((each) => (each === 'white' ? 'clear' : each));
  return stated.length > 0 && stated.every((each) => each === level);
}
