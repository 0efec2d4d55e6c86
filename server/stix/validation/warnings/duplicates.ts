import type { JsonValue } from '../../../domain/held.ts';
import { parseVersionKey } from '../../../domain/timestamp.ts';
import { isJsonObject, memberOf } from '../../json.ts';
import { show } from '../describe.ts';
import type { WarningList } from './warning-list.ts';

/**
 * 203: objects of one file with the same id and the same time of `modified`. Those without a `modified` have no
 * versions, so the same id again means the same object.
 * @param objects in the order of the file
 * @param path JSON pointer of their list
 */
export function warnOfDuplicates(objects: readonly JsonValue[], path: string, list: WarningList): void {
  const seen = new Map<string, number>();
  objects.forEach((object, index) => {
    const key = toVersionKey(object);
    if (key === undefined) return;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    else list.add(203, `${path}/${index}/modified`, () => describeDuplicate(object, first));
  });
}

function toVersionKey(object: JsonValue): string | undefined {
  if (!isJsonObject(object)) return undefined;
  const id = memberOf(object, 'id');
  const modified = memberOf(object, 'modified');
  if (typeof id !== 'string' || typeof modified !== 'string') return undefined;
  return `${id} ${parseVersionKey(modified) ?? modified}`;
}

function describeDuplicate(object: JsonValue, first: number): string {
  const id = isJsonObject(object) ? memberOf(object, 'id') : undefined;
  return `is there twice: object ${first} has the same id ${show(id)} and the same time`;
}
