import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject, type SchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Collection } from '../domain/collection.ts';
import { findPackageRoot } from './package-root.ts';

/** A collection as its file has it: a list that is missing is an empty one. */
type CollectionFile = Pick<Collection, 'id' | 'alias' | 'title' | 'description' | 'release'> &
  Partial<Pick<Collection, 'apiRoot' | 'references' | 'read' | 'write' | 'stixVersions'>>;

/** Turns the text of a collection file into a collection, or into one line for each problem. */
export type ParseCollection = (
  text: string,
) => { readonly collection: Collection } | { readonly problems: readonly string[] };

const SHOWN_LENGTH = 80;

/** Reads the schema of collection files and makes a parser that checks against it. */
export function createCollectionParser(): ParseCollection {
  const schema = parseSchema(readFileSync(join(findPackageRoot(), 'schemas/config/collection.json'), 'utf8'));
  const isCollectionFile = new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
  }).compile<CollectionFile>(schema);
  return (text) => parseCollection(text, isCollectionFile);
}

function parseSchema(text: string): SchemaObject {
  return JSON.parse(text) as SchemaObject;
}

function parseCollection(
  text: string,
  isCollectionFile: ValidateFunction<CollectionFile>,
): ReturnType<ParseCollection> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    return { problems: [`found no JSON (${reason}), wanted one JSON object. Correct the file.`] };
  }
  if (isCollectionFile(data)) return { collection: toCollection(data) };
  const errors = isCollectionFile.errors ?? [];
  return { problems: errors.filter((error) => error.keyword !== 'if').map(describeError) };
}

function toCollection(file: CollectionFile): Collection {
  return {
    ...file,
    apiRoot: file.apiRoot ?? 'feed',
    references: file.references ?? [],
    read: file.read ?? [],
    write: file.write ?? [],
    stixVersions: file.stixVersions ?? ['2.1'],
  };
}

function describeError(error: ErrorObject): string {
  const place = error.instancePath === '' ? '' : `${error.instancePath}: `;
  const params: Readonly<Record<string, unknown>> = error.params;
  if (error.keyword === 'required') {
    return `${place}found no property ${JSON.stringify(params['missingProperty'])}, wanted one. Add it.`;
  }
  if (error.keyword === 'additionalProperties') {
    const name = JSON.stringify(params['additionalProperty']);
    return `${place}found a property ${name}, wanted only those that schemas/config/collection.json names. Remove it.`;
  }
  const description: unknown = error.parentSchema?.['description'];
  const wanted = typeof description === 'string' ? description : (error.message ?? 'something else');
  return `${place}found ${showValue(error.data)}, wanted ${wanted}. Correct it.`;
}

function showValue(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)} and more` : text;
}
