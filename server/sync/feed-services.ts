import type {
  Feed,
  FeedAuth,
  FeedDirection,
  FeedError,
  FeedMatch,
  FeedReject,
  FeedRun,
  FeedSecret,
  FeedState,
  ListedReject,
  PullFeed,
} from '../domain/feed.ts';
import type { Clock, Ids, OrganisationId } from '../domain/ids.ts';
import type { SubmissionService } from '../domain/submit.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { ShownEntry, Store } from '../storage/port.ts';
import type { ClientOptions, TaxiiClient } from './client/taxii-client.ts';

/** The bounds of a run; each is a setting (POLLWATCH_FEED_…). */
export interface FeedLimits {
  readonly requestTimeoutMs: number;
  readonly runTimeoutMs: number;
  readonly maxPages: number;
  readonly maxPageBytes: number;
  readonly maxRunBytes: number;
  readonly maxObjectBytes: number;
  /** How many objects a pull asks for at a time. */
  readonly pageLimit: number;
  /** How many objects a push sends at a time. */
  readonly pushObjects: number;
  readonly maxRedirects: number;
  readonly maxRetries: number;
  /** How long a push waits for a status that is pending. */
  readonly statusWaitMs: number;
  readonly maxBackoffMs: number;
  /** How many rejects are kept of a feed. */
  readonly maxRejects: number;
  /** What the originals of these come to at most, in bytes. */
  readonly maxRejectBytes: number;
  readonly maxDepth: number;
  readonly maxObjects: number;
}

/** Moves one feed forward, page by page. */
export interface FeedRunning {
  readonly feed: Feed;
  readonly state: FeedState;
  readonly client: TaxiiClient;
  /** Fires when the process stops, the lease is lost or the time of the run is over; the reason says which. */
  readonly signal: AbortSignal;
  readonly limits: FeedLimits;
  /**
   * Makes what was done durable, with its rejects; what is not saved is done again.
   * @throws PartnerFault `lease.lost`
   */
  readonly save: (
    change: Partial<FeedState>,
    done: Progress,
    rejects: readonly FeedReject[],
  ) => Promise<void>;
}

/** What one page, or one envelope, came to. */
export interface Progress {
  readonly objects: number;
  readonly accepted: number;
  readonly known: number;
  readonly rejected: number;
  readonly pages: number;
}

/** `complete`: everything there was; `unfinished`: a bound was reached. */
export type RunEnd = 'complete' | 'unfinished';

/** What pulls and pushes use of the product. */
export interface FeedContext {
  readonly store: Store;
  readonly submissions: SubmissionService;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Resolves after so many milliseconds, or rejects when the signal fires. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Pulls, or pushes, until there is nothing more or a bound is reached. `createPull` and `createPush` make one. */
export type FeedMover = (running: FeedRunning) => Promise<RunEnd>;

/** How a feed is asked for, before it is checked; one shape for both directions, as people write it. */
export interface FeedRequest {
  readonly name: string;
  /** An API root of the partner, or its discovery. */
  readonly url: string;
  /** The id, the alias or the title of the partner's collection. */
  readonly collection: string;
  readonly direction: FeedDirection;
  /** When, as node-cron writes it, in UTC. */
  readonly cron: string;
  readonly auth: FeedAuth;
  readonly secret?: FeedSecret | undefined;
  readonly caFile?: string | undefined;
  readonly org: OrganisationId;
  /** Of a pull: the alias or the id of our collection; absent: the intake collection. */
  readonly into?: string | undefined;
  /** Of a push, and needed there: the alias or the id of our collection. */
  readonly from?: string | undefined;
  /** Of a pull. */
  readonly defaults?: PullFeed['defaults'] | undefined;
  readonly match?: FeedMatch | undefined;
  readonly since?: Tick | undefined;
  readonly allowPrivate: boolean;
}

/** A feed as people see it. */
export interface FeedReport {
  readonly feed: Feed;
  readonly state: FeedState;
  readonly rejects: number;
  /** Undefined while it is paused. */
  readonly nextRunAt: Tick | undefined;
  readonly lastError: FeedError | undefined;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Told once the feed is this run's alone and its start is saved. */
  readonly onStart?: () => void;
  /** Told of what each page came to, after it is durable. */
  readonly onProgress?: (done: Progress) => void;
  /** Reads again from here, or sends again from here; 0 from the oldest. */
  readonly since?: Tick;
}

/** Feeds as the command line and the management API handle them. */
export interface FeedService {
  /** @throws AppError `input.invalid` that says what to change, `feed.exists` */
  add(request: FeedRequest): Promise<Feed>;
  list(): Promise<readonly FeedReport[]>;
  /** @throws AppError `feed.not-found` */
  show(name: string): Promise<FeedReport>;
  /**
   * Newest first; `maxOriginalBytes` as in `FeedStore`.
   * @throws AppError `feed.not-found`
   */
  rejects(name: string, limit: number, maxOriginalBytes: number): Promise<readonly ListedReject[]>;
  /** @throws AppError `feed.not-found` */
  pause(name: string): Promise<void>;
  /** @throws AppError `feed.not-found` */
  resume(name: string): Promise<void>;
  /** @throws AppError `feed.not-found` */
  remove(name: string): Promise<void>;
  /**
   * Runs a feed now, also a paused one.
   * @throws AppError `feed.not-found`, `feed.running` when any process is at it, `input.invalid` when `since` is no time
   *   that can be kept
   */
  run(name: string, options: RunOptions): Promise<FeedRun>;
}

/** Which of the entries came from the partner that a push goes to. */
export type EchoTest = (entries: readonly ShownEntry[]) => Promise<readonly boolean[]>;

export type CreateClient = (options: ClientOptions) => TaxiiClient;
