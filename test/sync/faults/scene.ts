import assert from 'node:assert/strict';
import type { FeedFaultCode, FeedRun, FeedState, PullFeed } from '../../../server/domain/feed.ts';
import { ALL_VERSIONS } from '../../../server/domain/object-query.ts';
import type { CollectionId } from '../../../server/domain/ids.ts';
import type { Store } from '../../../server/storage/port.ts';
import type { FeedLimits } from '../../../server/sync/feed-services.ts';
import type { Behaviour } from '../../support/partner/behaviour.ts';
import type { FeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaigns } from '../../support/partner/objects.ts';
import { startPartner, type Partner, type PartnerOptions } from '../../support/partner/partner.ts';
import { keyOf } from '../../support/partner/stock.ts';

/** Every run ends within this, whatever the partner does. */
const DEADLINE_MS = 15_000;
/** What may be added to the memory of the process by a run, in bytes: far more than any bound on an answer. */
const MOST_MEMORY = 150_000_000;
const SAMPLE_MS = 20;

export interface SceneOptions extends PartnerOptions {
  /** So many campaigns are there at the beginning. */
  readonly count?: number;
  readonly feed?: Partial<PullFeed>;
  readonly limits?: Partial<FeedLimits>;
}

/** A partner and a feed that pulls from it into a collection of its own. */
export interface Scene extends AsyncDisposable {
  readonly partner: Partner;
  readonly feed: PullFeed;
  /** Runs the feed once, within the bounds of time and memory. */
  readonly run: () => Promise<FeedRun>;
  readonly readState: () => Promise<FeedState>;
  /** Ids and versions that we hold, in the order of the collection. */
  readonly readHeld: () => Promise<readonly string[]>;
  /** Says that this run came to its end, and that we hold what the partner does, once. */
  readonly expectAll: (run: FeedRun) => Promise<void>;
  /** Says that this run failed with this, and that the feed backs off. */
  readonly expectFault: (run: FeedRun, code: FeedFaultCode) => Promise<void>;
  /** From now on the partner is as it should be: then a run brings everything. */
  readonly expectRecovery: () => Promise<void>;
  /** A further run brings nothing new, in this many requests for objects at most. */
  readonly expectQuiet: (mostPages: number) => Promise<void>;
}

export async function startScene(hub: FeedHub, options: SceneOptions = {}): Promise<Scene> {
  const objects = options.objects ?? makeCampaigns(options.count ?? 25);
  const partner = await startPartner({ ...options, objects });
  const feed = await hub.addPull({ url: partner.apiRoot, ...options.feed });
  const readHeld = (): Promise<readonly string[]> => readKeys(hub.server.core.store, feed.into);
  const run = (): Promise<FeedRun> => withinBounds(() => hub.run(feed, options.limits));
  const readState = (): Promise<FeedState> => hub.readState(feed);

  const expectAll = async (ended: FeedRun): Promise<void> => {
    assert.equal(ended.result, 'complete', JSON.stringify(ended));
    assert.deepEqual((await readHeld()).toSorted(), partner.stock.keys);
    const { objects: read, accepted, known, rejected } = ended.counts;
    assert.equal(accepted + known + rejected, read, 'the counts add up');
    assert.equal((await readState()).failures, 0);
  };

  return {
    partner,
    feed,
    run,
    readState,
    readHeld,
    expectAll,
    async expectFault(ended, code) {
      assert.equal(ended.result, 'failed', JSON.stringify(ended));
      const { error } = ended;
      assert.equal(error?.code, code, JSON.stringify(error));
      assert.ok(error.detail.length > 20, 'the operator is told what is wrong');
      const { failures, retryAt = 0 } = await readState();
      assert.ok(failures >= 1);
      assert.ok(retryAt > ended.endedAt, 'it backs off');
      const held = await readHeld();
      assert.deepEqual(
        held.filter((key) => !partner.stock.keys.includes(key)),
        [],
      );
      assert.equal(new Set(held).size, held.length, 'something is there twice');
    },
    async expectRecovery() {
      const { pageSize } = partner.behaviour;
      const behaviour: Behaviour = pageSize === undefined ? {} : { pageSize };
      partner.behave(behaviour);
      await expectAll(await run());
    },
    async expectQuiet(mostPages) {
      const before = partner.requests.of('objects').length;
      const ended = await run();
      await expectAll(ended);
      assert.equal(ended.counts.accepted, 0, 'nothing is new');
      const pages = partner.requests.of('objects').length - before;
      assert.ok(pages <= mostPages, `${String(pages)} pages, wanted at most ${String(mostPages)}`);
    },
    [Symbol.asyncDispose]: () => partner[Symbol.asyncDispose](),
  };
}

/** All versions in a collection, in its order. */
export async function readKeys(store: Store, collection: CollectionId): Promise<readonly string[]> {
  const found: string[] = [];
  const limit = 1000;
  for (let after = 0; ;) {
    const { records } = await store.readManifest(collection, { after, limit, versions: [ALL_VERSIONS] });
    found.push(...records.map(({ id, version }) => keyOf({ id, modified: version })));
    const last = records.at(-1);
    if (!last || records.length < limit) return found;
    after = last.dateAdded;
  }
}

export async function withinBounds<T>(work: () => Promise<T>): Promise<T> {
  const before = process.memoryUsage().rss;
  let most = before;
  const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), SAMPLE_MS);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the run did not end in time')), DEADLINE_MS);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
    clearInterval(sampler);
    const grown = Math.max(most, process.memoryUsage().rss) - before;
    assert.ok(grown < MOST_MEMORY, `the run took ${String(Math.round(grown / 1e6))} MB`);
  }
}
