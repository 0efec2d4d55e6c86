import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isJsonArray, isJsonObject, memberOf } from '../stix/json.ts';
import { textOf } from './framework.ts';

/** The ids of the markings that objects have, on the whole or on parts of them (STIX 2.1, 7.2). */
export function markingsOn(marked: readonly { readonly object: JsonObject }[]): ReadonlySet<StixId> {
  return new Set(
    marked.flatMap(({ object }) => [
      ...itemsOf(object, 'object_marking_refs').filter((id) => typeof id === 'string'),
      ...itemsOf(object, 'granular_markings')
        .filter((granular) => isJsonObject(granular))
        .map((granular) => textOf(granular, 'marking_ref')),
    ]),
  );
}

function itemsOf(object: JsonObject, name: string): readonly JsonValue[] {
  const value = memberOf(object, name);
  return isJsonArray(value) ? value : [];
}
