import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { Feed, FeedRun, FeedState, PullFeed } from '../../../server/domain/feed.ts';
import { createLeases, type Leases } from '../../../server/ops/leases.ts';
import type { Logger } from '../../../server/ops/logger.ts';
import type { Store } from '../../../server/storage/port.ts';
import { createTaxiiClient } from '../../../server/sync/client/create-client.ts';
import type { FeedLimits, FeedMover, FeedRunning, Progress } from '../../../server/sync/feed-services.ts';
import { createFeedRunner, type FeedRunner } from '../../../server/sync/run/run.ts';
import { createFakeIds } from '../../support/fake-ids.ts';
import { startTestHub, type TestHub } from '../../support/test-hub.ts';

/** A lease is over after so long; renewals are far apart, so that a test decides when there is one. */
export const LEASE_MS = 600_000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const ONE_PAGE: Progress = { objects: 3, accepted: 2, known: 1, rejected: 0, pages: 1 };

const LIMITS: FeedLimits = {
  requestTimeoutMs: 5000,
  runTimeoutMs: 3_600_000,
  maxPages: 100,
  maxPageBytes: 1_000_000,
  maxRunBytes: 10_000_000,
  maxObjectBytes: 100_000,
  pageLimit: 100,
  pushObjects: 100,
  maxRedirects: 0,
  maxRetries: 0,
  statusWaitMs: 1000,
  maxBackoffMs: 3_600_000,
  maxRejects: 10,
  maxRejectBytes: 100_000_000,
  maxDepth: 50,
  maxObjects: 1000,
};

/** A partner that only has an API root, and counts who asks. */
export interface TinyPartner {
  readonly url: string;
  /** The paths that were asked for, each with the Authorization it came with. */
  readonly asked: readonly { readonly path: string; readonly authorization: string | undefined }[];
  /** The most requests that were under way at once. */
  readonly overlap: () => number;
  /** What happens before it answers. */
  before: (req: IncomingMessage, res: ServerResponse) => Promise<void> | void;
}

export async function startTinyPartner(t: TestContext): Promise<TinyPartner> {
  const asked: { path: string; authorization: string | undefined }[] = [];
  let underway = 0;
  let most = 0;
  const partner = { before: (): Promise<void> | void => undefined };
  const server = createServer((req, res) => {
    underway += 1;
    most = Math.max(most, underway);
    res.once('close', () => (underway -= 1));
    asked.push({ path: req.url ?? '', authorization: req.headers.authorization });
    void (async () => {
      await kept.before(req, res);
      if (res.writableEnded || res.destroyed) return;
      const body = JSON.stringify({
        title: 'Partner',
        versions: ['application/taxii+json;version=2.1'],
        max_content_length: 1_000_000,
      });
      res.writeHead(200, { 'Content-Type': 'application/taxii+json;version=2.1' });
      res.end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const kept: TinyPartner = Object.assign(partner, {
    url: `http://127.0.0.1:${address.port}/api/`,
    asked,
    overlap: () => most,
  });
  return kept;
}

export interface ProcessOptions {
  /** What a pull does; unless told it asks for the API root once, and saves a page. */
  readonly mover?: FeedMover;
  readonly limits?: Partial<FeedLimits>;
  readonly env?: Readonly<Record<string, string>>;
  readonly leaseMs?: number;
  /** In place of the store that all share. */
  readonly store?: Store;
}

/** One process of a deployment: its own leases and its own clock that only rises. */
export interface TestProcess {
  readonly runner: FeedRunner;
  readonly leases: Leases;
  readonly log: readonly string[];
  readonly logger: Logger;
  readonly monotonic: { nowMs: number };
}

export interface Stage {
  readonly hub: TestHub;
  readonly partner: TinyPartner;
  readonly feed: PullFeed;
  readonly addFeed: (change?: Partial<PullFeed>) => Promise<PullFeed>;
  readonly startProcess: (options?: ProcessOptions) => TestProcess;
  readonly stateOf: (feed: Feed) => Promise<FeedState | undefined>;
}

/** A store, a partner on loopback and a feed that pulls from it. */
export async function setStage(t: TestContext): Promise<Stage> {
  const hub = await startTestHub();
  t.after(() => hub[Symbol.asyncDispose]());
  const partner = await startTinyPartner(t);
  const ids = createFakeIds(7);
  const intake = (await hub.store.readPolicies()).find(({ alias }) => alias === 'intake');
  assert.ok(intake);
  let processes = 0;

  const addFeed: Stage['addFeed'] = async (change = {}) => {
    const feed: PullFeed = {
      id: ids.uuid(),
      name: 'partner',
      url: partner.url,
      collection: 'indicators',
      cron: '*/15 * * * *',
      auth: { kind: 'none' },
      org: 'facebook',
      match: {},
      allowPrivate: true,
      paused: false,
      createdAt: hub.clock.now(),
      direction: 'pull',
      into: intake.id,
      defaults: {},
      ...change,
    };
    assert.ok(await hub.store.addFeed(feed));
    return feed;
  };

  const startProcess: Stage['startProcess'] = (options = {}) => {
    const { mover = askOnce, limits, env = {}, leaseMs = LEASE_MS, store = hub.store } = options;
    const monotonic = { nowMs: (processes += 1) * 1_000_000 };
    const leases = createLeases({
      store,
      holder: `process ${processes}`,
      nowMs: () => monotonic.nowMs,
      ttlMs: leaseMs,
    });
    const log: string[] = [];
    const write = (...parts: readonly unknown[]): void => void log.push(parts.map(toText).join(' '));
    const logger = { debug: write, info: write, warn: write, error: write };
    const runner = createFeedRunner({
      store,
      submissions: hub.submissions,
      clock: hub.clock,
      ids,
      wait: async (ms, signal) => {
        monotonic.nowMs += ms;
        await delay(1, undefined, { signal });
      },
      leases,
      leaseMs,
      limits: { ...LIMITS, ...limits },
      log: logger,
      env,
      userAgent: 'pollwatch/test',
      random: () => 0.5,
      createClient: createTaxiiClient,
      pull: mover,
      push: mover,
    });
    return { runner, leases, log, logger, monotonic };
  };

  return {
    hub,
    partner,
    feed: await addFeed(),
    addFeed,
    startProcess,
    stateOf: async ({ id }) => (await hub.store.readFeedProgress(id))?.state,
  };
}

function toText(part: unknown): string {
  return JSON.stringify(part, (_key, value: unknown) =>
    value instanceof Error ? String(value.stack) : value,
  );
}

/** A pull that comes to its end after one request and one page. */
export const askOnce: FeedMover = async (running) => {
  await askAndSave(running);
  return 'complete';
};

export async function askAndSave({ client, feed, save }: FeedRunning, change: Partial<FeedState> = {}) {
  await client.readService(feed.url);
  await save(change, ONE_PAGE, []);
}

export function runNow(
  process: TestProcess,
  feed: Feed,
  signal = new AbortController().signal,
): Promise<FeedRun> {
  return process.runner.run(feed, { signal });
}

/** Something that happens once, and can be waited for. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function createGate(): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise.then(() => undefined), open: () => resolve(undefined) };
}

/** Waits for what comes true by itself. */
export async function eventually(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isTrue())) {
    assert.ok(performance.now() < end, `in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
