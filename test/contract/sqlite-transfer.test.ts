import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import type { Store, StoredRecord } from '../../server/storage/port.ts';
import { openSqliteStore } from '../../server/storage/sqlite/sqlite-store.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { createSetClock, hasCode } from './open-store.ts';

const COLLECTION = nextCollectionId();
const OPTIONS = { clock: createSetClock(), writeWaitMs: 1000, maxPendingWrites: 10, pageScanMax: 1000 };

async function openEmpty(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-transfer-'));
  const store = await openSqliteStore({ path: join(folder, 'pollwatch.db'), ...OPTIONS });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  return store;
}

function toEntry(number: number, tick: number): StoredRecord {
  const value = toPublication({ collection: COLLECTION, id: toStixId('tool', number) });
  return { kind: 'entry', tick, marks: 31, value };
}

describe('SqliteStore: imports', () => {
  test('a server that starts while an import is begun gets no deployment of its own', async (t) => {
    const store = await openEmpty(t);
    const proposed = { secret: new Uint8Array(32), hubIdentity: toStixId('identity', 1) };
    await store.beginImport('mark');
    await assert.rejects(store.ensureDeployment(proposed), hasCode('input.invalid'));
    await store.finishImport();
    assert.deepEqual(await store.ensureDeployment(proposed), { ...proposed, secret: proposed.secret });
  });

  test('two entries of one tick are refused, and nothing of their batch stays', async (t) => {
    const store = await openEmpty(t);
    await store.beginImport('mark');
    await store.importBatch({ records: [toEntry(1, 5)], position: 'one' });
    const clash = { records: [toEntry(2, 6), toEntry(3, 5)], position: 'two' };
    await assert.rejects(store.importBatch(clash), /a tick of the entries is there twice/);
    assert.deepEqual(await store.importState(), { mark: 'mark', position: 'one' });
    assert.equal(await store.countEntries(COLLECTION), 1);
  });

  test('a position of another kind of store is refused', async (t) => {
    const store = await openEmpty(t);
    const source = await store.openExport();
    for (const position of ['', '[]', '[99,0]', '["0",0]', '[4,1]', '[4]', '{"a":1}', 'null', '[9,1]']) {
      await assert.rejects(async () => {
        for await (const _ of source.batches(position)) assert.fail('a batch');
      }, hasCode('input.invalid'));
    }
    await source.close();
  });

  test('an export that is not closed is closed with its store', async (t) => {
    const store = await openEmpty(t);
    const source = await store.openExport();
    await store.close();
    await assert.rejects(async () => {
      for await (const _ of source.batches()) assert.fail('a batch');
    }, hasCode('storage.unavailable'));
    await assert.rejects(store.openExport(), hasCode('storage.unavailable'));
    await source.close();
  });
});
