import { parseVersionKey } from '../../domain/timestamp.ts';
import { isBase64Digit, isHexDigit } from './characters.ts';
import { Unreadable } from './fault.ts';
import { quote } from './lexical-faults.ts';

/** Literals with a letter before the quote: `t'..'`, `h'..'` and `b'..'` (STIX 2.1, 9.2). */
export type PrefixedKind = 'timestamp' | 'hex' | 'binary';

/**
 * Checks the literal whose letter stands at `start` and whose quote follows it.
 * @returns where it ends, after the closing quote
 * @throws Unreadable when what stands between the quotes is not of the kind
 */
export function checkPrefixed(text: string, start: number, kind: PrefixedKind): number {
  const close = text.indexOf("'", start + 2);
  if (close < 0) {
    throw new Unreadable(start, `The ${kind} literal that begins here has no closing single quote.`);
  }
  const problem = findProblem(text, start + 2, close, kind);
  if (problem === undefined) return close + 1;
  throw new Unreadable(start, `${quote(text.slice(start, close + 1))} ${problem}`);
}

function findProblem(text: string, from: number, to: number, kind: PrefixedKind): string | undefined {
  if (kind === 'timestamp') return findTimestampProblem(text.slice(from, to));
  return kind === 'hex' ? findHexProblem(text, from, to) : findBase64Problem(text, from, to);
}

function findTimestampProblem(written: string): string | undefined {
  if (parseVersionKey(written) !== undefined) return undefined;
  const form = "is not a real date and time of the form t'YYYY-MM-DDTHH:MM:SS.sssZ'.";
  if (written.length < 19) return form;
  if (written.charAt(10) !== 'T') return `${form} An upper-case T stands between date and time.`;
  return written.endsWith('Z') ? form : `${form} It ends in an upper-case Z.`;
}

function findHexProblem(text: string, from: number, to: number): string | undefined {
  for (let at = from; at < to; at += 1) {
    if (!isHexDigit(text.charCodeAt(at))) return 'has something else than hexadecimal digits in it.';
  }
  return (to - from) % 2 === 0 ? undefined : 'has an odd number of digits; a byte is two of them.';
}

/** The grammar takes whole groups of four characters, padded with `=`, and at least one of them. */
function findBase64Problem(text: string, from: number, to: number): string | undefined {
  if (to === from) return 'is empty; it holds base64 of one byte or more.';
  let end = to;
  while (end > from && end > to - 2 && text.charAt(end - 1) === '=') end -= 1;
  for (let at = from; at < end; at += 1) {
    if (!isBase64Digit(text.charCodeAt(at))) return 'has something else than base64 (A-Z a-z 0-9 + /) in it.';
  }
  return (to - from) % 4 === 0
    ? undefined
    : 'is not base64 in groups of four characters, filled up with "=".';
}

/** What the characters between the quotes of a string mean: `\'` is a quote and `\\` a backslash. */
export function decodeString(escaped: string): string {
  return escaped.replaceAll(/\\(.)/g, '$1');
}

/** The bytes of a hex or binary literal as text: what is not UTF-8 between what is hides nothing. */
export function decodeBytes(digits: string, encoding: 'hex' | 'base64'): string {
  return Buffer.from(digits, encoding).toString('utf8');
}
