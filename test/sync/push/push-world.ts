import assert from 'node:assert/strict';
import type { Collection } from '../../../server/domain/collection.ts';
import { NEW_STATE, type FeedReject, type FeedState, type PushFeed } from '../../../server/domain/feed.ts';
import type { TaxiiClient } from '../../../server/sync/client/taxii-client.ts';
import type { FeedLimits, Progress, RunEnd } from '../../../server/sync/feed-services.ts';
import { createPush } from '../../../server/sync/push/push.ts';
import type { Publication, Store } from '../../../server/storage/port.ts';
import { createFakeIds } from '../../support/fake-ids.ts';
import { toPublication, toStixId } from '../../support/publications.ts';
import { startTestHub, type TestHub } from '../../support/test-hub.ts';
import { PARTNER_COLLECTION, PARTNER_URL } from './memory-partner.ts';

export const LIMITS: FeedLimits = {
  requestTimeoutMs: 5000,
  runTimeoutMs: 60_000,
  maxPages: 1000,
  maxPageBytes: 1_000_000,
  maxRunBytes: 1_000_000_000,
  maxObjectBytes: 100_000,
  pageLimit: 100,
  pushObjects: 10,
  maxRedirects: 3,
  maxRetries: 0,
  statusWaitMs: 10_000,
  maxBackoffMs: 1000,
  maxRejects: 1000,
  maxRejectBytes: 100_000_000,
  maxDepth: 100,
  maxObjects: 10_000,
};

/** What is saved of a feed, and what a run of it did. */
export interface PushWorld extends AsyncDisposable {
  readonly hub: TestHub;
  readonly store: Store;
  readonly feed: PushFeed;
  /** How the feed stands, as the store has it. */
  readonly state: () => FeedState;
  /** What all runs together saved. */
  readonly totals: () => Progress;
  readonly saves: readonly Progress[];
  readonly rejects: () => Promise<readonly FeedReject[]>;
  /** How many rejects were handed over to be saved, the same one more than once. */
  readonly savedRejects: () => number;
  /** The pauses that were asked for, in milliseconds. */
  readonly pauses: readonly number[];
  /** Shows campaigns with these numbers in the feed's collection. */
  readonly publish: (numbers: readonly number[], rest?: object) => Promise<void>;
  readonly withdraw: (number: number) => Promise<void>;
  readonly run: (client: TaxiiClient, options?: RunTerms) => Promise<RunEnd>;
}

export interface RunTerms {
  readonly limits?: Partial<FeedLimits>;
  readonly signal?: AbortSignal;
  readonly beforeSave?: () => void;
  /** What the push sees instead of the world's store. */
  readonly store?: Store;
}

export interface WorldOptions {
  readonly feed?: Partial<PushFeed>;
  /** The alias of the collection that is sent. */
  readonly from?: string;
  /** One that several worlds share, and that none of them ends; one of its own unless told. */
  readonly hub?: TestHub;
}

const VERSION = '2018-08-21T00:00:00.000Z';

export function toText(number: number, rest: object = {}): string {
  const id = toStixId('campaign', number);
  return JSON.stringify({ type: 'campaign', spec_version: '2.1', id, modified: VERSION, ...rest });
}

/** A hub with one feed that pushes to `PARTNER_URL`. */
export async function startPushWorld(options: WorldOptions = {}): Promise<PushWorld> {
  const { feed: changed, from = 'reference', hub = await startTestHub() } = options;
  const { store, clock } = hub;
  const collection = await findCollection(store, from);
  const feed: PushFeed = {
    id: '11111111-2222-4333-8444-555555555555',
    name: 'out',
    url: PARTNER_URL,
    collection: PARTNER_COLLECTION,
    cron: '*/15 * * * *',
    auth: { kind: 'none' },
    org: 'nass',
    match: {},
    allowPrivate: true,
    paused: false,
    createdAt: clock.now(),
    direction: 'push',
    from: collection.id,
    ...changed,
  };
  assert.ok(await store.addFeed(feed));
  let state = NEW_STATE;
  const saves: Progress[] = [];
  let savedRejects = 0;
  const pauses: number[] = [];

  const toEntry = (number: number, rest: object = {}): Publication => {
    const id = toStixId('campaign', number);
    return toPublication({ collection: collection.id, id, version: VERSION, text: toText(number, rest) });
  };
  return {
    hub,
    store,
    feed,
    state: () => state,
    saves,
    totals: () => sum(saves),
    savedRejects: () => savedRejects,
    rejects: () => store.listFeedRejects(feed.id, 1000, LIMITS.maxRejectBytes),
    pauses,
    async publish(numbers, rest) {
      const publish = numbers.map((number) => toEntry(number, rest));
      await store.write(() => Promise.resolve({ result: undefined, changes: { publish } }));
    },
    async withdraw(number) {
      const { id, versionKey } = toEntry(number);
      const withdraw = [{ collection: collection.id, id, versionKey }];
      await store.write(() => Promise.resolve({ result: undefined, changes: { withdraw } }));
    },
    async run(client, { limits, signal, beforeSave, store: other } = {}) {
      const wait = (ms: number, told: AbortSignal): Promise<void> => {
        pauses.push(ms);
        told.throwIfAborted();
        return Promise.resolve();
      };
      const push = createPush({
        store: other ?? store,
        submissions: hub.submissions,
        clock,
        ids: createFakeIds(3),
        wait,
      });
      return push({
        feed,
        state,
        client,
        signal: signal ?? new AbortController().signal,
        limits: { ...LIMITS, ...limits },
        async save(change, done, rejects) {
          beforeSave?.();
          const next = { ...state, ...change };
          assert.ok(await store.saveFeedProgress(feed.id, { fence: 1, state: next }, rejects));
          state = next;
          saves.push(done);
          savedRejects += rejects.length;
        },
      });
    },
    async [Symbol.asyncDispose]() {
      if (!options.hub) await hub[Symbol.asyncDispose]();
    },
  };
}

/** The policies with another list of who may read the collection. */
export async function setReaders(store: Store, alias: string, read: readonly string[]): Promise<void> {
  const collections = await store.readPolicies();
  await store.savePolicies(collections.map((each) => (each.alias === alias ? { ...each, read } : each)));
}

export async function findCollection(store: Store, alias: string): Promise<Collection> {
  const found = (await store.readPolicies()).find((collection) => collection.alias === alias);
  assert.ok(found);
  return found;
}

/** The numbers from `first` to `last`. */
export function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function sum(all: readonly Progress[]): Progress {
  return all.reduce(
    (total, { objects, accepted, known, rejected, pages }) => ({
      objects: total.objects + objects,
      accepted: total.accepted + accepted,
      known: total.known + known,
      rejected: total.rejected + rejected,
      pages: total.pages + pages,
    }),
    { objects: 0, accepted: 0, known: 0, rejected: 0, pages: 0 },
  );
}
