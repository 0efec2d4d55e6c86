import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPatternFault, type PatternFault } from '../../../../server/stix/pattern/fault.ts';
import { findIllegalHashes } from '../../../../server/stix/pattern/hashes.ts';
import { findIllegalNames } from '../../../../server/stix/pattern/names.ts';
import { MAX_PATTERN_LENGTH, parsePattern } from '../../../../server/stix/pattern/parser.ts';
import { MAX_PATTERN_DEPTH } from '../../../../server/stix/pattern/reading.ts';
import type { Pattern } from '../../../../server/stix/pattern/syntax-tree.ts';

const MEGABYTE = 1_000_000;
/** Much more than is needed, since other work may share the machine; quadratic time takes seconds. */
const MAX_MS = 200;

function readInTime(text: string): Pattern | PatternFault {
  const start = performance.now();
  const result = parsePattern(text);
  if (!isPatternFault(result)) {
    findIllegalNames(result);
    findIllegalHashes(result);
  }
  const took = performance.now() - start;
  assert.ok(took < MAX_MS, `${text.slice(0, 30)} took ${took} ms`);
  return result;
}

/** Repeats `piece` until the whole has `length` characters or a little less. */
function fill(before: string, piece: string, after: string, length: number): string {
  return before + piece.repeat(Math.floor((length - before.length - after.length) / piece.length)) + after;
}

const nest = (brackets: number) => `${'('.repeat(brackets)}[a:b = 1]${')'.repeat(brackets)}`;
const nestInside = (brackets: number) => `[${'('.repeat(brackets)}a:b = 1${')'.repeat(brackets)}]`;

describe('the length of a pattern', () => {
  const ofLength = (length: number) => `[a:b = '${'x'.repeat(length - 10)}']`;

  test('64 Ki characters are read, one more is refused', () => {
    assert.equal(MAX_PATTERN_LENGTH, 65_536);
    assert.equal(ofLength(MAX_PATTERN_LENGTH).length, MAX_PATTERN_LENGTH);
    assert.ok(!isPatternFault(parsePattern(ofLength(MAX_PATTERN_LENGTH))));
    const result = parsePattern(ofLength(MAX_PATTERN_LENGTH + 1));
    assert.deepEqual(result, {
      kind: 'fault',
      offset: 65_536,
      line: 1,
      column: 65_537,
      message: 'The pattern has 65537 characters; 65536 are read at most.',
    });
  });
});

describe('the depth of a pattern', () => {
  test('100 levels of brackets are read, one more is refused where it opens', () => {
    assert.equal(MAX_PATTERN_DEPTH, 100);
    for (const make of [nest, nestInside]) {
      assert.ok(!isPatternFault(parsePattern(make(MAX_PATTERN_DEPTH - 1))));
      const result = parsePattern(make(MAX_PATTERN_DEPTH));
      assert.ok(isPatternFault(result));
      assert.equal(result.message, 'Brackets nest deeper than 100 levels here.');
      assert.equal(result.offset, MAX_PATTERN_DEPTH);
    }
  });

  test('brackets that are closed again do not count', () => {
    const pair = Array.from({ length: 300 }, () => '([a:b = 1])').join(' AND ');
    assert.ok(!isPatternFault(parsePattern(pair)));
    const inner = Array.from({ length: 300 }, () => '(a:b = 1)').join(' AND ');
    assert.ok(!isPatternFault(parsePattern(`[${inner}]`)));
  });

  test('10,000 brackets are refused without reaching the end of the stack', () => {
    for (const text of [nest(10_000), nestInside(10_000), '('.repeat(10_000), '['.repeat(10_000)]) {
      assert.ok(isPatternFault(readInTime(text)));
    }
  });
});

describe('the time a pattern takes', () => {
  const pieces = [
    '(',
    '[',
    "'",
    '"',
    '\\',
    '/*',
    '//',
    '/**/',
    "h'",
    '1',
    '-',
    '=',
    'AND ',
    '\n',
    'a',
    '\ud800',
  ];

  test('a megabyte of anything is refused at once', () => {
    for (const piece of [...pieces, '[a:b = 1] AND ']) {
      assert.ok(isPatternFault(readInTime(piece.repeat(MEGABYTE / piece.length))), piece);
    }
  });

  test('as much as is read of anything takes linear time', () => {
    for (const before of [
      '',
      '[',
      '[a:',
      '[a:b ',
      '[a:b = ',
      "[a:b = '",
      '[a:b IN (',
      '[a:b = 1] ',
      '[a:b = 1 ',
    ]) {
      for (const piece of pieces) readInTime(fill(before, piece, '', MAX_PATTERN_LENGTH));
    }
  });

  test('as much as is read of valid patterns takes linear time', () => {
    let count = 0;
    const numbered = (piece: string) => piece.replace(/(?=:)/, () => `${(count += 1)}`);
    const many = Array.from({ length: 3500 }, () => numbered('a:b = 1')).join(' OR ');
    for (const text of [
      `[${many}]`,
      many.replaceAll(/[^ ]+ = 1/g, '[$&]'),
      fill('[a:b = 1', ' AND a:b = 1', ']', MAX_PATTERN_LENGTH),
      fill('[a:b', '[0]', ' = 1]', MAX_PATTERN_LENGTH),
      fill('[a:b', ".''", ' = 1]', MAX_PATTERN_LENGTH),
      fill('[a:b IN (1', ',1', ')]', MAX_PATTERN_LENGTH),
      fill("[a:b = '", "\\'", "']", MAX_PATTERN_LENGTH),
      fill("[a:b = h'", 'ff', "']", MAX_PATTERN_LENGTH),
      fill("[a:b = b'", 'aGVs', "']", MAX_PATTERN_LENGTH),
      fill('[a:b = ', '9', ']', MAX_PATTERN_LENGTH),
      fill('[a:b = 1] ', '/**/', '', MAX_PATTERN_LENGTH),
      fill('([a:b = 1])', ' REPEATS 1 TIMES', '', MAX_PATTERN_LENGTH),
      fill('[a:b = 1]', '\n', '', MAX_PATTERN_LENGTH),
      fill(`[file:hashes.'SHA256`, '-', `' = 'x']`, MAX_PATTERN_LENGTH),
    ]) {
      const result = readInTime(text);
      assert.ok(!isPatternFault(result), JSON.stringify([text.slice(0, 60), result]));
    }
  });

  test('a timestamp has at most 100 digits after the point', () => {
    assert.ok(!isPatternFault(readInTime(`[a:b = t'2018-08-21T00:00:00.${'1'.repeat(100)}Z']`)));
    assert.ok(
      isPatternFault(readInTime(fill("[a:b = t'2018-08-21T00:00:00.", '1', "Z']", MAX_PATTERN_LENGTH))),
    );
  });
});
