import { basename } from 'node:path';
import type { Ajv2020, SchemaObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { ObjectRule } from './object-rule.ts';

/** What is run for the objects of one schema. */
export interface Checks {
  readonly validate: ValidateFunction;
  readonly rules: readonly ObjectRule[];
}

/**
 * Makes a function that compiles a schema when it is first needed.
 * @param files the schema and all that it refers to
 * @param listRules gives the rules for the objects of a schema, by its name
 */
export function createCompiler(
  files: readonly SchemaObject[],
  ajv: Ajv2020,
  listRules: (name: string) => readonly ObjectRule[],
): (schema: SchemaObject) => Checks {
  const compiled = new Map<SchemaObject, Checks>();
  let hasSchemas = false;
  return (schema) => {
    const known = compiled.get(schema);
    if (known) return known;
    if (!hasSchemas) for (const file of files) ajv.addSchema(file);
    hasSchemas = true;
    const validate = ajv.getSchema(String(schema.$id));
    if (!validate) throw new Error(`the schema ${String(schema.$id)} is missing`);
    const found = { validate, rules: listRules(nameOf(schema)) };
    compiled.set(schema, found);
    return found;
  };
}

/** The name of a schema's file is that of its type. */
export function nameOf(schema: SchemaObject): string {
  return basename(String(schema.$id), '.json');
}
