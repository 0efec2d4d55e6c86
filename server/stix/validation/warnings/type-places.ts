import type { SchemaObject } from 'ajv/dist/2020.js';
import type { JsonObject } from '../../../domain/held.ts';
import { isObservable } from '../../kinds.ts';
import { DEFINED_TYPES, type StixSchemas } from '../schema-files.ts';
import { membersAt } from './members-at.ts';
import { createPlaceReader, type Place } from './places.ts';

/** Finds what the schema of an object's type has to look at. Each schema is read once, when it is first needed. */
export type PlaceFinder = (object: JsonObject, type: string) => Place;

const NOWHERE: Place = {
  title: undefined,
  vocabulary: undefined,
  keyVocabulary: undefined,
  known: undefined,
  members: new Map(),
  others: undefined,
  items: undefined,
};

/** Common properties that say nothing of objects of these types (STIX 2.1, 7.1 and 7.3). */
const NOT_APPLICABLE: ReadonlyMap<string, readonly string[]> = new Map([
  ['extension-definition', ['confidence', 'lang', 'extensions']],
  ['language-content', ['lang']],
]);

/** @returns the finder; of a type that no schema describes it finds the common properties, and lets any other pass */
export function createPlaceFinder(schemas: StixSchemas): PlaceFinder {
  const read = createPlaceReader(schemas);
  const found = new Map<string, Place>();

  function findType(type: string, schema: SchemaObject): Place {
    const place = found.get(type) ?? withoutNames(read(schema) ?? NOWHERE, NOT_APPLICABLE.get(type) ?? []);
    found.set(type, place);
    return place;
  }

  return (object, type) => {
    const schema = schemas.types.get(type);
    if (schema) return findType(type, schema);
    const defined = schemaOfDefined(schemas, object);
    if (defined) return read(defined) ?? NOWHERE;
    const custom = isObservable(object, type) ? schemas.customObservable : schemas.customObject;
    return { ...(read(custom) ?? NOWHERE), known: undefined };
  };
}

function withoutNames(place: Place, names: readonly string[]): Place {
  const known = place.known && new Set([...place.known].filter((name) => !names.includes(name)));
  return { ...place, known };
}

function schemaOfDefined(schemas: StixSchemas, object: JsonObject): SchemaObject | undefined {
  const extensions = membersAt(object, ['extensions']);
  for (const id of DEFINED_TYPES.keys()) if (Object.hasOwn(extensions, id)) return schemas.defined.get(id);
  return undefined;
}
