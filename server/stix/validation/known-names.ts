import type { Options, SchemaObject } from 'ajv/dist/2020.js';
import { isJsonArray, isJsonObject, memberOf } from '../json.ts';

type Engine = NonNullable<NonNullable<Options['code']>['regExp']>;

/**
 * Makes the engine of regular expressions that ajv uses. The name of each property of each object is matched against
 * one expression; nearly all are names that the schemas list, and to look those up takes a quarter of the time.
 * @param files the schemas
 * @param names the names that they list
 */
export function createNameEngine(files: readonly SchemaObject[], names: ReadonlySet<string>): Engine {
  const common = files.find(({ $id }) => String($id).endsWith('/stix/common.json'));
  const pattern = patternOf(common, '$defs', 'property-name', 'pattern');
  const legal = new RegExp(pattern, 'u');
  const known = new Set([...names].filter((name) => legal.test(name)));
  const matcher = {
    test: (name: string): boolean => known.has(name) || legal.test(name),
    toString: () => `names like ${pattern}`,
  };
  const engine = (source: string, flags: string): { test: (text: string) => boolean } =>
    source === pattern ? matcher : new RegExp(source, flags);
  // What ajv would write into a file; it writes none here.
  return Object.assign(engine, { code: 'new RegExp' });
}

/** All names of properties that the schemas list, at any depth. */
export function namesIn(files: readonly SchemaObject[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const file of files) collectNames(file, names);
  return names;
}

function patternOf(schema: unknown, ...path: readonly string[]): string {
  let found: unknown = schema;
  for (const name of path) found = isJsonObject(found) ? memberOf(found, name) : undefined;
  if (typeof found !== 'string') throw new Error('the schemas have no pattern for names of properties');
  return found;
}

function collectNames(schema: unknown, names: Set<string>): void {
  if (isJsonArray(schema)) for (const each of schema) collectNames(each, names);
  if (!isJsonObject(schema)) return;
  const properties = memberOf(schema, 'properties');
  if (isJsonObject(properties)) for (const name of Object.keys(properties)) names.add(name);
  for (const each of Object.values(schema)) collectNames(each, names);
}
