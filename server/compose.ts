import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import { createAuthentication } from './auth/authenticate.ts';
import { createCredentialMemory } from './auth/credential-memory.ts';
import { createPasswordHasher } from './auth/passwords.ts';
import { createThrottle } from './auth/throttle.ts';
import { createVerifier } from './auth/verify.ts';
import { loadCollections, overlapWarnings } from './config/collections.ts';
import type { Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import { applyPolicies, createCore, type Core } from './core.ts';
import type { Clock, Ids } from './domain/ids.ts';
import { MICROS_PER_MILLI } from './domain/timestamp.ts';
import { createHttpServer } from './http-server.ts';
import { createHealthRouter } from './ops/health.ts';
import { createHousekeeping } from './ops/housekeeping.ts';
import type { Logger } from './ops/logger.ts';
import { createRequestLog } from './ops/request-log.ts';
import { openSqliteStore } from './storage/sqlite/sqlite-store.ts';
import { createCursorCodec } from './taxii/cursor.ts';
import { createPageCache } from './taxii/page-cache.ts';
import { createTaxiiRouter } from './taxii/router.ts';

/** The wall clock, to the millisecond; ticks in between come from counting up. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now() * MICROS_PER_MILLI,
};

export const SYSTEM_IDS: Ids = {
  uuid: () => randomUUID(),
  secret: (bytes) => randomBytes(bytes),
};

/** Opens the store that the settings name and builds the services over it. `close` ends both. */
export async function openCore(
  settings: Settings,
  clock: Clock = SYSTEM_CLOCK,
): Promise<Core & { close(): Promise<void> }> {
  const store = await openSqliteStore({
    path: settings.databaseUrl.replace(/^sqlite:/, ''),
    clock,
    writeWaitMs: settings.writeWaitMs,
    maxPendingWrites: settings.maxPendingWrites,
    pageScanMax: settings.pageScanMax,
  });
  try {
    const packageRoot = findPackageRoot();
    const core = await createCore({ store, clock, ids: SYSTEM_IDS, settings, packageRoot });
    return { ...core, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

export interface RunningServer {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Finishes what is in flight, then closes everything in reverse order. */
  close(): Promise<void>;
}

/** Builds the server over an open core and listens. */
export async function startServer(
  settings: Settings,
  core: Core,
  log: Logger,
  clock: Clock = SYSTEM_CLOCK,
): Promise<RunningServer> {
  const { store, submissions, followUp } = core;
  const collections = await loadCollections(settings.collectionsDir);
  for (const warning of overlapWarnings(collections)) log.warn(warning);
  await applyPolicies(core, collections);
  // What fails is tried again while the server runs; it does not keep it from starting.
  await submissions.resume().catch((error: unknown) => {
    log.error({ err: error }, 'a saved submission could not be carried out');
  });

  let isAccepting = true;
  let url = settings.publicUrl ?? '';
  const { title, description, contact, maxContentLengthBytes } = settings;
  const hasher = createPasswordHasher({ ids: SYSTEM_IDS });
  const throttle = createThrottle({
    clock,
    attempts: settings.loginAttempts,
    windowSeconds: settings.loginWindowMs / 1000,
  });
  const memory = createCredentialMemory({
    directory: store,
    clock,
    ids: SYSTEM_IDS,
    rememberSeconds: settings.credentialMemoryMs / 1000,
    maxEntries: settings.credentialMemoryMax,
  });
  const verifier = createVerifier({ directory: store, hasher, throttle, clock });
  const taxii = createTaxiiRouter({
    info: {
      title,
      ...(description === undefined ? {} : { description }),
      ...(contact === undefined ? {} : { contact }),
      publicUrl: () => url,
      maxContentLengthBytes,
    },
    collections,
    ...createAuthentication({ memory, verifier }),
    pages: {
      entries: store,
      codec: createCursorCodec(core.deployment.secret),
      cache: createPageCache(settings.pageCacheBytes),
      limits: settings,
    },
    submissions,
    status: { submissions: store, followUp, clock, statusRetentionMs: settings.statusRetentionMs },
  });
  const health = createHealthRouter({
    store,
    collections: collections.map(({ id }) => id),
    clock,
    isAccepting: () => isAccepting,
  });
  const app = createApp({
    requestLog: createRequestLog(log, SYSTEM_IDS),
    health,
    taxii,
    trustProxy: settings.trustProxy,
    maxUrlLength: settings.maxUrlLength,
  });
  const { server, stop } = createHttpServer(app, settings, SYSTEM_IDS);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.port, settings.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const listening = toUrl(server.address(), settings);
  if (url === '') url = listening;

  const housekeeping = createHousekeeping(
    [
      {
        name: 'decide what is due',
        cron: '* * * * * *',
        run: async () => {
          await followUp.decideDue();
        },
      },
      {
        name: 'carry out what was saved',
        cron: '*/5 * * * * *',
        run: async () => {
          // What fails is tried again while the server runs; it does not keep it from starting.
          await submissions.resume().catch((error: unknown) => {
            log.error({ err: error }, 'a saved submission could not be carried out');
          });
        },
      },
    ],
    log,
  );
  housekeeping.start();

  return {
    url: listening,
    async close() {
      isAccepting = false;
      await stop(settings.shutdownTimeoutMs);
      await housekeeping.close();
    },
  };
}

function toUrl(address: string | AddressInfo | null, settings: Settings): string {
  const port = typeof address === 'object' && address ? address.port : settings.port;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${settings.tlsCertFile === undefined ? 'http' : 'https'}://${host}:${port}`;
}
