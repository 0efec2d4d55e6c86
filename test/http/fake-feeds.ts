import { AppError } from '../../server/domain/errors.ts';
import { NEW_STATE, NO_COUNTS, type Feed, type FeedReject, type FeedRun } from '../../server/domain/feed.ts';
import type { Clock, CollectionId } from '../../server/domain/ids.ts';
import type { FeedReport, FeedRequest, FeedService, RunOptions } from '../../server/sync/feed-services.ts';

/** A run that was asked for, which the test ends. */
export interface FakeRun {
  readonly name: string;
  readonly options: RunOptions;
  readonly end: (error?: Error) => void;
}

/** Feeds in memory that keep what FeedService promises; a run goes on until the test, or its signal, ends it. */
export interface FakeFeeds extends FeedService {
  /** What was asked to be added, as it came. */
  readonly requests: readonly FeedRequest[];
  readonly runs: readonly FakeRun[];
  put(report: FeedReport, rejects?: readonly FeedReject[]): void;
  /** The next `add` fails with it. */
  failWith(error: Error): void;
}

/** @param idOf the id of a collection of ours by its alias */
export function createFakeFeeds(clock: Clock, idOf: (alias: string | undefined) => CollectionId): FakeFeeds {
  const reports = new Map<string, FeedReport>();
  const rejectsOf = new Map<string, readonly FeedReject[]>();
  const requests: FeedRequest[] = [];
  const runs: FakeRun[] = [];
  const running = new Set<string>();
  let failure: Error | undefined;

  const find = (name: string): FeedReport => {
    const report = reports.get(name);
    if (!report) throw new AppError('feed.not-found', { detail: `There is no feed "${name}".` });
    return report;
  };
  const setPaused = (name: string, paused: boolean): void => {
    const report = find(name);
    reports.set(name, {
      ...report,
      feed: { ...report.feed, paused },
      nextRunAt: paused ? undefined : clock.now(),
    });
  };

  return {
    requests,
    runs,
    put(report, rejects = []) {
      reports.set(report.feed.name, { ...report, rejects: rejects.length });
      rejectsOf.set(report.feed.name, rejects);
    },
    failWith(error) {
      failure = error;
    },
    async add(request) {
      requests.push(request);
      const thrown = failure;
      failure = undefined;
      if (thrown) throw thrown;
      if (reports.has(request.name)) throw new AppError('feed.exists');
      const { into, from, defaults = {}, match = {}, direction, secret, caFile, since, ...rest } = request;
      const feed: Feed = {
        ...rest,
        id: '378e5de7-84a4-45e4-8a34-c02a43d0b657',
        createdAt: clock.now(),
        paused: false,
        match,
        ...(secret === undefined ? {} : { secret }),
        ...(caFile === undefined ? {} : { caFile }),
        ...(since === undefined ? {} : { since }),
        ...(direction === 'push'
          ? { direction, from: idOf(from) }
          : { direction, into: idOf(into), defaults }),
      };
      reports.set(feed.name, {
        feed,
        state: NEW_STATE,
        rejects: 0,
        nextRunAt: clock.now(),
        lastError: undefined,
      });
      return feed;
    },
    list: async () => [...reports.values()].sort((a, b) => (a.feed.name < b.feed.name ? -1 : 1)),
    show: async (name) => find(name),
    async rejects(name, limit, maxOriginalBytes) {
      find(name);
      let left = maxOriginalBytes;
      return (rejectsOf.get(name) ?? []).slice(0, limit).map(({ original, ...rest }) => {
        if (original === undefined) return rest;
        const originalBytes = Buffer.byteLength(original);
        left -= originalBytes;
        return { ...rest, originalBytes, ...(left < 0 ? {} : { original }) };
      });
    },
    pause: async (name) => setPaused(name, true),
    resume: async (name) => setPaused(name, false),
    async remove(name) {
      find(name);
      reports.delete(name);
    },
    async run(name, options) {
      find(name);
      if (running.has(name)) throw new AppError('feed.running');
      running.add(name);
      options.onStart?.();
      try {
        return await new Promise<FeedRun>((resolve, reject) => {
          const end = (error?: Error): void => {
            if (error) reject(error);
            const at = clock.now();
            const none = { counts: NO_COUNTS, pages: 0, requests: 0, bytes: 0 };
            resolve({ startedAt: at, endedAt: at, result: 'complete', ...none });
          };
          options.signal.addEventListener('abort', () => end());
          runs.push({ name, options, end });
        });
      } finally {
        running.delete(name);
      }
    },
  };
}
