import { type Expectation, PROPERTY, VALUES } from './expectations.ts';
import { toPosition, Unreadable } from './fault.ts';
import { findMeantWord, findWord } from './keywords.ts';
import type { Lexer } from './lexer.ts';
import { quote } from './lexical-faults.ts';

/** A bracket that is open: how it is closed, and where it was opened. */
export interface OpenBracket {
  readonly close: ']' | ')';
  readonly opened: number;
}

const VISIBLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const STRAY_QUOTES = '\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00b4\u0060\u2032';
const stray: ReadonlyMap<string, string> = new Map([
  ...Array.from(STRAY_QUOTES, (mark) => [mark, "Use the straight single quote (')."] as const),
  ['&', 'Write AND.'],
  ['|', 'Write OR.'],
  ['~', 'Write MATCHES for a regular expression.'],
  ['!', 'Write != or NOT.'],
]);
/** How many seconds the units have that are no part of the language. */
const units: ReadonlyMap<string, number> = new Map([
  ['MINUTE', 60],
  ['HOUR', 3600],
  ['DAY', 86_400],
  ['WEEK', 604_800],
]);

/** The fault of a token that may not stand where it does: what was found, what was expected, what to write. */
export function toUnexpected(lexer: Lexer, expected: Expectation, hint?: string): Unreadable {
  return toFaultOf(lexer, expected, expected.what, hint);
}

/** The same for what follows an expression inside a bracket that could be closed here. */
export function toUnclosed(lexer: Lexer, expected: Expectation, bracket: OpenBracket): Unreadable {
  const { line, column } = toPosition(lexer.text, bracket.opened);
  const open = bracket.close === ']' ? '[' : '(';
  const closing = `"${bracket.close}" for the "${open}" at line ${line}, column ${column}`;
  return toFaultOf(lexer, expected, expected.what === '' ? closing : `${expected.what} or ${closing}`);
}

/** The same for what follows the whole pattern. */
export function toTrailing(lexer: Lexer, expected: Expectation): Unreadable {
  return toFaultOf(lexer, expected, `${expected.what} or the end of the pattern`);
}

function toFaultOf(lexer: Lexer, expected: Expectation, what: string, hint?: string): Unreadable {
  const advice = hint ?? findHint(lexer, expected);
  const end = advice === undefined ? '' : ` ${advice}`;
  return new Unreadable(lexer.start, `Found ${describeFound(lexer)}, expected ${what}.${end}`);
}

function describeFound(lexer: Lexer): string {
  if (lexer.kind === 'end') return 'the end of the pattern';
  if (lexer.kind === 'double-quoted') return 'a text in double quotes';
  const { spelling } = lexer;
  if (lexer.kind !== 'unknown' || VISIBLE.test(spelling)) return quote(spelling);
  const code = spelling.codePointAt(0) ?? 0;
  return `the character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function findHint(lexer: Lexer, expected: Expectation): string | undefined {
  const { kind, spelling } = lexer;
  if (kind === 'name') return findHintForName(spelling, expected) ?? expected.hints?.name;
  if (kind === 'double-quoted') return 'Use single quotes instead of double quotes.';
  if (kind === 'unknown') return findHintForUnknown(spelling, expected);
  if (expected === PROPERTY && (kind === 'hyphenated-name' || findWord(spelling) !== undefined)) {
    const shown = spelling.length > 40 ? '..' : spelling;
    return `As a property name it stands in single quotes: '${shown}'.`;
  }
  return expected.hints?.[kind];
}

function findHintForName(name: string, expected: Expectation): string | undefined {
  const word = findMeantWord(name, expected.keywords);
  if (word !== undefined) {
    return name.toUpperCase() === word ? `Keywords are in upper case: ${word}.` : `Did you mean ${word}?`;
  }
  if (!VALUES.has(expected)) return undefined;
  const lower = name.slice(0, 10).toLowerCase();
  if (lower === 'true' || lower === 'false') return `Write ${lower} in lower case.`;
  if (lower === 'null' || lower === 'none') return 'There is no such value; write NOT EXISTS before a path.';
  return undefined;
}

function findHintForUnknown(character: string, expected: Expectation): string | undefined {
  const hint = stray.get(character);
  if (hint !== undefined) return hint;
  if (VALUES.has(expected)) return expected.hints?.name;
  if (!/^[\p{L}\p{N}]$/u.test(character)) return undefined;
  return 'Outside of single quotes names have the letters A-Z and a-z, digits and "_" only.';
}

/** What to write instead of a time in minutes, hours or days. */
export function findUnitHint(count: string, unit: string): string | undefined {
  const singular = unit.slice(0, 20).toUpperCase().replace(/S$/, '');
  const seconds = Number(count) * (units.get(singular) ?? NaN);
  if (!Number.isFinite(seconds)) return undefined;
  return `The only unit is SECONDS: write ${seconds} SECONDS.`;
}
