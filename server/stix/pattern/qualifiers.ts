import { MINUS } from './characters.ts';
import {
  type Expectation,
  REPEATS_NUMBER,
  SECONDS,
  START_TIMESTAMP,
  STOP,
  STOP_TIMESTAMP,
  TIMES,
  WITHIN_NUMBER,
} from './expectations.ts';
import { Unreadable } from './fault.ts';
import type { Lexer } from './lexer.ts';
import type { Qualifier } from './syntax-tree.ts';
import { findUnitHint, toUnexpected } from './unexpected.ts';

const NONE: readonly Qualifier[] = [];

/** Reads the qualifiers after a group, which may repeat (STIX 2.1, 9.5.1). */
export function readQualifiers(lexer: Lexer): readonly Qualifier[] {
  if (!beginsQualifier(lexer)) return NONE;
  const qualifiers: Qualifier[] = [];
  while (beginsQualifier(lexer)) qualifiers.push(readQualifier(lexer));
  return qualifiers;
}

/**
 * Reads the qualifiers after a single observation.
 * @throws Unreadable at one of a kind that stands there already
 */
export function readDistinctQualifiers(lexer: Lexer): readonly Qualifier[] {
  if (!beginsQualifier(lexer)) return NONE;
  const qualifiers: Qualifier[] = [];
  while (beginsQualifier(lexer)) {
    const { start, spelling } = lexer;
    const qualifier = readQualifier(lexer);
    if (qualifiers.some(({ kind }) => kind === qualifier.kind)) {
      throw new Unreadable(start, `Found ${spelling} twice after one observation, where it may stand once.`);
    }
    qualifiers.push(qualifier);
  }
  return qualifiers;
}

function beginsQualifier(lexer: Lexer): boolean {
  return lexer.is('WITHIN') || lexer.is('REPEATS') || lexer.is('START');
}

function readQualifier(lexer: Lexer): Qualifier {
  if (lexer.accept('WITHIN')) {
    const seconds = readCount(lexer, lexer.is('integer') || lexer.is('float'), WITHIN_NUMBER);
    if (!lexer.is('SECONDS')) {
      const hint = lexer.is('name') ? findUnitHint(seconds, lexer.spelling) : undefined;
      throw toUnexpected(lexer, SECONDS, hint);
    }
    lexer.advance();
    return { kind: 'within', seconds };
  }
  if (lexer.accept('REPEATS')) {
    const times = readCount(lexer, lexer.is('integer'), REPEATS_NUMBER);
    if (!lexer.accept('TIMES')) throw toUnexpected(lexer, TIMES);
    return { kind: 'repeats', times };
  }
  lexer.advance();
  const start = readTimestamp(lexer, START_TIMESTAMP);
  if (!lexer.accept('STOP')) throw toUnexpected(lexer, STOP);
  return { kind: 'start-stop', start, stop: readTimestamp(lexer, STOP_TIMESTAMP) };
}

function readCount(lexer: Lexer, isOfKind: boolean, expected: Expectation): string {
  if (!isOfKind || lexer.text.charCodeAt(lexer.start) === MINUS) throw toUnexpected(lexer, expected);
  const count = lexer.spelling;
  lexer.advance();
  return count;
}

function readTimestamp(lexer: Lexer, expected: Expectation): string {
  if (!lexer.is('timestamp')) throw toUnexpected(lexer, expected);
  const timestamp = lexer.spelling.slice(2, -1);
  lexer.advance();
  return timestamp;
}
