import type { Store } from '../../server/storage/port.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { describe } from 'node:test';
import { describeStore } from './describe-store.ts';
import { openMongo } from './open-mongo.ts';
import type { OpenedStore, StoreOptions } from './open-store.ts';

const SKIP = await mongoAvailability();

async function openOnServer(options: StoreOptions): Promise<OpenedStore> {
  const database = await requireMongo();
  const stores: Store[] = [];
  const open = async (own: StoreOptions): Promise<Store> => {
    const store = await openMongo(database.url, own);
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
