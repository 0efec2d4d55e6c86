import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPatternFault } from '../../../../server/stix/pattern/fault.ts';
import { parsePattern } from '../../../../server/stix/pattern/parser.ts';
import type { Pattern } from '../../../../server/stix/pattern/syntax-tree.ts';
import { toPropertyName, toStringLiteral } from '../../../../server/stix/pattern/writing.ts';

function read(text: string): Pattern {
  const result = parsePattern(text);
  assert.ok(!isPatternFault(result), JSON.stringify(result));
  return result;
}

const textsOf = (pattern: string) => read(pattern).literals.map(({ text }) => text);

describe('the syntax tree', () => {
  test('AND binds tighter than OR, and OR tighter than FOLLOWEDBY (STIX 2.1, 9.5.2)', () => {
    const { expression } = read('[a:b = 1] FOLLOWEDBY [a:b = 2] OR [a:b = 3] AND [a:b = 4]');
    assert.ok(expression.kind === 'followed-by');
    assert.deepEqual(
      expression.operands.map(({ kind }) => kind),
      ['observation', 'or'],
    );
    const [, second] = expression.operands;
    assert.ok(second?.kind === 'or');
    assert.deepEqual(
      second.operands.map(({ kind }) => kind),
      ['observation', 'and'],
    );
  });

  test('inside brackets AND binds tighter than OR (STIX 2.1, 9.6)', () => {
    const { expression } = read('[a:b = 1 OR a:b = 2 AND a:b = 3]');
    assert.ok(expression.kind === 'observation' && expression.comparison.kind === 'or');
    assert.deepEqual(
      expression.comparison.operands.map(({ kind }) => kind),
      ['test', 'and'],
    );
  });

  test('a qualifier belongs to the one observation or group before it (STIX 2.1, 9.5.1)', () => {
    const { expression } = read('[a:b = 1] AND [a:b = 2] WITHIN 5 SECONDS');
    assert.ok(expression.kind === 'and');
    assert.deepEqual(
      expression.operands.map((operand) => 'qualifiers' in operand && operand.qualifiers),
      [[], [{ kind: 'within', seconds: '5' }]],
    );
  });

  test('two spellings of one operator are one', () => {
    assert.deepEqual(read('[a:b == 1]').expression, read('[a:b = 1]').expression);
    assert.deepEqual(read('[a:b <> 1]').expression, read('[a:b != 1]').expression);
  });

  test('numbers keep every digit', () => {
    const { expression } = read('[a:b[9007199254740993] = 0.10000000000000000000001]');
    assert.ok(expression.kind === 'observation' && expression.comparison.kind === 'test');
    assert.deepEqual(expression.comparison.path.steps[1], { kind: 'index', index: '9007199254740993' });
    assert.deepEqual(expression.comparison.value, { kind: 'float', text: '0.10000000000000000000001' });
  });
});

describe('what a pattern names', () => {
  test('object types are listed once, sorted', () => {
    const { observableTypes } = read('[url:value = 1 OR file:size = 1] AND [url:value = 2 OR EXISTS a-b:c]');
    assert.deepEqual(observableTypes, ['a-b', 'file', 'url']);
  });

  test('property paths are listed once, in their order', () => {
    const { propertyPaths } = read('[url:value = 1 OR file:size = 1 OR url : value = 2 OR EXISTS a:b[*].c]');
    assert.deepEqual(propertyPaths, ['url:value', 'file:size', 'a:b[*].c']);
  });

  test('a path has one spelling: no blanks, quotes where they are needed', () => {
    const spellings = ["file : 'hashes' . 'MD5'", 'file:hashes /* x */ .MD5', "file:hashes.'MD5'"];
    for (const path of spellings)
      assert.deepEqual(read(`[${path} = 'x']`).propertyPaths, ['file:hashes.MD5']);
    const quoted = ["a:'SHA-256'", "a:'1a'", "a:''", "a:'IN'", "a:'true'", "a:'it\\'s'", "a:'\u00e9'"];
    for (const path of quoted) assert.deepEqual(read(`[${path} = 'x']`).propertyPaths, [path]);
    assert.deepEqual(read('[a:b[ +1 ] = 1]').propertyPaths, ['a:b[1]']);
  });
});

describe('the texts in a pattern', () => {
  test('strings are decoded (STIX 2.1, 9.2)', () => {
    assert.deepEqual(textsOf("[a:b = 'it\\'s' OR a:b = 'C:\\\\x' OR a:b = '\\\\\\'']"), [
      "it's",
      'C:\\x',
      "\\'",
    ]);
    assert.deepEqual(textsOf("[a:b = '' OR a:b = '// x' OR a:b = '\u{1f600}']"), ['', '// x', '\u{1f600}']);
  });

  test('each text has its path and its operator', () => {
    assert.deepEqual(read("[file:name LIKE '%.exe' AND x:'y-z' NOT IN ('1', 2, '3')]").literals, [
      { path: 'file:name', operator: 'LIKE', text: '%.exe' },
      { path: "x:'y-z'", operator: 'IN', text: '1' },
      { path: "x:'y-z'", operator: 'IN', text: '3' },
    ]);
  });

  test('bytes are told as text, with U+FFFD for what is not UTF-8', () => {
    assert.deepEqual(textsOf("[a:b = h'c3a9' OR a:b = b'aGVsbG8=' OR a:b > h'']"), ['\u00e9', 'hello', '']);
    assert.deepEqual(textsOf("[a:b = h'ff68656c6c6f' OR a:b = b'aGVsbG//']"), ['\ufffdhello', 'hello\ufffd']);
  });

  test('numbers, booleans and timestamps are no texts', () => {
    assert.deepEqual(textsOf("[a:b = 1 OR a:b = true OR a:b = t'2018-08-21T00:00:00Z' OR EXISTS a:c]"), []);
  });

  test('a text that stands twice is told twice', () => {
    assert.deepEqual(textsOf("[a:b = 'x'] AND [a:b = 'x']"), ['x', 'x']);
  });
});

describe('writing parts of patterns', () => {
  test('a string literal escapes quotes and backslashes (STIX 2.1, 9.2)', () => {
    assert.equal(toStringLiteral("it's C:\\x"), "'it\\'s C:\\\\x'");
    assert.equal(toStringLiteral(''), "''");
    assert.equal(toStringLiteral('$& "x"\n'), '\'$& "x"\n\'');
  });

  test('a property name is quoted where it has to be (STIX 2.1, 9.7)', () => {
    assert.deepEqual(['name', '_x1', 'MD5', 'and'].map(toPropertyName), ['name', '_x1', 'MD5', 'and']);
    assert.deepEqual(['SHA-256', '1a', '', 'AND', 'a b', "it's"].map(toPropertyName), [
      "'SHA-256'",
      "'1a'",
      "''",
      "'AND'",
      "'a b'",
      "'it\\'s'",
    ]);
  });
});
