import type { SchemaObject } from 'ajv/dist/2020.js';
import { isJsonArray, isJsonObject } from '../json.ts';

/** Definitions of references to objects that no container holds. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'identity-ref',
  'marking-ref',
  'identifiers',
  'relationship-end',
]);

const IDENTIFIER = '/$defs/identifier';

/**
 * Makes the schemas of the observables inside the deprecated `objects` of observed data (STIX 2.1, 4.14) from the
 * schemas of the observables: `id` may be missing, and a reference names a member of the container. They lie beside
 * the others, in `embedded/`.
 * @param files those of the observables and all that they refer to in `schemas/stix`; they stay as they are
 */
export function embedSchemas(files: readonly SchemaObject[]): readonly SchemaObject[] {
  return files.map((file) => {
    const copy: SchemaObject = { $id: embeddedIdOf(file) };
    for (const [name, value] of Object.entries(file)) if (name !== '$id') copy[name] = relax(value, name);
    if (Array.isArray(copy['required'])) copy['required'] = copy['required'].filter((name) => name !== 'id');
    return copy;
  });
}

/** Where the embedded form of a schema lies. */
export function embeddedIdOf(schema: SchemaObject): string {
  return String(schema.$id).replace('/schemas/stix/', '/schemas/stix/embedded/');
}

/** @param name under which the part stands in its parent */
function relax(part: unknown, name: string): unknown {
  if (isJsonArray(part)) return part.map((each) => relax(each, ''));
  // What extensions name lies outside the container, in the feed.
  if (name === '$ref' && typeof part === 'string') return part.replace('../extensions/', '../../extensions/');
  if (!isJsonObject(part) || OUTSIDE.has(name)) return part;
  const target = part['$ref'];
  const isReference = typeof target === 'string' && target.endsWith(IDENTIFIER) && name !== 'id';
  if (isReference) return toContainedRef(part['pattern'], part['expected']);
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, relax(value, key)]));
}

/** The pattern of an id tells the types that a reference may name; without one they are all observables. */
function toContainedRef(pattern: unknown, expected: unknown): object {
  return {
    type: 'string',
    containedRef: typeof pattern === 'string' ? pattern : '^',
    expected: String(expected).replace('the id of', 'the key or id, in the same objects, of'),
  };
}
