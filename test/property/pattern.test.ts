import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isPatternFault, toPosition } from '../../server/stix/pattern/fault.ts';
import { listComparisons } from '../../server/stix/pattern/comparison-list.ts';
import { findIllegalHashes } from '../../server/stix/pattern/hashes.ts';
import { findIllegalNames } from '../../server/stix/pattern/names.ts';
import { parsePattern } from '../../server/stix/pattern/parser.ts';
import type { Pattern } from '../../server/stix/pattern/syntax-tree.ts';
import { toPropertyName, toStringLiteral } from '../../server/stix/pattern/writing.ts';
import { listTokens } from '../support/pattern-printer.ts';
import { expressionArb, textArb } from '../support/random-patterns.ts';
import { readRandomRuns } from '../support/random-runs.ts';

const FACTOR = 10;

const PIECES =
  '[ ] ( ) \' " , : . * = == != <> < <= > >= + - / // /* */ \\ AND OR NOT IN LIKE EXISTS FOLLOWEDBY WITHIN REPEATS ' +
  "START STOP SECONDS TIMES LAST true false file name x-y _ 0 01 5 1.5 .5 1e5 0x1 t' h' b' t'2020-01-01T00:00:00Z' " +
  "h'ff' b'aGk=' 'a' and null \u2003 \u200b \ud800 \u{1f600}";

/** What is printed between two tokens; comments only where they may stand. */
const blankArb = fc.constantFrom(
  ' ',
  '\n',
  '\t \r\n',
  '\u2003\u00a0',
  ' /* [ */ ',
  "/* ' */",
  '/**/',
  " // '\n",
);

function requirePattern(text: string): Pattern {
  const result = parsePattern(text);
  assert.ok(!isPatternFault(result), JSON.stringify([text, result]));
  return result;
}

describe('reading patterns', () => {
  test('a syntax tree that is written and read is the same tree (STIX 2.1, 9)', (t) => {
    fc.assert(
      fc.property(expressionArb, (expression) => {
        assert.deepEqual(requirePattern(listTokens(expression).join(' ')).expression, expression);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('blanks and comments after the first bracket change nothing (STIX 2.1, 9)', (t) => {
    fc.assert(
      fc.property(expressionArb, fc.infiniteStream(blankArb), (expression, blanks) => {
        const tokens = listTokens(expression);
        const first = tokens.indexOf('[');
        const after = tokens.slice(first).map((token) => `${token}${blanks.next().value ?? ''}`);
        const text = tokens.slice(0, first).join(' \n') + after.join('');
        assert.deepEqual(requirePattern(text).expression, expression, JSON.stringify(text));
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('the lists of types, paths and literals hold what stands in the tree', (t) => {
    fc.assert(
      fc.property(expressionArb, (expression) => {
        const pattern = requirePattern(listTokens(expression).join(' '));
        const comparisons = listComparisons(pattern);
        const types = new Set(comparisons.map(({ path }) => path.objectType));
        assert.deepEqual(pattern.observableTypes, [...types].sort());
        assert.deepEqual(pattern.propertyPaths, [...new Set(comparisons.map(({ path }) => path.text))]);
        const literals = comparisons.flatMap((comparison) => {
          if (comparison.kind === 'exists') return [];
          const operator = comparison.kind === 'in' ? 'IN' : comparison.operator;
          const values = comparison.kind === 'in' ? comparison.values : [comparison.value];
          return values.flatMap((value) => {
            const text = value.kind === 'string' ? value.text : decode(value);
            return text === undefined ? [] : [{ path: comparison.path.text, operator, text }];
          });
        });
        assert.deepEqual(pattern.literals, literals);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a canonical path is read as the same path', (t) => {
    fc.assert(
      fc.property(expressionArb, (expression) => {
        const { propertyPaths } = requirePattern(listTokens(expression).join(' '));
        const tests = propertyPaths.map((path) => `${path} = 1`).join(' AND ');
        assert.deepEqual(requirePattern(`[${tests}]`).propertyPaths, propertyPaths);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('any text can be written as a string literal and is read back', (t) => {
    fc.assert(
      fc.property(textArb, (text) => {
        const { literals } = requirePattern(`[a:b = ${toStringLiteral(text)}]`);
        assert.deepEqual(literals, [{ path: 'a:b', operator: '=', text }]);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('any text can be written as a property name and is read back', (t) => {
    fc.assert(
      fc.property(textArb, (name) => {
        const [comparison] = listComparisons(requirePattern(`[EXISTS a:b.${toPropertyName(name)}]`));
        assert.deepEqual(comparison?.path.steps[1], { kind: 'property', name });
      }),
      readRandomRuns(t, FACTOR),
    );
  });
});

describe('refusing what is no pattern', () => {
  const pieceArb = fc.oneof(fc.constantFrom(...PIECES.split(' ')), fc.constant(' '), fc.constant('\n'));
  const garbageArb = fc.array(pieceArb, { maxLength: 30 }).map((pieces) => pieces.join(''));
  /** A pattern with one piece put in or taken out. */
  const damagedArb = fc
    .tuple(expressionArb, fc.nat(), fc.option(pieceArb), fc.boolean())
    .map(([expression, place, piece, isDense]) => {
      const tokens = [...listTokens(expression)];
      tokens.splice(place % tokens.length, piece === null ? 1 : 0, ...(piece === null ? [] : [piece]));
      return tokens.join(isDense ? '' : ' ');
    });

  test('any text gives a pattern or a fault that stands inside it, and nothing is thrown', (t) => {
    fc.assert(
      fc.property(fc.oneof(garbageArb, damagedArb, textArb), (text) => {
        const result = parsePattern(text);
        if (!isPatternFault(result)) {
          findIllegalNames(result);
          findIllegalHashes(result);
          return;
        }
        const { offset, line, column, message } = result;
        assert.ok(offset >= 0 && offset <= text.length);
        const lines = text.split('\n');
        const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
        assert.equal(before + column - 1, offset);
        assert.ok(column <= (lines[line - 1]?.length ?? 0) + 1);
        assert.ok(message.isWellFormed() && message.length < 500, message);
        assert.deepEqual(toPosition(text, offset), { line, column });
      }),
      readRandomRuns(t, 5 * FACTOR),
    );
  });

  test('a pattern that is cut off is refused at its end or before', (t) => {
    fc.assert(
      fc.property(expressionArb, fc.nat(), (expression, place) => {
        const tokens = listTokens(expression);
        const kept = tokens.slice(0, place % tokens.length);
        const opened = kept.filter((token) => token === '[' || token === '(').length;
        const closed = kept.filter((token) => token === ']' || token === ')').length;
        fc.pre(opened > closed || kept.length === 0);
        const text = kept.join(' ');
        const result = parsePattern(text);
        assert.ok(isPatternFault(result), text);
        assert.equal(result.offset, text.length);
        assert.match(result.message, /^Found the end of the pattern, expected /);
      }),
      readRandomRuns(t, FACTOR),
    );
  });
});

function decode(value: { readonly kind: string; readonly digits?: string; readonly base64?: string }) {
  const bytes =
    value.kind === 'hex'
      ? Buffer.from(value.digits ?? '', 'hex')
      : value.kind === 'binary'
        ? Buffer.from(value.base64 ?? '', 'base64')
        : undefined;
  return bytes && new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
