import type { JsonObject, JsonValue } from '../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from './json.ts';

/** The steps of a granular marking's selector: property names and list indices (STIX 2.1, 7.2.3). */
export type Path = readonly (string | number)[];

const MAX_STEPS = 100;
const INDEX = /^\[\d{1,9}\]$/;
const NAME = /^[a-zA-Z0-9_-]{1,250}$/;

/** @returns the steps, or undefined when the text is no selector. */
export function parseSelector(text: string): Path | undefined {
  if (text.length > 5000) return undefined;
  const steps = text.split('.');
  if (steps.length > MAX_STEPS) return undefined;
  const path: (string | number)[] = [];
  for (const step of steps) {
    if (NAME.test(step)) path.push(step);
    else if (INDEX.test(step)) path.push(Number(step.slice(1, -1)));
    else return undefined;
  }
  return typeof path[0] === 'string' ? path : undefined;
}

/** The value at a path, or undefined when there is none. */
export function valueAt(object: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) {
    if (typeof step === 'number') value = isJsonArray(value) ? value[step] : undefined;
    else value = isJsonObject(value) ? memberOf(value, step) : undefined;
  }
  return value;
}
