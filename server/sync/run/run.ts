import { AppError } from '../../domain/errors.ts';
import { NEW_STATE, type Feed, type FeedRun, type FeedState } from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Logger } from '../../ops/logger.ts';
import type { TaxiiClient } from '../client/taxii-client.ts';
import type { FeedContext, FeedMover, RunOptions } from '../feed-services.ts';
import { PartnerFault } from '../partner-fault.ts';
import { openFeedClient, type FeedClientOptions } from './run-client.ts';
import {
  keepLease,
  leaseLost,
  takeLease,
  toLeaseName,
  type KeptLease,
  type LeaseTerms,
} from './run-lease.ts';
import {
  addCounts,
  addProgress,
  NO_TALLY,
  toEndedState,
  toFeedError,
  toStartedState,
  type RunOutcome,
  type Tally,
} from './run-record.ts';

export interface FeedRunnerOptions extends FeedContext, FeedClientOptions {
  readonly leases: LeaseTerms['leases'];
  /** After how many milliseconds without a sign a lease is over. */
  readonly leaseMs: number;
  readonly log: Logger;
  readonly pull: FeedMover;
  readonly push: FeedMover;
}

/** Runs feeds, each one at a time in the whole deployment. */
export interface FeedRunner {
  /**
   * Runs a feed now; a holder of its lease that gives no sign is waited for until it is known to be dead.
   * @throws AppError `feed.running`, `feed.not-found`, `storage.unavailable` when the run could not begin
   */
  run(feed: Feed, options: RunOptions): Promise<FeedRun>;
  /**
   * Runs a feed if nobody else does, and if it is still wanted once the lease is ours.
   * @returns undefined when it was not run
   */
  runIf(
    feed: Feed,
    isWanted: (feed: Feed, state: FeedState) => boolean,
    signal: AbortSignal,
  ): Promise<FeedRun | undefined>;
}

/** Why a run is told to end early; what it has moved is kept. */
class RunEnding extends Error {
  readonly result: 'unfinished' | 'stopped';
  constructor(result: 'unfinished' | 'stopped') {
    super(`the run is ${result}`);
    this.name = 'RunEnding';
    this.result = result;
  }
}

/** Whether a run that is told to stop goes on by itself: who stopped it by hand says when it runs again. */
type AfterStop = 'go on' | 'wait';

/** A run under way. */
interface Running {
  feed: Feed;
  readonly fence: number;
  readonly lease: KeptLease;
  readonly startedAt: Tick;
  readonly ending: AbortSignal;
  readonly onProgress: NonNullable<RunOptions['onProgress']>;
  readonly afterStop: AfterStop;
  state: FeedState;
  tally: Tally;
  /** Since they were last trimmed. */
  rejects: number;
  rejectBytes: number;
  /** Somebody else has saved with a higher fence, or the feed is gone. */
  isLost: boolean;
}

export function createFeedRunner(options: FeedRunnerOptions): FeedRunner {
  const { store, clock, leases, limits, log, leaseMs, wait } = options;
  const { maxBackoffMs, maxRejects, maxRejectBytes } = limits;
  const terms = { leases, store, wait, ttlMs: leaseMs };
  /** A lease is one process's: within it nobody else keeps a feed from running twice. */
  const underway = new Set<string>();

  const toBackoff = (): { maxBackoffMs: number; random: number } => ({
    maxBackoffMs,
    random: options.random(),
  });

  async function save(
    running: Running,
    state: FeedState,
    rejects: Parameters<typeof store.saveFeedProgress>[2],
  ) {
    const progress = { fence: running.fence, state };
    if (running.isLost || !(await store.saveFeedProgress(running.feed.id, progress, rejects))) {
      running.isLost = true;
      throw leaseLost();
    }
    running.state = state;
  }

  /** @throws AppError `feed.running` when the lease was lost as soon as it was taken, or the feed has gone just now */
  async function start(running: Running, state: FeedState): Promise<void> {
    await save(running, state, []).catch((error: unknown) => {
      throw error instanceof PartnerFault ? new AppError('feed.running') : error;
    });
  }

  async function trimRejects(running: Running): Promise<void> {
    running.rejects = 0;
    running.rejectBytes = 0;
    await store.trimFeedRejects(running.feed.id, maxRejects, maxRejectBytes);
  }

  async function move(running: Running, client: TaxiiClient): Promise<RunOutcome> {
    const mover = running.feed.direction === 'pull' ? options.pull : options.push;
    const end = await mover({
      feed: running.feed,
      state: running.state,
      client,
      signal: running.ending,
      limits,
      async save(change, done, rejects) {
        const totals = addCounts(running.state.totals, done);
        await save(running, { ...running.state, ...change, totals }, rejects);
        running.tally = addProgress(running.tally, done);
        running.onProgress(done);
        running.rejects += rejects.length;
        for (const { original } of rejects) running.rejectBytes += Buffer.byteLength(original ?? '');
        // One run may reject without end.
        const isMuch = running.rejectBytes > Math.max(maxRejectBytes, MIN_REJECT_BYTES_TO_TRIM);
        if (isMuch || running.rejects > Math.max(maxRejects, MIN_REJECTS_TO_TRIM)) await trimRejects(running);
      },
    });
    const reason: unknown = running.ending.reason;
    return { result: end === 'unfinished' && reason instanceof RunEnding ? reason.result : end };
  }

  /** Whatever happens from here on is recorded. */
  async function carryOut(running: Running): Promise<FeedRun> {
    let client: TaxiiClient | undefined;
    let outcome: RunOutcome;
    let failure: unknown;
    try {
      client = await openFeedClient(options, running.feed, {
        signal: running.ending,
        mayAsk: () => running.lease.require(),
      });
      outcome = await move(running, client);
    } catch (error) {
      failure = error;
      outcome = toOutcome(error, running.ending);
    }
    await client?.close().catch((error: unknown) => {
      log.debug({ err: error, feed: running.feed.name }, 'the connections of a feed could not be closed');
    });
    const { counts, pages } = running.tally;
    const bill = client?.bill() ?? { requests: 0, bytesIn: 0, bytesOut: 0 };
    const { result, error } = outcome;
    const run: FeedRun = {
      startedAt: running.startedAt,
      endedAt: clock.now(),
      result,
      counts,
      pages,
      requests: bill.requests,
      bytes: running.feed.direction === 'pull' ? bill.bytesIn : bill.bytesOut,
      ...(error ? { error } : {}),
    };
    await record(running, run, outcome);
    logRun(running.feed, run, failure);
    return run;
  }

  function toOutcome(thrown: unknown, ending: AbortSignal): RunOutcome {
    // What an end told from outside breaks off fails in one way or another; the end itself is what counts.
    const cause: unknown = ending.aborted ? ending.reason : thrown;
    if (cause instanceof RunEnding) return { result: cause.result };
    return {
      result: 'failed',
      error: toFeedError(cause, clock.now()),
      retryAfterMs: cause instanceof PartnerFault ? cause.retryAfterMs : undefined,
    };
  }

  async function record(running: Running, run: FeedRun, outcome: RunOutcome): Promise<void> {
    // Whoever has the lease now says how the feed stands.
    if (running.isLost || outcome.error?.code === 'lease.lost') return;
    try {
      const goesOn = running.afterStop === 'go on' ? { goesOnAt: run.endedAt } : {};
      await save(running, toEndedState(running.state, run, { ...outcome, ...goesOn }, toBackoff()), []);
      if (running.rejects > 0) await trimRejects(running);
    } catch (error) {
      log.warn({ err: error, feed: running.feed.name }, 'how a feed run ended could not be saved');
    }
  }

  function logRun({ name: feed }: Feed, run: FeedRun, failure: unknown): void {
    const { result, counts, pages, requests, bytes, error } = run;
    const line = { feed, result, ...counts, pages, requests, bytes };
    if (!error) log.info(line, 'feed run');
    else if (error.code === 'internal') log.error({ ...line, code: error.code, err: failure }, 'feed run');
    else log.warn({ ...line, code: error.code }, 'feed run');
  }

  /** Under the lease: reads how the feed stands now, and runs it unless it is not wanted any more. */
  async function begin(
    known: Feed,
    fence: number,
    { signal, since, onStart, onProgress = () => undefined }: RunOptions,
    afterStop: AfterStop,
    isWanted: (feed: Feed, state: FeedState) => boolean,
  ): Promise<FeedRun | undefined> {
    const name = toLeaseName(known.id);
    const ending = new AbortController();
    const stop = (): void => ending.abort(new RunEnding('stopped'));
    const lease = keepLease(terms, name, fence, () => {
      running.isLost = true;
      ending.abort(leaseLost());
    });
    const running: Running = {
      feed: known,
      fence,
      lease,
      startedAt: clock.now(),
      ending: ending.signal,
      onProgress,
      state: NEW_STATE,
      tally: NO_TALLY,
      afterStop,
      rejects: 0,
      rejectBytes: 0,
      isLost: false,
    };
    const deadline = setTimeout(() => ending.abort(new RunEnding('unfinished')), limits.runTimeoutMs);
    try {
      const feed = await store.findFeed(known.name);
      if (feed?.id !== known.id) throw new AppError('feed.not-found');
      const before = (await store.readFeedProgress(feed.id))?.state ?? NEW_STATE;
      if (!isWanted(feed, before)) return undefined;
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      running.feed = feed;
      await start(running, toStartedState(feed.direction, before, running.startedAt, since, toBackoff()));
      onStart?.();
      return await carryOut(running);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      await lease.giveBack().catch((error: unknown) => {
        log.debug(
          { err: error, feed: known.name },
          'the lease of a feed could not be given back: it ends by itself',
        );
      });
    }
  }

  async function alone<T>(feed: Feed, otherwise: () => T, work: () => Promise<T>): Promise<T> {
    if (underway.has(feed.id)) return otherwise();
    underway.add(feed.id);
    try {
      return await work();
    } finally {
      underway.delete(feed.id);
    }
  }

  return {
    run: (feed, given) =>
      alone(feed, refuseSecond, async () => {
        const fence = await takeLease(terms, toLeaseName(feed.id), given.signal).catch((error: unknown) => {
          throw given.signal.aborted ? new AppError('feed.running') : error;
        });
        const run = fence === undefined ? undefined : await begin(feed, fence, given, 'wait', () => true);
        return run ?? refuseSecond();
      }),
    runIf: (feed, isWanted, signal) =>
      alone<FeedRun | undefined>(
        feed,
        () => undefined,
        async () => {
          const fence = await leases.hold(toLeaseName(feed.id));
          return fence === undefined ? undefined : begin(feed, fence, { signal }, 'go on', isWanted);
        },
      ),
  };
}

const MIN_REJECTS_TO_TRIM = 1000;
const MIN_REJECT_BYTES_TO_TRIM = 67_108_864;

function refuseSecond(): never {
  throw new AppError('feed.running');
}
