import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SYSTEM_IDS } from '../../../server/compose.ts';
import {
  NEW_STATE,
  type Feed,
  type FeedReject,
  type FeedRun,
  type FeedState,
  type PullFeed,
  type PushFeed,
} from '../../../server/domain/feed.ts';
import type { CollectionId } from '../../../server/domain/ids.ts';
import { MICROS_PER_MILLI } from '../../../server/domain/timestamp.ts';
import { createLeases } from '../../../server/ops/leases.ts';
import { createTaxiiClient } from '../../../server/sync/client/create-client.ts';
import type { ClientOptions, TaxiiClient } from '../../../server/sync/client/taxii-client.ts';
import type { FeedContext, FeedLimits } from '../../../server/sync/feed-services.ts';
import { createPull } from '../../../server/sync/pull/pull.ts';
import { createPush } from '../../../server/sync/push/push.ts';
import { createFeedRunner } from '../../../server/sync/run/run.ts';
import { createFeedScheduler, type FeedScheduler } from '../../../server/sync/run/scheduler.ts';
import { toCollectionId } from '../test-directory.ts';
import { startTestServer, type TestServer } from '../test-server.ts';

/** Small, so that whatever exceeds them does so soon. */
const SMALL_LIMITS: FeedLimits = {
  requestTimeoutMs: 1000,
  runTimeoutMs: 20_000,
  maxPages: 500,
  maxPageBytes: 1_000_000,
  maxRunBytes: 50_000_000,
  maxObjectBytes: 100_000,
  pageLimit: 10,
  pushObjects: 10,
  maxRedirects: 3,
  maxRetries: 2,
  statusWaitMs: 5000,
  maxBackoffMs: 21_600_000,
  maxRejects: 100,
  maxRejectBytes: 100_000_000,
  maxDepth: 100,
  maxObjects: 10_000,
};

const LEASE_MS = 5000;
const COLLECTIONS = 60;
/** The organisation of feeds unless told; it does not run the hub. */
const PARTNER_ORG = 'facebook';

export interface FeedHubOptions {
  readonly limits?: Partial<FeedLimits>;
  /** Of the server, by name without `POLLWATCH_`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files of collections that there are besides the plain ones. */
  readonly collections?: readonly { readonly alias: string }[];
  readonly concurrency?: number;
}

/** Our own server with its feeds; what a run waits for passes at once. */
export interface FeedHub extends AsyncDisposable {
  readonly server: TestServer;
  readonly scheduler: FeedScheduler;
  /** What runs have waited for, in milliseconds. */
  readonly waits: readonly number[];
  /** How many requests of feeds brought or took objects so far. */
  readonly carried: () => number;
  /** The variables in which feeds find their secrets. */
  readonly env: Record<string, string>;
  /** Lines of the log of feeds, as JSON. */
  readonly log: readonly string[];
  /** A plain collection that nobody used before, for every organisation to read and write. */
  readonly takeCollection: () => { readonly id: CollectionId; readonly alias: string };
  readonly addPull: (terms: Pick<PullFeed, 'url'> & Partial<PullFeed>) => Promise<PullFeed>;
  readonly addPush: (terms: Pick<PushFeed, 'url'> & Partial<PushFeed>) => Promise<PushFeed>;
  readonly run: (feed: Feed, limits?: Partial<FeedLimits>) => Promise<FeedRun>;
  readonly readState: (feed: Feed) => Promise<FeedState>;
  readonly readRejects: (feed: Feed) => Promise<readonly FeedReject[]>;
}

/** Starts a server whose schedule stands still; feeds are run by the test. */
export async function startFeedHub(options: FeedHubOptions = {}): Promise<FeedHub> {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-hub-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const collections = writeCollections(join(folder, 'collections'), options.collections ?? []);
  const server = resources.use(await startTestServer({ FEEDS: 'off', ...options.settings }, collections));
  const { core, clock } = server;
  const { store } = core;
  const log: string[] = [];
  const waits: number[] = [];
  const env: Record<string, string> = {};
  let carried = 0;
  const createClient = (given: ClientOptions): TaxiiClient => {
    const client = createTaxiiClient(given);
    return {
      ...client,
      async readObjects(address, query) {
        const page = await client.readObjects(address, query);
        if (page.objects.length > 0) carried += 1;
        return page;
      },
      addObjects(address, body) {
        carried += 1;
        return client.addObjects(address, body);
      },
    };
  };
  const write = (...parts: readonly unknown[]): void => void log.push(JSON.stringify(parts));
  const context: FeedContext = {
    store,
    submissions: core.submissions,
    clock,
    ids: SYSTEM_IDS,
    async wait(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      clock.advance(Math.ceil(ms) * MICROS_PER_MILLI);
      await Promise.resolve();
    },
  };
  const leases = createLeases({
    store,
    holder: SYSTEM_IDS.uuid(),
    nowMs: () => performance.now(),
    ttlMs: LEASE_MS,
  });
  resources.defer(() => leases.releaseAll());
  const createRunner = (limits: Partial<FeedLimits> = {}): ReturnType<typeof createFeedRunner> =>
    createFeedRunner({
      ...context,
      leases,
      leaseMs: LEASE_MS,
      limits: { ...SMALL_LIMITS, ...options.limits, ...limits },
      log: { debug: write, info: write, warn: write, error: write },
      env,
      userAgent: 'pollwatch/test',
      random: () => 0.5,
      createClient,
      pull: createPull(context),
      push: createPush(context),
    });
  const scheduler = createFeedScheduler({
    store,
    runner: createRunner(),
    clock,
    log: { debug: write, info: write, warn: write, error: write },
    concurrency: options.concurrency ?? 1,
  });
  resources.defer(() => scheduler.close());
  const kept = resources.move();
  let taken = 0;
  let feeds = 0;

  function takeCollection(): ReturnType<FeedHub['takeCollection']> {
    taken += 1;
    assert.ok(taken <= COLLECTIONS);
    return { id: parseCollectionId(toPlainId(taken)), alias: `plain-${String(taken)}` };
  }

  function toTerms(): Omit<PullFeed, 'url' | 'direction' | 'into' | 'defaults'> {
    feeds += 1;
    return {
      id: SYSTEM_IDS.uuid(),
      name: `feed-${String(feeds)}`,
      collection: 'shared',
      cron: '* * * * *',
      auth: { kind: 'none' },
      org: PARTNER_ORG,
      match: {},
      allowPrivate: true,
      paused: false,
      createdAt: clock.now(),
    };
  }

  return {
    server,
    scheduler,
    waits,
    carried: () => carried,
    env,
    log,
    takeCollection,
    async addPull(terms) {
      const into = terms.into ?? takeCollection().id;
      const feed: PullFeed = { ...toTerms(), defaults: {}, ...terms, into, direction: 'pull' };
      assert.ok(await store.addFeed(feed));
      return feed;
    },
    async addPush(terms) {
      const from = terms.from ?? takeCollection().id;
      const feed: PushFeed = { ...toTerms(), ...terms, from, direction: 'push' };
      assert.ok(await store.addFeed(feed));
      return feed;
    },
    run: (feed, limits) => createRunner(limits).run(feed, { signal: new AbortController().signal }),
    readState: async ({ id }) => (await store.readFeedProgress(id))?.state ?? NEW_STATE,
    readRejects: ({ id }) => store.listFeedRejects(id, SMALL_LIMITS.maxRejects, SMALL_LIMITS.maxRejectBytes),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function toPlainId(n: number): string {
  return toCollectionId(4096 + n);
}

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

const EVERYBODY = ['dhs', 'nass', 'facebook', 'nased', 'before', 'behind'].map((org) => `org:${org}`);

function writeCollections(folder: string, others: readonly { readonly alias: string }[]): string {
  mkdirSync(folder);
  const plain = Array.from({ length: COLLECTIONS }, (_, index) => ({
    id: toPlainId(index + 1),
    alias: `plain-${String(index + 1)}`,
    title: `Plain ${String(index + 1)}`,
    release: { policy: 'as-posted' },
    read: EVERYBODY,
    write: EVERYBODY,
  }));
  for (const collection of [...plain, ...others]) {
    writeFileSync(join(folder, `${collection.alias}.json`), JSON.stringify(collection));
  }
  return folder;
}
