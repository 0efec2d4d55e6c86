import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../server/storage/port.ts';
import { openSqliteStore } from '../../server/storage/sqlite/sqlite-store.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { openMongo } from './open-mongo.ts';
import { createSetClock } from './open-store.ts';
import { fillStore, readContent, readRecords, sortRecords } from './transfer-content.ts';

const OPTIONS = { clock: createSetClock(), writeWaitMs: 10_000, maxPendingWrites: 10, pageScanMax: 1000 };

async function copy(source: Store, target: Store): Promise<void> {
  const from = await source.openExport();
  await target.beginImport(from.mark);
  for await (const batch of from.batches()) await target.importBatch(batch);
  await target.finishImport();
  await from.close();
}

describe('both stores', { skip: await mongoAvailability() }, () => {
  test('obligation 14: everything, feeds too, goes from one kind of store to the other and back unchanged', async (t) => {
    await using database = await requireMongo();
    const open = () => openSqliteStore({ path: ':memory:', ...OPTIONS });
    const stores = [await open(), await openMongo(database.url, OPTIONS), await open()] as const;
    t.after(async () => {
      for (const store of stores) await store.close();
    });
    const [first, second, third] = stores;
    await fillStore(first);
    await copy(first, second);
    await copy(second, third);
    const records = sortRecords(await readRecords(first));
    const content = await readContent(first);
    for (const store of [second, third]) {
      assert.deepEqual(sortRecords(await readRecords(store)), records);
      assert.deepEqual(await readContent(store), content);
    }
  });
});
