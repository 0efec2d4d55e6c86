import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openSqliteStore } from '../../../server/storage/sqlite/sqlite-store.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const OPTIONS = { clock: createFakeClock(1), writeWaitMs: 1000, maxPendingWrites: 10, pageScanMax: 1000 };

/** The modes of all files of a database that is in use. */
async function readModes(
  t: TestContext,
  path: string,
  folder: string,
): Promise<Readonly<Record<string, number>>> {
  const store = await openSqliteStore({ path, ...OPTIONS });
  t.after(() => store.close());
  await store.markPoliciesUndecided();
  const modes = readdirSync(folder).map((name): [string, number] => [
    name,
    statSync(join(folder, name)).mode & 0o777,
  ]);
  return Object.fromEntries(modes);
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-mode-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('the files of a SQLite database (review: M2)', () => {
  test('a new database, its -wal and its -shm are for their owner alone', async (t) => {
    const folder = makeFolder(t);
    const modes = await readModes(t, join(folder, 'x.db'), folder);
    assert.deepEqual(modes, { 'x.db': 0o600, 'x.db-shm': 0o600, 'x.db-wal': 0o600 });
  });

  test('a new database at the end of a link is for its owner alone', async (t) => {
    const [folder, elsewhere] = [makeFolder(t), makeFolder(t)];
    symlinkSync(join(elsewhere, 'real.db'), join(folder, 'x.db'));
    const modes = await readModes(t, join(folder, 'x.db'), elsewhere);
    assert.equal(modes['real.db'], 0o600);
    assert.deepEqual([...new Set(Object.values(modes))], [0o600]);
  });

  test('a database that is there keeps its mode', async (t) => {
    const folder = makeFolder(t);
    writeFileSync(join(folder, 'x.db'), '');
    chmodSync(join(folder, 'x.db'), 0o640);
    const modes = await readModes(t, join(folder, 'x.db'), folder);
    assert.deepEqual(modes, { 'x.db': 0o640, 'x.db-shm': 0o640, 'x.db-wal': 0o640 });
  });
});
