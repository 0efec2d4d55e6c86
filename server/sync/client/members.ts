import type { JsonObject, JsonValue } from '../../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from '../../stix/json.ts';

/** A member that is a text with something in it. */
export function textOf(object: JsonObject, name: string): string | undefined {
  const value = memberOf(object, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A member that is true or false; whatever else stands there says nothing. */
export function booleanOf(object: JsonObject, name: string): boolean | undefined {
  const value = memberOf(object, name);
  return typeof value === 'boolean' ? value : undefined;
}

/** A member that is a whole number from 0 on. */
export function countOf(object: JsonObject, name: string): number | undefined {
  const value = memberOf(object, name);
  return typeof value === 'number' && isSafeCount(value) ? value : undefined;
}

/** Whether a number of a partner is whole, from 0 on, and can be kept: backups take none that cannot be counted up. */
export function isSafeCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < Number.MAX_SAFE_INTEGER;
}

/** The items of a list, up to a bound; of anything else nothing. */
export function listOf(object: JsonObject, name: string, max: number): readonly JsonValue[] {
  const value = memberOf(object, name);
  return isJsonArray(value) ? value.slice(0, max) : [];
}

/** The items of a list that are objects, up to a bound. */
export function objectsOf(object: JsonObject, name: string, max: number): readonly JsonObject[] {
  return listOf(object, name, max).filter(isJsonObject);
}
