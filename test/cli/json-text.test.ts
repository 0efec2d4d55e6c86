import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toJsonText } from '../../scripts/cli/table.ts';

test('JSON for a terminal is the same JSON, and has no order to the terminal in it', () => {
  const document = {
    original: '{"a":"\u009b31m\u202e\u2028\u007f\u0085\ud83d\ude00\u{e0001}\u001b]0;x"}',
    more: ['\\u009b', 'é', null, 1],
  };
  const text = toJsonText(document);
  assert.deepEqual(JSON.parse(text), document);
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  assert.match(text, /\\u009b31m\\u202e/);
  assert.match(text, /\ud83d\ude00\\udb40\\udc01/);
});
