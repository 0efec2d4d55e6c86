import { isLowercaseHyphenated } from '../../values/word-form.ts';
import { show } from '../describe.ts';
import type { StixSchemas, Vocabulary } from '../schema-files.ts';
import { isWarningCode, type WarningCode } from './catalogue.ts';
import { suggestName } from './custom-names.ts';
import type { WarningList } from './warning-list.ts';

/** Checks a value of an open vocabulary. */
export type VocabularyCheck = (value: string, path: string, list: WarningList) => void;

/** Longer vocabularies are named, not listed. */
const MAX_LISTED = 8;
/** Names of hash algorithms that begin like this are private ones. */
const PRIVATE_HASH = 'x_';
const HASHES = 'hash-algorithm-ov';
const MAX_HASH_NAME = 30;

/**
 * The checks of all open vocabularies, by their names.
 * @throws Error when a vocabulary names a warning that does not exist: the package is damaged.
 */
export function createVocabularyChecks(schemas: StixSchemas): ReadonlyMap<string, VocabularyCheck> {
  const checks = [...schemas.vocabularies].map(
    ([name, vocabulary]) => [name, createCheck(name, vocabulary)] as const,
  );
  const hashes = new Map(checks).get(HASHES);
  return new Map([...checks, ...(hashes ? [[HASHES, createHashCheck(hashes)] as const] : [])]);
}

function createCheck(name: string, vocabulary: Vocabulary): VocabularyCheck {
  const code = toCode(name, vocabulary);
  const values = new Set(vocabulary.values);
  // The names of hash algorithms have capitals.
  const isLowercase = vocabulary.values.every(isLowercaseHyphenated);
  return (value, path, list) => {
    if (values.has(value)) return;
    list.add(code, path, () => describeValue(name, vocabulary.values, value));
    if (isLowercase && !isLowercaseHyphenated(value)) list.add(111, path, () => describeForm(value));
  };
}

function createHashCheck(check: VocabularyCheck): VocabularyCheck {
  return (name, path, list) => {
    if (!name.startsWith(PRIVATE_HASH)) check(name, path, list);
    if (name.length <= MAX_HASH_NAME) return;
    list.add(150, path, () => `expected a name of at most ${MAX_HASH_NAME} characters, found ${show(name)}`);
  };
}

function toCode(name: string, { warning }: Vocabulary): WarningCode {
  if (warning === null) return 'extension-vocabulary';
  if (isWarningCode(warning)) return warning;
  throw new Error(`the vocabulary ${name} names a warning that does not exist: ${String(warning)}`);
}

function describeValue(name: string, values: readonly string[], value: string): string {
  const wanted = values.length > MAX_LISTED ? `a value of ${name}` : `one of ${values.join(', ')}`;
  return `expected ${wanted}, found ${show(value)}${suggestName(value, values)}`;
}

/** What the warnings about the form of a word say. */
export function describeForm(value: string): string {
  return `expected lower case with hyphens between words, found ${show(value)}`;
}
