import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type SchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseTaxiiTimestamp } from '../domain/timestamp.ts';

/** What `schemas/api/openapi.json` says: it is both what clients read and what requests are checked against. */
export interface ApiDescription {
  /** The document as it is served. */
  readonly bytes: Buffer;
  /** Makes a check for one of its schemas. */
  compile<T>(schema: string): ValidateFunction<T>;
}

/** What the formats of the document mean. */
export const FORMATS = {
  'date-time': (text: string) => parseTaxiiTimestamp(text) !== undefined,
  uri: (text: string) => URL.canParse(text),
};

/** @param packageRoot the folder with `schemas` */
export function readApiDescription(packageRoot: string): ApiDescription {
  const bytes = readFileSync(join(packageRoot, 'schemas/api/openapi.json'));
  const ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    discriminator: true,
    formats: FORMATS,
  });
  const document = parseSchema(bytes.toString('utf8'));
  // The document has schemas in it and is none.
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, 'openapi.json');
  return {
    bytes,
    compile: <T>(schema: string) => ajv.compile<T>({ $ref: `openapi.json#/components/schemas/${schema}` }),
  };
}

function parseSchema(text: string): SchemaObject {
  return JSON.parse(text) as SchemaObject;
}
