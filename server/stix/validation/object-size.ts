import type { JsonValue } from '../../domain/held.ts';
import { isJsonArray, isJsonObject } from '../json.ts';

/** With more values than this in one object, looking for all its faults would take too long: the first one is told. */
export const MAX_EXPLAINED_VALUES = 25_000;

/** Whether an object has more values than are all looked at. */
export function isLarge(value: JsonValue): boolean {
  const open: JsonValue[] = [value];
  let count = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    count += 1;
    const members = isJsonArray(next) ? next : isJsonObject(next) ? Object.values(next) : [];
    if (count + open.length + members.length > MAX_EXPLAINED_VALUES) return true;
    for (const member of members) open.push(member);
  }
  return false;
}
