import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = new URL('./', import.meta.url);
const PORT = new URL('../../server/storage/port.ts', import.meta.url);

function readNumbers(text: string, pattern: RegExp): readonly number[] {
  const numbers = [...text.matchAll(pattern)].map((match) => Number(match[1]));
  return [...new Set(numbers)].sort((one, other) => one - other);
}

test('every obligation of the storage port stands in the title of a contract test', () => {
  const owed = readNumbers(readFileSync(PORT, 'utf8'), /^ \* {1,2}(\d+) {2}\S/gm);
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  const tests = files.map((name) => readFileSync(new URL(name, FOLDER), 'utf8')).join('\n');
  const tested = readNumbers(tests, /\btest\('obligation (\d+): /g);
  assert.deepEqual(
    owed.slice(0, 12),
    Array.from({ length: 12 }, (_, place) => place + 1),
  );
  assert.deepEqual(tested, owed);
});
