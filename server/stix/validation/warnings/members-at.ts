import type { JsonObject } from '../../../domain/held.ts';
import { isJsonObject, memberOf } from '../../json.ts';

const NOTHING: JsonObject = {};

/** The object at a path of names; an empty one when there is none. */
export function membersAt(object: JsonObject, path: readonly string[]): JsonObject {
  let found = object;
  for (const name of path) {
    const member = memberOf(found, name);
    if (!isJsonObject(member)) return NOTHING;
    found = member;
  }
  return found;
}
