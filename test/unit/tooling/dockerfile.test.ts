import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

/** What the image takes from the checkout: sources of COPY, without those copied from the build stage. */
function readCopied(): readonly string[] {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');
  return lines
    .filter((line) => line.startsWith('COPY ') && !line.includes('--from='))
    .flatMap((line) => line.split(/\s+/).slice(1, -1));
}

test('every file that the image copies from the checkout exists', () => {
  const copied = readCopied();
  assert.ok(copied.includes('package.json') && copied.includes('server'));
  assert.deepEqual(
    copied.filter((path) => !existsSync(path)),
    [],
  );
});

test('no file that the image copies is kept out by .dockerignore', () => {
  const ignored = new Set(readFileSync('.dockerignore', 'utf8').trim().split('\n'));
  assert.deepEqual(
    readCopied().filter((path) => ignored.has(path)),
    [],
  );
});

test('the image installs without development dependencies and does not run as root', () => {
  const [, , last = ''] = readFileSync('Dockerfile', 'utf8').split(/^FROM /m);
  assert.match(last, /^RUN npm ci --omit=dev/m);
  assert.match(last, /^USER node$/m);
});
