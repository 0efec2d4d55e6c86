import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { JsonObject, JsonValue } from '../../server/domain/held.ts';

/** A change to one of the two valid objects of a type. */
export interface StixCase {
  readonly about: string;
  readonly of: 'smallest' | 'fullest';
  readonly set?: Readonly<Record<string, JsonValue>>;
  readonly remove?: readonly string[];
}

/** The cases of one type: `test/fixtures/stix/TYPE.json`. */
export interface StixCases {
  readonly name: string;
  readonly smallest: JsonObject;
  readonly fullest: JsonObject;
  readonly fails: readonly (StixCase & { readonly at: string })[];
  readonly holds?: readonly StixCase[];
}

/** Reads the cases of all types, or of those that POLLWATCH_TEST_TYPES names. */
export function readStixCases(folder: string): readonly StixCases[] {
  const wanted = process.env['POLLWATCH_TEST_TYPES']?.split(',');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && (wanted?.includes(basename(file, '.json')) ?? true))
    .map((file) => parseCases(basename(file, '.json'), readFileSync(join(folder, file), 'utf8')));
}

function parseCases(name: string, text: string): StixCases {
  return { ...(JSON.parse(text) as Omit<StixCases, 'name'>), name };
}

/** The object of a case. */
export function makeObject(cases: StixCases, change: StixCase): JsonValue {
  const object = structuredClone(cases[change.of]);
  for (const pointer of change.remove ?? []) removeAt(object, pointer);
  for (const [pointer, value] of Object.entries(change.set ?? {})) setAt(object, pointer, value);
  return object;
}

/** Puts a value at a pointer. */
function setAt(object: JsonObject, pointer: string, value: JsonValue): void {
  const { parent, name } = find(object, pointer);
  Reflect.set(parent, name, value);
}

/** Takes away what stands at a pointer; of a list the items after it move up. */
export function removeAt(object: JsonObject, pointer: string): void {
  const { parent, name } = find(object, pointer);
  if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else Reflect.deleteProperty(parent, name);
}

function find(object: JsonObject, pointer: string): { parent: object; name: string } {
  const names = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let parent: unknown = object;
  for (const step of names.slice(0, -1)) {
    if (typeof parent === 'object' && parent !== null) parent = Reflect.get(parent, step);
  }
  const name = names.at(-1);
  if (typeof parent !== 'object' || parent === null || name === undefined) {
    throw new Error(`nothing stands above ${pointer}`);
  }
  return { parent, name };
}
