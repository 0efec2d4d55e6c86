import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  findCheckTitles,
  findSpecMapFaults,
  findTestTitles,
  parseSpecMap,
} from '../../../scripts/spec-map.ts';

const map = (...rows: readonly string[]): string =>
  [
    '# Map',
    '',
    '| word | meaning |',
    '| --- | --- |',
    '| a | b |',
    '',
    '| clause | rule | test |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');

test('a row of the spec map gives its clause, its rule and each of its titles', () => {
  assert.deepEqual(parseSpecMap(map('| 3.4 | a limit \\| page | refuses zero ; refuses -1 |')), [
    { line: 9, clause: '3.4', rule: 'a limit | page', titles: ['refuses zero', 'refuses -1'] },
  ]);
});

test('a spec map whose titles all exist has no fault', () => {
  const titles = new Set(['refuses zero', 'answers {}']);
  assert.deepEqual(
    findSpecMapFaults(map('| 3.4 | limit | refuses zero |', '| 3.5 | empty | answers {} |'), titles),
    [],
  );
});

test('a title that no test has is a fault that names the row', () => {
  assert.deepEqual(
    findSpecMapFaults(map('| 3.4 | limit | refuses zero ; refuses one |'), new Set(['refuses zero'])),
    ['line 9 (3.4: limit): no test is called "refuses one"'],
  );
});

test('a row of the spec map without a title is a fault', () => {
  assert.deepEqual(findSpecMapFaults(map('| 3.4 | limit | |', '| 3.5 | empty |'), new Set()), [
    'line 9 (3.4: limit): names no test',
    'line 10 (3.5: empty): names no test',
  ]);
});

test('a spec map without a row is a fault', () => {
  assert.deepEqual(findSpecMapFaults(map(), new Set()), ['no table "| clause | rule | test |" with rows']);
});

test('titles are found in test, it and subtests, in every kind of plain quotes, and not in comments', () => {
  const source = [
    `test('one', () => {});`,
    `it("it's two", () => {});`,
    'test(`three`, () => {});',
    `test('parent', (t) => t.test('four', () => {}));`,
    '// test(`never`, () => {});',
    'test(`computed ${name}`, () => {});',
    `describe('a group', () => {});`,
  ];
  assert.deepEqual(findTestTitles(source.join('\n')), ['one', "it's two", 'three', 'parent', 'four']);
});

test('titles of checks with stock clients are found in Python', () => {
  const source = ['check("pages through all", ok)', '    check("a \\"quoted\\" one",', '# check("never")'];
  assert.deepEqual(findCheckTitles(source.join('\n')), ['pages through all', 'a "quoted" one']);
});
