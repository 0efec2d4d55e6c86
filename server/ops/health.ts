import { Router, type RequestHandler, type Response } from 'express';
import type { CollectionId, Clock } from '../domain/ids.ts';
import { MICROS_PER_SECOND } from '../domain/timestamp.ts';
import type { Store } from '../storage/port.ts';
import { within } from './deadline.ts';
import { isFailing, readFeedStandings, type FeedReader } from './feed-metrics.ts';

export interface HealthServices {
  readonly store: Pick<Store, 'ping' | 'lastTick' | 'openIntents' | 'health'> & FeedReader;
  readonly collections: readonly CollectionId[];
  readonly clock: Clock;
  /** False from the moment the server was told to stop. */
  readonly isAccepting: () => boolean;
}

/** From here on the lead of the ticks over the clock is worth a warning (design, 5.2). */
const MAX_LEAD_SECONDS = 300;
/** From here on a commit that gives no sign of life is worth one: a working writer gives several a second. */
const MAX_SILENT_MS = 1000;
/** Whoever asks often waits for one second and no longer. */
const STORE_TIMEOUT_MS = 900;

function send(res: Response, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': bytes.byteLength,
    'Cache-Control': 'no-store',
  });
  res.end(bytes);
}

/** GET /health/live: the process answers. GET /health/ready: it can serve, and what to look at. */
export function createHealthRouter(services: HealthServices): Router {
  const { store, collections, clock, isAccepting } = services;
  const live: RequestHandler = (_req, res) => {
    send(res, 200, { status: 'ok' });
  };

  async function findWarnings(): Promise<readonly string[]> {
    await store.ping();
    const ticks = await Promise.all(collections.map((id) => store.lastTick(id)));
    const lead = Math.floor((Math.max(0, ...ticks) - clock.now()) / MICROS_PER_SECOND);
    const open = await store.openIntents(1);
    const { silentMs } = await store.health();
    const failing = (await readFeedStandings(store)).filter(isFailing).length;
    const warnings: string[] = [];
    if (lead >= MAX_LEAD_SECONDS) {
      warnings.push(`The newest date_added is ${lead} s ahead of this server's clock: check the clock.`);
    }
    if (open.length > 0) warnings.push('A submission is saved and waits to be carried out.');
    if (silentMs > MAX_SILENT_MS) {
      warnings.push('A writer is stopped or dead; it is given up after 3 s.');
    }
    // Anybody may ask: who the partners are is not said here.
    if (failing > 0) warnings.push(`Partner feeds that fail: ${failing}. See them with: pollwatch feed list`);
    return warnings;
  }

  const ready: RequestHandler = async (_req, res) => {
    if (!isAccepting()) {
      send(res, 503, { status: 'stopping' });
      return;
    }
    try {
      const warnings = await within(STORE_TIMEOUT_MS, findWarnings());
      send(res, 200, warnings.length === 0 ? { status: 'ok' } : { status: 'ok', warnings });
    } catch {
      send(res, 503, { status: 'unavailable', reason: 'The database does not answer.' });
    }
  };

  const router = Router({ strict: false, caseSensitive: true });
  router.get('/health/live/', live);
  router.get('/health/ready/', ready);
  return router;
}
