import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseSelector, valueAt } from '../../../server/stix/selector.ts';

describe('selectors (STIX 2.1, 7.2.3)', () => {
  test('names and list indices are the steps of a path', () => {
    assert.deepEqual(parseSelector('external_references.[0].source_name'), [
      'external_references',
      0,
      'source_name',
    ]);
    assert.deepEqual(parseSelector('a.[0].[12]'), ['a', 0, 12]);
    assert.deepEqual(parseSelector('hashes.SHA-256'), ['hashes', 'SHA-256']);
    assert.deepEqual(parseSelector('contents.pt-BR.name'), ['contents', 'pt-BR', 'name']);
  });

  test('what has an empty step, begins with an index or is too long is no selector', () => {
    const bad = [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      '[0]',
      '[0].a',
      'a[0]',
      'a.[]',
      'a.[-1]',
      'a.[1',
      'a.[01234567890]',
      'a b',
      'ä',
    ];
    for (const text of [...bad, 'a.'.repeat(100) + 'a', 'a'.repeat(251), 'a'.repeat(5001)]) {
      assert.equal(parseSelector(text), undefined, text.slice(0, 30));
    }
    assert.equal(parseSelector('a.'.repeat(99) + 'a')?.length, 100);
  });

  test('a path leads to what is there, and never to what every object or list inherits', () => {
    const object = { a: [{ b: null }, 'text'], c: { toString: 1 } };
    assert.equal(valueAt(object, ['a', 0, 'b']), null);
    assert.equal(valueAt(object, ['c', 'toString']), 1);
    for (const path of [
      ['a', 'length'],
      ['a', 0, 'constructor'],
      ['a', 1, 0],
      ['a', 2],
      ['__proto__'],
      ['a', '0'],
    ]) {
      assert.equal(valueAt(object, path), undefined, path.join('.'));
    }
  });
});
