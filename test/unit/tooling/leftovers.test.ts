import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLeftovers } from '../../../scripts/leftovers.ts';

const whys = (file: string, text: string, paths: readonly string[] = []): readonly string[] =>
  findLeftovers(file, text, paths).map(({ line, why }) => `${String(line)} ${why}`);

test('a note of unfinished work is a leftover, a word that holds it is none', () => {
  const note = '// TO' + 'DO later';
  assert.deepEqual(whys('a.ts', `const a = 1;\n${note}\nconst TO` + 'DOS = 2;'), ['2 unfinished work']);
});

test('a test that is skipped or runs alone is a leftover', () => {
  const text = ['only', 'skip', 'todo'].map((how) => `test.${how}('x');`).join('\n');
  assert.deepEqual(whys('a.test.ts', text), ['1 a test left out', '2 a test left out', '3 a test left out']);
});

test('a path of this machine is a leftover, an ordinary folder above the checkout is none', () => {
  const text = 'see /builds/one/file.ts and /tmp/file.ts';
  assert.deepEqual(whys('a.md', text, ['/builds/one', '/tmp']), ['1 a path of this machine']);
  assert.deepEqual(whys('a.md', 'https://example.org/builds/one/', ['/builds/one']), []);
});

test('a registry in the lock file is a leftover', () => {
  assert.deepEqual(whys('package-lock.json', '"resolved": "https://registry.example/a.tgz"'), [
    '1 a registry in the lock file',
  ]);
});
