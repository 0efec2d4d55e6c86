import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { AppError } from '../../server/domain/errors.ts';
import { toStorageError } from '../../server/storage/sqlite/database.ts';
import { startTestServer } from '../support/test-server.ts';

function codeOf(errcode: number): string {
  const error = toStorageError(Object.assign(new Error('as of the driver'), { errcode }));
  assert.ok(error instanceof AppError);
  assert.ok(error.cause instanceof Error);
  return error.code;
}

describe('failures of the database', () => {
  test('busy, locked, read-only, I/O, full and cannot-open are storage.unavailable, with their extended codes', () => {
    for (const errcode of [5, 6, 8, 10, 13, 14, 15, 5 | (2 << 8), 10 | (3 << 8)]) {
      assert.equal(codeOf(errcode), 'storage.unavailable', String(errcode));
    }
  });

  test('a statement that is wrong, a broken constraint and a misuse are internal, and a damaged file is corrupt', () => {
    for (const errcode of [1, 2, 19, 20, 21, 25, 19 | (8 << 8)]) {
      assert.equal(codeOf(errcode), 'internal', String(errcode));
    }
    for (const errcode of [11, 26]) assert.equal(codeOf(errcode), 'storage.corrupt', String(errcode));
  });

  test('a fault in a statement is 500 and no 503, which would ask the client to come again', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pollwatch-faults-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'test.db');
    await using server = await startTestServer({ DATABASE_URL: `sqlite:${path}` });
    const target = `/feed/status/${crypto.randomUUID()}/`;
    assert.equal((await server.get(target)).status, 404);
    const database = new DatabaseSync(path);
    database.exec('ALTER TABLE submissions RENAME TO gone');
    const { status, headers, resource } = await server.get(target);
    database.exec('ALTER TABLE gone RENAME TO submissions');
    database.close();
    assert.equal(status, 500);
    assert.equal(resource()['error_code'], 'internal');
    assert.equal(headers['retry-after'], undefined);
  });
});
