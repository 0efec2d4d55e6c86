import {
  AFTER_COMPARISON,
  AFTER_SET_VALUE,
  COMPARISON,
  EXISTS_AFTER_NOT,
  OPERATOR,
  OPERATOR_AFTER_NOT,
  ORDERABLE,
  PATH_AFTER_EXISTS,
  SET,
  SET_VALUE,
  VALUE,
} from './expectations.ts';
import { readOrderable, readPath, readString, readValue } from './operands.ts';
import { openBracket, type Reading } from './reading.ts';
import type { ComparisonExpression, Literal, ObjectPath } from './syntax-tree.ts';
import { toUnclosed, toUnexpected } from './unexpected.ts';

/** Reads what stands inside square brackets (STIX 2.1, 9.6): tests that AND and, looser, OR join. */
export function readComparison(reading: Reading): ComparisonExpression {
  const first = readConjunction(reading);
  const { lexer } = reading;
  if (!lexer.is('OR')) return first;
  const operands = [first];
  while (lexer.accept('OR')) operands.push(readConjunction(reading));
  return { kind: 'or', operands };
}

function readConjunction(reading: Reading): ComparisonExpression {
  const first = readTest(reading);
  const { lexer } = reading;
  if (!lexer.is('AND')) return first;
  const operands = [first];
  while (lexer.accept('AND')) operands.push(readTest(reading));
  return { kind: 'and', operands };
}

function readTest(reading: Reading): ComparisonExpression {
  const { lexer } = reading;
  if (lexer.is('name') || lexer.is('hyphenated-name')) return readOperation(reading, readPath(reading));
  if (lexer.is('(')) return readGroup(reading);
  const isNegated = lexer.accept('NOT');
  if (lexer.accept('EXISTS')) return { kind: 'exists', path: readPathAfterExists(reading), isNegated };
  throw toUnexpected(lexer, isNegated ? EXISTS_AFTER_NOT : COMPARISON);
}

function readGroup(reading: Reading): ComparisonExpression {
  const { lexer } = reading;
  const opened = openBracket(reading);
  const expression = readComparison(reading);
  if (!lexer.accept(')')) throw toUnclosed(lexer, AFTER_COMPARISON, { close: ')', opened });
  reading.depth -= 1;
  return { kind: 'group', expression };
}

function readPathAfterExists(reading: Reading): ObjectPath {
  const { lexer } = reading;
  if (lexer.is('name') || lexer.is('hyphenated-name')) return readPath(reading);
  throw toUnexpected(lexer, PATH_AFTER_EXISTS);
}

function readOperation(reading: Reading, path: ObjectPath): ComparisonExpression {
  const { lexer } = reading;
  const isNegated = lexer.accept('NOT');
  const operator = lexer.kind;
  switch (operator) {
    case '=':
    case '!=':
      lexer.advance();
      return {
        kind: 'test',
        path,
        isNegated,
        operator,
        value: readValue(reading, path.text, operator, VALUE),
      };
    case '<':
    case '<=':
    case '>':
    case '>=':
      lexer.advance();
      return {
        kind: 'test',
        path,
        isNegated,
        operator,
        value: readOrderable(reading, path.text, operator, ORDERABLE),
      };
    case 'LIKE':
    case 'MATCHES':
    case 'ISSUBSET':
    case 'ISSUPERSET':
      lexer.advance();
      return { kind: 'test', path, isNegated, operator, value: readString(reading, path.text, operator) };
    case 'IN':
      lexer.advance();
      return { kind: 'in', path, isNegated, values: readSet(reading, path.text) };
    default:
      throw toUnexpected(lexer, isNegated ? OPERATOR_AFTER_NOT : OPERATOR);
  }
}

/** A set may be empty. */
function readSet(reading: Reading, path: string): readonly Literal[] {
  const { lexer } = reading;
  const opened = lexer.start;
  if (!lexer.accept('(')) throw toUnexpected(lexer, SET);
  const values: Literal[] = [];
  if (lexer.accept(')')) return values;
  do values.push(readValue(reading, path, 'IN', SET_VALUE));
  while (lexer.accept(','));
  if (!lexer.accept(')')) throw toUnclosed(lexer, AFTER_SET_VALUE, { close: ')', opened });
  return values;
}
