import { CHANNEL, NARRATIVE } from '../extension-ids.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SchemaObject } from 'ajv/dist/2020.js';
import { createListChecks, type ListChecks } from '../values/list-checks.ts';

/** The schemas of `schemas/stix` and `schemas/extensions`. */
export interface StixSchemas {
  /** Every file, by its `$id`. */
  readonly files: readonly SchemaObject[];
  /** The schema of each object type of STIX 2.1, `bundle` among them. */
  readonly types: ReadonlyMap<string, SchemaObject>;
  /** The schemas of objects whose type STIX does not define. */
  readonly customObject: SchemaObject;
  readonly customObservable: SchemaObject;
  /** The schemas of the types that our own extensions define, by the extension-definition's id. */
  readonly defined: ReadonlyMap<string, SchemaObject>;
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** What is checked against the lists of registries. */
  readonly lists: ListChecks;
}

/** An open vocabulary: other values are allowed, and give a warning. */
export interface Vocabulary {
  /** The number that the OASIS validator gives the warning; null where it has none. */
  readonly warning: number | null;
  readonly values: readonly string[];
}

/** Files of `schemas/stix` that describe no type. */
const SHARED = ['common', 'predefined-extensions', 'custom-object', 'custom-observable'];
const VOCABULARIES = 'vocabularies';

/** The types that our extensions of the kind new-sdo define, by the extension-definition's id. */
export const DEFINED_TYPES: ReadonlyMap<string, string> = new Map([
  [NARRATIVE, 'narrative'],
  [CHANNEL, 'channel'],
]);

/**
 * Reads all schemas.
 * @param packageRoot the folder with `schemas`
 */
export function readStixSchemas(packageRoot: string): StixSchemas {
  const stix = readFolder(join(packageRoot, 'schemas/stix'));
  const extensions = readFolder(join(packageRoot, 'schemas/extensions'));
  const vocabularies = Object.entries(stix.get(VOCABULARIES) ?? {});
  stix.delete(VOCABULARIES);
  const defined = [...DEFINED_TYPES].map(([id, type]) => [id, requireSchema(extensions, type)] as const);
  return {
    files: [...stix.values(), ...extensions.values()],
    types: new Map([...stix].filter(([name]) => !SHARED.includes(name))),
    customObject: requireSchema(stix, 'custom-object'),
    customObservable: requireSchema(stix, 'custom-observable'),
    defined: new Map(defined),
    lists: createListChecks(packageRoot),
    vocabularies: new Map(vocabularies.map(([name, value]) => [name, parseVocabulary(value)])),
  };
}

function readFolder(folder: string): Map<string, SchemaObject> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return new Map(
    files
      .sort()
      .map((name) => [basename(name, '.json'), parseSchema(readFileSync(join(folder, name), 'utf8'))]),
  );
}

function requireSchema(schemas: ReadonlyMap<string, SchemaObject>, name: string): SchemaObject {
  const schema = schemas.get(name);
  if (!schema) throw new Error(`the schema ${name}.json is missing`);
  return schema;
}

function parseSchema(text: string): SchemaObject {
  return JSON.parse(text) as SchemaObject;
}

function parseVocabulary(value: unknown): Vocabulary {
  return value as Vocabulary;
}
