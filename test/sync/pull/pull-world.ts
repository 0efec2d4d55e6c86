import type { FeedReject, FeedState, PullFeed } from '../../../server/domain/feed.ts';
import { NEW_STATE } from '../../../server/domain/feed.ts';
import type { PartnerCollection, TaxiiClient } from '../../../server/sync/client/taxii-client.ts';
import type { FeedContext, FeedLimits, Progress, RunEnd } from '../../../server/sync/feed-services.ts';
import { createPull } from '../../../server/sync/pull/pull.ts';
import type { Store } from '../../../server/storage/port.ts';
import { createFakeIds } from '../../support/fake-ids.ts';
import { startTestHub, type TestHub } from '../../support/test-hub.ts';
import { createMemoryPartner, PLAIN, type MemoryPartner, type Traits } from './memory-partner.ts';

const LIMITS: FeedLimits = {
  requestTimeoutMs: 1_000,
  runTimeoutMs: 60_000,
  maxPages: 1_000,
  maxPageBytes: 1_000_000,
  maxRunBytes: Number.POSITIVE_INFINITY,
  maxObjectBytes: 100_000,
  pageLimit: 100,
  pushObjects: 100,
  maxRedirects: 0,
  maxRetries: 0,
  statusWaitMs: 1_000,
  maxBackoffMs: 1_000,
  maxRejects: 100,
  maxRejectBytes: 100_000_000,
  maxDepth: 100,
  maxObjects: 1_000,
};

const COLLECTION: PartnerCollection = {
  id: '9a7f0000-0000-4000-8000-000000000001',
  title: 'Shared',
  alias: 'shared',
  canRead: true,
  canWrite: true,
};

/** A hub, a partner in memory, and a feed from the one to the other. */
export interface PullWorld extends AsyncDisposable {
  readonly hub: TestHub;
  readonly partner: MemoryPartner;
  readonly context: FeedContext;
  readonly feed: PullFeed;
  readonly state: FeedState;
  readonly rejects: readonly FeedReject[];
  readonly pages: readonly Progress[];
  /** How often something waited. */
  readonly waits: number;
  /** Adds objects to the partner's collection. */
  give(...objects: readonly object[]): void;
  /** @param dies instead of saving a page */
  run(dies?: boolean): Promise<RunEnd>;
}

export interface WorldOptions {
  readonly feed?: Partial<PullFeed>;
  readonly traits?: Partial<Traits>;
  readonly limits?: Partial<FeedLimits>;
  readonly wrap?: (store: Store) => Store;
  /** The alias of the collection that the feed fills; `intake` unless told. */
  readonly into?: string;
  readonly onWait?: () => void;
}

export async function startPullWorld(options: WorldOptions = {}): Promise<PullWorld> {
  const hub = await startTestHub(options.wrap ? { wrap: options.wrap } : {});
  const partner = createMemoryPartner({ ...PLAIN, ...options.traits });
  const into = (await hub.store.readPolicies()).find(({ alias }) => alias === (options.into ?? 'intake'));
  if (!into) throw new Error(`no collection ${options.into}`);
  const feed: PullFeed = {
    id: '0feed000-0000-4000-8000-000000000001',
    name: 'partner',
    direction: 'pull',
    url: 'https://partner.example/api/',
    collection: 'shared',
    cron: '* * * * *',
    auth: { kind: 'none' },
    org: 'facebook',
    match: {},
    allowPrivate: false,
    paused: false,
    createdAt: 0,
    into: into.id,
    defaults: {},
    ...options.feed,
  };
  await hub.store.addFeed(feed);
  const client: TaxiiClient = {
    ...partner,
    readObjects: (...given) => partner.readObjects(...given),
    readManifest: (...given) => partner.readManifest(...given),
    readService: async () => ({ kind: 'api-root', maxContentLength: undefined }),
    listCollections: async () => [COLLECTION],
    addObjects: async () => refuse(),
    readStatus: async () => refuse(),
    bill: () => partner.bill(),
    close: async () => undefined,
  };
  let state = NEW_STATE;
  let waits = 0;
  const rejects: FeedReject[] = [];
  const pages: Progress[] = [];
  const context: FeedContext = {
    store: hub.store,
    submissions: hub.submissions,
    clock: hub.clock,
    ids: createFakeIds(7),
    async wait() {
      waits += 1;
      options.onWait?.();
    },
  };
  const pull = createPull(context);
  return {
    hub,
    partner,
    context,
    feed,
    rejects,
    pages,
    get state() {
      return state;
    },
    get waits() {
      return waits;
    },
    give(...objects) {
      partner.add(objects.map((object) => JSON.stringify(object)));
      partner.advance(5_000_000);
    },
    async run(dies = false) {
      const end = await pull({
        feed,
        state,
        client,
        signal: new AbortController().signal,
        limits: { ...LIMITS, ...options.limits },
        async save(change, done, refused) {
          if (dies) throw new Error('died');
          state = { ...state, ...change };
          pages.push(done);
          rejects.push(...refused);
        },
      });
      if (end === 'complete') state = { ...state, succeededAt: hub.clock.now() };
      return end;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

function refuse(): never {
  throw new Error('a pull sends nothing');
}
