import { Agent } from 'node:http';
import { startServer, SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { createCore, type Core } from '../../server/core.ts';
import { openMongoStore } from '../../server/storage/mongo/mongo-store.ts';
import type { Command } from './database-proxy.ts';
import type { Address } from './fleet.ts';

/** Short, so that the lock of a server that is broken is free soon. */
const LEASE_MS = 400;

/** A server in this process. */
export interface Served {
  readonly core: Core;
  readonly address: Address;
  close(): Promise<void>;
}

const READS: ReadonlySet<string> = new Set(['find', 'hello', 'ismaster', 'ping', 'endSessions', 'getMore']);

/** Whether a command is a step of the work: no read, no sign of life, nothing of the chores. */
export function isStep({ name, collection, documents, body }: Command): boolean {
  if (READS.has(name) || collection === 'leases' || collection === '') return false;
  return !JSON.stringify([documents, body]).includes('lock.beat":1');
}

/** Starts a server over MongoDB in this process, with a short lease. */
export async function serveOver(
  env: Readonly<Record<string, string>>,
  server: number,
  timeoutMs: number,
): Promise<Served> {
  const settings = loadSettings(env);
  const store = await openMongoStore({
    ...{ url: settings.databaseUrl, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, timeoutMs, leaseMs: LEASE_MS },
    ...{
      nowMs: () => performance.now(),
      writeWaitMs: 5000,
      maxPendingWrites: 100,
      pageScanMax: 20_000,
      poolSize: 10,
    },
  });
  const packageRoot = findPackageRoot();
  const core = await createCore({ store, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, settings, packageRoot });
  const running = await startServer(settings, core, SILENT, SYSTEM_CLOCK);
  const agent = new Agent({ keepAlive: true });
  return {
    core,
    address: { server, port: Number(new URL(running.url).port), agent },
    async close() {
      agent.destroy();
      await running.close();
      await store.close();
    },
  };
}

const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
  // A server without its database complains, as it should.
}
