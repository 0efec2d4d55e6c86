import { isTypeName } from '../identifier.ts';
import { listComparisons } from './comparison-list.ts';
import { quote } from './lexical-faults.ts';
import type { Pattern } from './syntax-tree.ts';

/** A name in a pattern that no object can have. */
export interface IllegalName {
  readonly name: string;
  readonly message: string;
}

const PROPERTY_NAME = /^[a-z0-9_]{3,250}$/;
const TYPE_FORM =
  'a type has 3 to 250 characters of a-z, 0-9 and single hyphens, begins with a letter and ends without a hyphen';
const PROPERTY_FORM = 'a property name has 3 to 250 characters of a-z, 0-9 and "_"';

/**
 * Finds object types, and names of their own properties, that do not have the form STIX 2.1 demands (2.9 and
 * 3.1). Names further along a path are keys of dictionaries, extensions or hashes, where other rules hold.
 * @returns each name once, types and properties in the order of the pattern
 */
export function findIllegalNames(pattern: Pattern): readonly IllegalName[] {
  const found = new Map<string, IllegalName>();
  for (const { path } of listComparisons(pattern)) {
    const { objectType, steps } = path;
    if (!isTypeName(objectType)) {
      const meant = objectType.toLowerCase().replaceAll('_', '-');
      found.set(`type ${objectType}`, describe(objectType, TYPE_FORM, isTypeName(meant) ? meant : undefined));
    }
    const [first] = steps;
    if (first?.kind !== 'property' || isPropertyName(first.name)) continue;
    const meant = first.name.toLowerCase().replaceAll('-', '_');
    const meantName = isPropertyName(meant) ? meant : undefined;
    found.set(`property ${first.name}`, describe(first.name, PROPERTY_FORM, meantName));
  }
  return [...found.values()];
}

/** `id` is the only name of two characters. */
function isPropertyName(name: string): boolean {
  return name === 'id' || PROPERTY_NAME.test(name);
}

function describe(name: string, form: string, meant: string | undefined): IllegalName {
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return { name, message: `Found ${quote(name)} in the pattern, but ${form}.${hint}` };
}
