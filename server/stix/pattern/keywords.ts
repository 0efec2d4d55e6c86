import { isOneEditAway } from '../../domain/nearest-name.ts';

/** The words of the language; written in upper case, and no names (STIX 2.1, 9). */
const KEYWORDS = [
  'AND',
  'OR',
  'NOT',
  'FOLLOWEDBY',
  'LIKE',
  'MATCHES',
  'ISSUPERSET',
  'ISSUBSET',
  'EXISTS',
  'LAST',
  'IN',
  'START',
  'STOP',
  'SECONDS',
  'WITHIN',
  'REPEATS',
  'TIMES',
] as const;
export type Keyword = (typeof KEYWORDS)[number];

/** The words by their spelling; `true` and `false` are words too. */
const words: ReadonlyMap<string, Keyword | 'boolean'> = new Map<string, Keyword | 'boolean'>([
  ...KEYWORDS.map((word) => [word, word] as const),
  ['true', 'boolean'],
  ['false', 'boolean'],
]);

/** What a word is when it is no name. */
export function findWord(text: string): Keyword | 'boolean' | undefined {
  return words.get(text);
}

/**
 * The word that was probably meant: the same in upper case, one character or one swap away, or begun or ended so.
 * @param candidates the words that may stand at the place
 */
export function findMeantWord(text: string, candidates: readonly string[]): string | undefined {
  const upper = text.slice(0, 20).toUpperCase();
  return (
    candidates.find((word) => word === upper) ??
    candidates.find((word) => word.length > 3 && isOneEditAway(upper, word)) ??
    candidates.find((word) => upper.length > 3 && (word.startsWith(upper) || word.endsWith(upper)))
  );
}
