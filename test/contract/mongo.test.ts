import { openMongoStore } from '../../server/storage/mongo/mongo-store.ts';
import type { Store } from '../../server/storage/port.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { describe } from 'node:test';
import { randomUUID } from 'node:crypto';
import { describeStore } from './describe-store.ts';
import type { OpenedStore, StoreOptions } from './open-store.ts';

const SKIP = await mongoAvailability();

async function openOnServer(options: StoreOptions): Promise<OpenedStore> {
  const database = await requireMongo();
  const stores: Store[] = [];
  const open = async (own: StoreOptions): Promise<Store> => {
    const store = await openMongoStore({
      url: database.url,
      ids: { uuid: randomUUID },
      nowMs: () => performance.now(),
      poolSize: 10,
      timeoutMs: 10_000,
      // Each answer is as new as can be, as with the embedded store.
      staleMs: 0,
      ...own,
    });
    stores.push(store);
    return store;
  };
  const store = await open(options);
  return {
    store,
    openSecond: open,
    reopen: async () => {
      await store.close();
      return open(options);
    },
    close: async () => {
      try {
        for (const one of stores.reverse()) await one.close();
      } finally {
        await database.drop();
      }
    },
  };
}

describe('over a MongoDB-compatible server', { skip: SKIP }, () => {
  describeStore('MongoStore', openOnServer);
});
