import type { SchemaObject } from 'ajv/dist/2020.js';
import { isJsonObject } from '../../json.ts';
import type { StixSchemas } from '../schema-files.ts';

/** What a schema says about the values at one place, as far as warnings need it. */
export interface Place {
  /** What the schema calls it. */
  readonly title: string | undefined;
  /** The open vocabulary of a text. */
  readonly vocabulary: string | undefined;
  /** The open vocabulary of the names of the members. */
  readonly keyVocabulary: string | undefined;
  /** The names of the members; undefined where any name is as good as another. */
  readonly known: ReadonlySet<string> | undefined;
  /** The members that hold something to look at. */
  readonly members: ReadonlyMap<string, Place>;
  /** All other members. */
  readonly others: Place | undefined;
  readonly items: Place | undefined;
}

/** Turns a schema into its places; undefined when it has nothing to look at. */
export type PlaceReader = (schema: SchemaObject) => Place | undefined;

/** What is of no type that STIX has: nothing in it can be told from a mistake. */
const FREE = ['common.json#/$defs/value', 'common.json#/$defs/extension'];

/** A schema, and the file that its references start from. */
interface Located {
  readonly schema: unknown;
  readonly file: string;
}

/** Makes a reader that follows references between the files. */
export function createPlaceReader({ files: all }: Pick<StixSchemas, 'files'>): PlaceReader {
  const files = new Map(all.map((schema) => [String(schema.$id), schema]));
  const read = new Map<unknown, Place | undefined>();

  function toPlace(located: Located): Place | undefined {
    const { schema } = located;
    if (read.has(schema)) return read.get(schema);
    // A schema that holds itself is met here again, and holds nothing new then.
    read.set(schema, undefined);
    const place = readPlace(located);
    read.set(schema, place);
    return place;
  }

  function readPlace(located: Located): Place | undefined {
    const layers = listLayers(located);
    const first = (name: string): Located | undefined => {
      const layer = layers.find(({ schema }) => memberOf(schema, name) !== undefined);
      return layer && { schema: memberOf(layer.schema, name), file: layer.file };
    };
    const title = first('title')?.schema;
    const vocabulary = first('openVocabulary')?.schema;
    const names = first('propertyNames');
    const items = first('items');
    const others = first('additionalProperties');
    const properties = layers.flatMap(({ schema, file }) =>
      membersOf(memberOf(schema, 'properties')).map(
        ([name, each]) => [name, { schema: each, file }] as const,
      ),
    );
    const isClosed = properties.length > 0 && targetOf(others) === FREE[0];
    const place: Place = {
      title: typeof title === 'string' ? title : undefined,
      vocabulary: typeof vocabulary === 'string' ? vocabulary : undefined,
      keyVocabulary: names && toPlace(names)?.vocabulary,
      known: isClosed ? new Set(properties.map(([name]) => name)) : undefined,
      members: new Map(properties.flatMap(([name, each]) => withPlace(name, toPlace(each)))),
      others: others && toPlace(others),
      items: items && toPlace(items),
    };
    return hasSomething(place) ? place : undefined;
  }

  /** A schema and those that it refers to, one after the other. */
  function listLayers(located: Located): readonly Located[] {
    const ref = memberOf(located.schema, '$ref');
    if (typeof ref !== 'string') return [located];
    if (isFree(located)) return [];
    const { href, hash } = new URL(ref, located.file);
    const file = href.slice(0, href.length - hash.length);
    const schema = hash
      .slice(1)
      .split('/')
      .filter((step) => step !== '')
      .reduce(memberOf, files.get(file));
    return [located, ...listLayers({ schema, file })];
  }

  return (schema) => toPlace({ schema, file: String(schema.$id) });
}

function withPlace(name: string, place: Place | undefined): readonly (readonly [string, Place])[] {
  return place ? [[name, place]] : [];
}

function hasSomething({ vocabulary, keyVocabulary, known, members, others, items }: Place): boolean {
  return [vocabulary, keyVocabulary, known, others, items].some(Boolean) || members.size > 0;
}

function isFree(located: Located): boolean {
  return FREE.includes(targetOf(located) ?? '');
}

/** The file's name and the path in it that a schema refers to. */
function targetOf(located: Located | undefined): string | undefined {
  const ref = memberOf(located?.schema, '$ref');
  if (!located || typeof ref !== 'string') return undefined;
  const { href } = new URL(ref, located.file);
  return href.slice(href.lastIndexOf('/', href.indexOf('#')) + 1);
}

function memberOf(schema: unknown, name: string): unknown {
  return isJsonObject(schema) && Object.hasOwn(schema, name) ? schema[name] : undefined;
}

function membersOf(schema: unknown): readonly (readonly [string, unknown])[] {
  return isJsonObject(schema) ? Object.entries(schema) : [];
}
