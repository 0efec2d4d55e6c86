import { readComparison } from './comparisons.ts';
import { AFTER_COMPARISON, AFTER_OBSERVATION, OBSERVATION } from './expectations.ts';
import { type PatternFault, toFault, Unreadable } from './fault.ts';
import type { Keyword } from './keywords.ts';
import { readDistinctQualifiers, readQualifiers } from './qualifiers.ts';
import { openBracket, type Reading, startReading } from './reading.ts';
import type { ObservationExpression, Pattern } from './syntax-tree.ts';
import { toTrailing, toUnclosed, toUnexpected } from './unexpected.ts';

/** The longest pattern that is read, in UTF-16 units. */
export const MAX_PATTERN_LENGTH = 65_536;

/**
 * Reads a STIX pattern (STIX 2.1, 9) in linear time.
 * @returns the pattern, or its first fault: a syntax fault, one too long, or one that nests too deep
 */
export function parsePattern(text: string): Pattern | PatternFault {
  try {
    if (text.length > MAX_PATTERN_LENGTH) {
      throw new Unreadable(
        MAX_PATTERN_LENGTH,
        `The pattern has ${text.length} characters; ${MAX_PATTERN_LENGTH} are read at most.`,
      );
    }
    return readPattern(startReading(text));
  } catch (error) {
    if (error instanceof Unreadable) return toFault(text, error);
    throw error;
  }
}

function readPattern(reading: Reading): Pattern {
  const expression = readObservations(reading);
  const { lexer, types, paths, literals } = reading;
  if (!lexer.is('end')) throw toTrailing(lexer, AFTER_OBSERVATION);
  return {
    kind: 'pattern',
    expression,
    observableTypes: types.length > 1 ? [...new Set(types)].sort() : types,
    propertyPaths: paths.length > 1 ? [...new Set(paths)] : paths,
    literals,
  };
}

/** FOLLOWEDBY is loosest, then OR, then AND (STIX 2.1, 9.5.2). */
function readObservations(reading: Reading): ObservationExpression {
  return readJoined(reading, 'FOLLOWEDBY', 'followed-by', readAlternatives);
}

function readAlternatives(reading: Reading): ObservationExpression {
  return readJoined(reading, 'OR', 'or', readConjunction);
}

function readConjunction(reading: Reading): ObservationExpression {
  return readJoined(reading, 'AND', 'and', readObservation);
}

function readJoined(
  reading: Reading,
  word: Keyword,
  kind: 'and' | 'or' | 'followed-by',
  readOperand: (reading: Reading) => ObservationExpression,
): ObservationExpression {
  const first = readOperand(reading);
  const { lexer } = reading;
  if (!lexer.is(word)) return first;
  const operands = [first];
  while (lexer.accept(word)) operands.push(readOperand(reading));
  return { kind, operands };
}

function readObservation(reading: Reading): ObservationExpression {
  const { lexer } = reading;
  if (lexer.is('(')) return readGroup(reading);
  if (!lexer.is('[')) throw toUnexpected(lexer, OBSERVATION);
  const opened = openBracket(reading);
  const comparison = readComparison(reading);
  if (!lexer.accept(']')) throw toUnclosed(lexer, AFTER_COMPARISON, { close: ']', opened });
  reading.depth -= 1;
  return { kind: 'observation', comparison, qualifiers: readDistinctQualifiers(lexer) };
}

function readGroup(reading: Reading): ObservationExpression {
  const { lexer } = reading;
  const opened = openBracket(reading);
  const expression = readObservations(reading);
  if (!lexer.accept(')')) throw toUnclosed(lexer, AFTER_OBSERVATION, { close: ')', opened });
  reading.depth -= 1;
  return { kind: 'group', expression, qualifiers: readQualifiers(lexer) };
}
