import { MINUS, PLUS } from './characters.ts';
import { AFTER_INDEX, COLON, type Expectation, INDEX, PROPERTY, STRING } from './expectations.ts';
import type { Lexer } from './lexer.ts';
import { decodeBytes, decodeString } from './prefixed-literals.ts';
import type { Reading } from './reading.ts';
import type { Literal, ObjectPath, Operator, PathStep } from './syntax-tree.ts';
import { toUnclosed, toUnexpected } from './unexpected.ts';
import { toPropertyName } from './writing.ts';

/** Reads an object path (STIX 2.1, 9.7); the token is its type. */
export function readPath(reading: Reading): ObjectPath {
  const { lexer, types, paths } = reading;
  const objectType = lexer.spelling;
  lexer.advance();
  if (!lexer.accept(':')) throw toUnexpected(lexer, COLON);
  const steps: PathStep[] = [];
  let text = `${objectType}:${readProperty(lexer, steps)}`;
  for (;;) {
    if (lexer.accept('.')) text += `.${readProperty(lexer, steps)}`;
    else if (lexer.is('[')) text += readIndex(lexer, steps);
    else break;
  }
  if (types[types.length - 1] !== objectType) types.push(objectType);
  if (paths[paths.length - 1] !== text) paths.push(text);
  return { objectType, steps, text };
}

/** @returns the property as the canonical spelling has it */
function readProperty(lexer: Lexer, steps: PathStep[]): string {
  if (lexer.is('name')) {
    const name = lexer.spelling;
    steps.push({ kind: 'property', name });
    lexer.advance();
    return name;
  }
  if (!lexer.is('string')) throw toUnexpected(lexer, PROPERTY);
  const name = readText(lexer);
  steps.push({ kind: 'property', name });
  return toPropertyName(name);
}

function readIndex(lexer: Lexer, steps: PathStep[]): string {
  const opened = lexer.start;
  lexer.advance();
  const isNumber = lexer.is('integer') && lexer.text.charCodeAt(lexer.start) !== MINUS;
  if (!isNumber && !lexer.is('*')) throw toUnexpected(lexer, INDEX);
  const hasPlus = lexer.text.charCodeAt(lexer.start) === PLUS;
  const index = hasPlus ? lexer.spelling.slice(1) : lexer.spelling;
  steps.push({ kind: 'index', index });
  lexer.advance();
  if (!lexer.accept(']')) throw toUnclosed(lexer, AFTER_INDEX, { close: ']', opened });
  return `[${index}]`;
}

/** Reads the string that the token is, and goes past it. */
function readText(lexer: Lexer): string {
  const raw = lexer.text.slice(lexer.start + 1, lexer.end - 1);
  const text = lexer.isEscaped ? decodeString(raw) : raw;
  lexer.advance();
  return text;
}

/** Reads the string that some operators want (STIX 2.1, 9.6). */
export function readString(reading: Reading, path: string, operator: Operator): Literal {
  const { lexer, literals } = reading;
  if (!lexer.is('string')) throw toUnexpected(lexer, STRING);
  const text = readText(lexer);
  literals.push({ path, operator, text });
  return { kind: 'string', text };
}

/**
 * Reads a constant (STIX 2.1, 9.2), `true` and `false` among them.
 * @param expected what is told when there is none
 */
export function readValue(
  reading: Reading,
  path: string,
  operator: Operator,
  expected: Expectation,
): Literal {
  const { lexer } = reading;
  if (!lexer.is('boolean')) return readOrderable(reading, path, operator, expected);
  const value = lexer.spelling === 'true';
  lexer.advance();
  return { kind: 'boolean', value };
}

/**
 * Reads a constant that has an order.
 * @param expected what is told when there is none
 */
export function readOrderable(
  reading: Reading,
  path: string,
  operator: Operator,
  expected: Expectation,
): Literal {
  const { lexer, literals } = reading;
  const { kind, spelling } = lexer;
  switch (kind) {
    case 'string':
      return readString(reading, path, operator);
    case 'integer':
    case 'float':
      lexer.advance();
      return { kind, text: spelling };
    case 'timestamp':
      lexer.advance();
      return { kind, text: spelling.slice(2, -1) };
    case 'hex': {
      const digits = spelling.slice(2, -1);
      literals.push({ path, operator, text: decodeBytes(digits, 'hex') });
      lexer.advance();
      return { kind, digits };
    }
    case 'binary': {
      const base64 = spelling.slice(2, -1);
      literals.push({ path, operator, text: decodeBytes(base64, 'base64') });
      lexer.advance();
      return { kind, base64 };
    }
    default:
      throw toUnexpected(lexer, expected);
  }
}
