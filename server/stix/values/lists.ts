import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonArray, memberOf, parseObjectText } from '../json.ts';

/** The files of `schemas/lists`, without their ending. */
export type ListName =
  | 'character-sets'
  | 'countries'
  | 'http-request-headers'
  | 'ipfix-elements'
  | 'iso-639-2'
  | 'language-subtags'
  | 'media-types'
  | 'pdf-document-information'
  | 'service-names'
  | 'socket-options';

/**
 * Reads one list of `schemas/lists` into a set. Each call reads the file, so keep what it gives.
 * @param packageRoot the folder with `schemas`
 * @param name the file
 * @param member the member of the file that holds the list
 * @throws Error when the file has no such list: the package is damaged.
 */
export function readList(packageRoot: string, name: ListName, member = 'values'): ReadonlySet<string> {
  const file = join(packageRoot, 'schemas', 'lists', `${name}.json`);
  const list = memberOf(parseObjectText(readFileSync(file, 'utf8')), member);
  const values = isJsonArray(list) ? list.filter((value) => typeof value === 'string') : [];
  if (values.length === 0) throw new Error(`${file} has no list "${member}"`);
  return new Set(values);
}

/** The same values in lower case: for registries whose names are compared without regard to case. */
export function toLowerCaseSet(values: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...values].map((value) => value.toLowerCase()));
}
