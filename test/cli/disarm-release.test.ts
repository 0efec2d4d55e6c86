import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { listOf, makePlace, readDocument } from './run-pollwatch.ts';

// The release itself is share-alike and does not come with the product.
const FILE = join(
  import.meta.dirname,
  '..',
  '..',
  '..',
  'shared',
  'data',
  'disarm',
  'DISARM-v1.7-2026-01-21.json',
);
const skip = existsSync(FILE)
  ? false
  : 'NOT CHECKED: DISARM 1.7 is not beside the repository (../shared/data/disarm)';
if (skip !== false) process.stderr.write(`${skip}\n`);

describe('DISARM 1.7', { skip }, () => {
  test('is imported with each of its 799 objects accounted for, and a second time adds nothing', async () => {
    const place = await makePlace();
    try {
      await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
      await readDocument(place.env, ['user', 'add', 'dhs', '--org', 'dhs', '--role', 'analyst']);
      const first = await readDocument(place.env, ['import-disarm', FILE, '--as', 'dhs']);
      assert.deepEqual([first['added'], first['skipped'], first['revoked']], [799, 0, 0]);
      const types = Map.groupBy(listOf(first, 'accounts'), ({ type }) => type);
      assert.deepEqual(
        [...types].map(([type, accounts]) => [type, accounts.length]),
        [
          ['marking-definition', 1],
          ['identity', 1],
          ['x-mitre-tactic', 15],
          ['attack-pattern', 445],
          ['x-mitre-matrix', 1],
          ['relationship', 336],
        ],
      );
      const second = await readDocument(place.env, ['import-disarm', FILE, '--as', 'dhs']);
      assert.deepEqual([second['added'], second['changed'], second['unchanged']], [0, 0, 799]);
      assert.deepEqual([second['skipped'], second['revoked'], second['upload']], [0, 0, null]);
    } finally {
      await place.remove();
    }
  });
});
