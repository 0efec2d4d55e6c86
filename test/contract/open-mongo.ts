import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { SYSTEM_CLOCK } from '../../server/compose.ts';
import { openMongoStore, STALE_MS, type MongoOptions } from '../../server/storage/mongo/mongo-store.ts';
import type { Store } from '../../server/storage/port.ts';
import { requireMongo } from '../support/mongo/mongo-database.ts';
import { createSetClock } from './open-store.ts';

/** Opens a MongoStore as a server does, but that each answer is as new as can be. */
export function openMongo(url: string, changed: Partial<MongoOptions> = {}): Promise<Store> {
  return openMongoStore({
    url,
    clock: SYSTEM_CLOCK,
    ids: { uuid: randomUUID },
    nowMs: () => performance.now(),
    writeWaitMs: 10_000,
    maxPendingWrites: 100,
    pageScanMax: 100_000,
    poolSize: 10,
    timeoutMs: 10_000,
    staleMs: 0,
    ...changed,
  });
}

/** Several servers over one database. */
export interface Servers {
  readonly url: string;
  open(changed?: Partial<MongoOptions>): Promise<Store>;
}

/** Makes a database of the test's own, for servers that go by a head for as long as the product's do unless told. */
export async function openServers(t: TestContext): Promise<Servers> {
  const database = await requireMongo();
  const stores: Store[] = [];
  t.after(async () => {
    for (const store of stores.reverse()) await store.close();
    await database.drop();
  });
  return {
    url: database.url,
    async open(changed = {}) {
      const bounds = { clock: createSetClock(), pageScanMax: 10_000, poolSize: 5, staleMs: STALE_MS };
      const store = await openMongo(database.url, { ...bounds, ...changed });
      stores.push(store);
      return store;
    },
  };
}
