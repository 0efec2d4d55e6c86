import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import type { Clock } from '../../server/domain/ids.ts';
import type { Store } from '../../server/storage/port.ts';
import { requireMongo } from './mongo/mongo-database.ts';

/*
 * The one place where tests get a database from. scripts/test-stores.js runs every test file that imports it, however
 * indirectly, over each store.
 */

/** The store that this process tests, as POLLWATCH_TEST_STORE says; `npm test -- --store mongodb` sets it. */
export const TEST_STORE = parseStoreKind(process.env['POLLWATCH_TEST_STORE'] ?? 'sqlite');

/** A new, empty database of the caller's own. Disposing of it removes it. */
export interface TestDatabase extends AsyncDisposable {
  /** For DATABASE_URL. */
  readonly url: string;
}

/**
 * Makes a database that any number of processes may open.
 * @param folder of the caller's own, for a store that is a file: there it is data/pollwatch.db
 */
export async function makeTestDatabase(folder?: string): Promise<TestDatabase> {
  if (TEST_STORE === 'mongodb') return requireMongo();
  const data = folder === undefined ? await mkdtemp(join(tmpdir(), 'pollwatch-data-')) : join(folder, 'data');
  return {
    url: `sqlite:${join(data, 'pollwatch.db')}`,
    [Symbol.asyncDispose]: () => rm(data, { recursive: true, force: true }),
  };
}

export interface TestStoreOptions {
  readonly clock: Clock;
  readonly writeWaitMs: number;
  readonly maxPendingWrites: number;
  readonly pageScanMax: number;
}

/**
 * Opens a store over a database, as a server does.
 * @param database where several share one; else the store gets one that goes when it is closed
 */
export async function openTestStore(
  { clock, ...bounds }: TestStoreOptions,
  database?: Pick<TestDatabase, 'url'>,
): Promise<Store> {
  const open = (url: string): Promise<Store> =>
    openStore({ ...loadSettings({ POLLWATCH_DATABASE_URL: url }), ...bounds }, clock);
  if (database) return open(database.url);
  if (TEST_STORE === 'sqlite') return open('sqlite::memory:');
  const own = await makeTestDatabase();
  const store = await open(own.url);
  return {
    ...store,
    async close() {
      await store.close();
      await own[Symbol.asyncDispose]();
    },
  };
}

function parseStoreKind(text: string): 'sqlite' | 'mongodb' {
  if (text === 'sqlite' || text === 'mongodb') return text;
  throw new Error(`POLLWATCH_TEST_STORE is sqlite or mongodb, and not "${text}"`);
}
