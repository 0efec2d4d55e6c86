import { randomUUID } from 'node:crypto';
import { SYSTEM_CLOCK } from '../../server/compose.ts';
import { openMongoStore, type MongoOptions } from '../../server/storage/mongo/mongo-store.ts';
import type { Store } from '../../server/storage/port.ts';

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
