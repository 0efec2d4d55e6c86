import type { JsonObject, JsonValue } from '../domain/held.ts';
import { parseJsonText } from './json-parse.ts';

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Reads a text that was checked to be a JSON object when it came in. */
export function parseObjectText(text: string): JsonObject {
  return parseJsonText(text) as JsonObject;
}

/** A member of the object itself, never one that every object inherits. */
export function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
