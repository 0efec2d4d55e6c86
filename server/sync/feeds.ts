import { readFeedPrincipal } from '../domain/decision-context.ts';
import { AppError } from '../domain/errors.ts';
import { NEW_STATE, type Feed, type PullFeed } from '../domain/feed.ts';
import type { Clock, Ids } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { Store } from '../storage/port.ts';
import { createCronSchedule, requireCron } from './run/cron.ts';
import { findFrom, findInto, requireFrom, requireInto } from './feed-collection.ts';
import { checkSince, checkTerms } from './feed-rules.ts';
import type { FeedReport, FeedRequest, FeedService } from './feed-services.ts';
import type { FeedRunner } from './run/run.ts';
import { nextRunAt } from './run/schedule.ts';

export interface FeedServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly runner: Pick<FeedRunner, 'run'>;
}

/** Makes what the command line and the management API handle feeds with. */
export function createFeedService({ store, clock, ids, runner }: FeedServiceOptions): FeedService {
  async function requireFeed(name: string): Promise<Feed> {
    const feed = await store.findFeed(name);
    if (!feed) throw notFound(name);
    return feed;
  }

  async function report(feed: Feed): Promise<FeedReport> {
    const [progress, rejects] = await Promise.all([
      store.readFeedProgress(feed.id),
      store.countFeedRejects(feed.id),
    ]);
    const state = progress?.state ?? NEW_STATE;
    return {
      feed,
      state,
      rejects,
      nextRunAt: findNextRun(feed, state, clock.now()),
      lastError: state.runs.find(({ error }) => error !== undefined)?.error,
    };
  }

  return {
    async add(request) {
      const feed = await toFeed(store, request, { id: ids.uuid(), now: clock.now() });
      if (await store.addFeed(feed)) return feed;
      throw new AppError('feed.exists', {
        detail: `There is a feed "${feed.name}" already. Choose another name, or remove that one first.`,
      });
    },
    list: async () => Promise.all((await store.listFeeds()).map(report)),
    show: async (name) => report(await requireFeed(name)),
    rejects: async (name, limit, maxOriginalBytes) =>
      store.listFeedRejects((await requireFeed(name)).id, limit, maxOriginalBytes),
    async pause(name) {
      if (!(await store.pauseFeed((await requireFeed(name)).id))) throw notFound(name);
    },
    async resume(name) {
      if (!(await store.resumeFeed((await requireFeed(name)).id))) throw notFound(name);
    },
    async remove(name) {
      if (!(await store.removeFeed((await requireFeed(name)).id))) throw notFound(name);
    },
    async run(name, options) {
      const feed = await requireFeed(name);
      checkSince(options.since);
      return runner.run(feed, options);
    },
  };
}

/** When a feed runs next; undefined while it is paused, or when its cron cannot be read. */
export function findNextRun(feed: Feed, state: FeedReport['state'], now: Tick): Tick | undefined {
  try {
    return nextRunAt(createCronSchedule(feed.cron), feed, state, now);
  } catch {
    return undefined;
  }
}

interface Birth {
  readonly id: string;
  readonly now: Tick;
}

/** @throws AppError `input.invalid` that says what to change */
async function toFeed(store: Store, request: FeedRequest, { id, now }: Birth): Promise<Feed> {
  const checked = checkTerms(request);
  const { cron, org, allowPrivate } = request;
  requireCron(cron, now);
  const organisations = await store.listOrganisations();
  if (!organisations.some((each) => each.id === org)) {
    const known = organisations.map((each) => `"${each.id}"`).join(', ');
    throw new AppError('input.invalid', {
      detail: `There is no organisation "${org}". ${known === '' ? 'Add it first.' : `There are: ${known}.`}`,
    });
  }
  const terms = { id, ...checked, cron, org, allowPrivate, paused: false, createdAt: now };
  const collections = await store.readPolicies();
  if (request.direction === 'push') {
    const source = findFrom(collections, request.from ?? '');
    const feed = { ...terms, direction: 'push', from: source.id } as const;
    requireFrom(await readFeedPrincipal(store, feed), source);
    return feed;
  }
  const target = findInto(collections, request.into);
  const feed: PullFeed = { ...terms, direction: 'pull', into: target.id, defaults: request.defaults ?? {} };
  requireInto(await readFeedPrincipal(store, feed), target, feed.defaults);
  return feed;
}

function notFound(name: string): AppError {
  return new AppError('feed.not-found', { detail: `There is no feed "${name}".` });
}
