import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Store } from '../../server/storage/port.ts';
import { openSqliteStore } from '../../server/storage/sqlite/sqlite-store.ts';
import { WRITER_COLLECTIONS } from '../support/writer-work.ts';
import { createSetClock } from './open-store.ts';
import type { OpenedStore, StoreOptions } from './open-store.ts';
import { describeStore } from './describe-store.ts';
import { readEverything } from './mirror.ts';

async function openInTempFolder(options: StoreOptions): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-contract-'));
  const path = join(folder, 'pollwatch.db');
  const stores: Store[] = [];
  const open = async (own: StoreOptions): Promise<Store> => {
    const store = await openSqliteStore({ path, ...own });
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
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

describeStore('SqliteStore', openInTempFolder);

const WRITER = fileURLToPath(new URL('../support/store-writer-main.ts', import.meta.url));
const OPTIONS = { writeWaitMs: 10_000, maxPendingWrites: 100, pageScanMax: 100_000 };

/** What a process had been answered when it died, earlier ones included. */
interface Answered {
  readonly commits: number;
  readonly intents: number;
}

/** Starts a process that writes and says so after each answer, and kills it once it said `lines` lines. */
async function killWriter(path: string, lines: number): Promise<Answered> {
  const child = spawn(process.execPath, [WRITER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let said = 0;
  let answered: Answered = { commits: 0, intents: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const [commits = 0, intents = 0] = line.split(' ').map(Number);
    answered = { commits, intents };
    said += 1;
    if (said === lines) child.kill('SIGKILL');
  }
  await exit;
  assert.ok(said >= lines, 'the writing process ended by itself');
  return answered;
}

describe('SqliteStore: a process that is killed', { timeout: 120_000 }, () => {
  test('obligation 3: what was answered before a kill is there, whole, and the rest not at all', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pollwatch-killed-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'pollwatch.db');
    for (const lines of [3, 7, 11]) {
      const { commits, intents } = await killWriter(path, lines);
      const store = await openSqliteStore({ path, clock: createSetClock(), ...OPTIONS });
      try {
        const counts = await Promise.all(WRITER_COLLECTIONS.map((one) => store.countEntries(one)));
        assert.ok(counts.every((count) => count === counts[0]));
        // One of each may have been done whose answer was on its way.
        assert.ok(
          [commits * 3, (commits + 1) * 3].includes(counts[0] ?? 0),
          `${counts[0]} of ${commits} commits`,
        );
        const open = await store.openIntents(1000);
        assert.ok([intents, intents + 1].includes(open.length), `${open.length} of ${intents} intents`);
        for (const collection of WRITER_COLLECTIONS) {
          const dates = (await readEverything(store, collection)).map((record) => record.dateAdded);
          assert.deepEqual(
            dates,
            [...new Set(dates)].sort((one, other) => one - other),
          );
        }
      } finally {
        await store.close();
      }
    }
  });
});
