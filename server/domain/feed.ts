import type { Audience, Consent, TlpLevel } from './collection.ts';
import type { CollectionId, OrganisationId, StixId } from './ids.ts';
import type { Tick } from './timestamp.ts';

/** How a partner wants to be asked. What is secret in it is named by `FeedSecret` and is nowhere else. */
export type FeedAuth =
  | { readonly kind: 'none' }
  /** HTTP Basic; the secret is the password. */
  | { readonly kind: 'basic'; readonly user: string }
  | { readonly kind: 'bearer' }
  /** `Authorization: Token SECRET`. */
  | { readonly kind: 'token' }
  /** The secret is the value of this header. */
  | { readonly kind: 'header'; readonly name: string }
  /** A client certificate: the secret is its chain and its private key in PEM form, in one text. */
  | { readonly kind: 'cert' };

/** Where the secret is found at each run. The secret itself is never stored. */
export type FeedSecret = { readonly env: string } | { readonly file: string };

/** `match[type]` and the like, as asked of a partner; of a push, what is sent at all. */
export interface FeedMatch {
  readonly types?: readonly string[];
}

export const FEED_DIRECTIONS = ['pull', 'push'] as const;
export type FeedDirection = (typeof FEED_DIRECTIONS)[number];

interface FeedTerms {
  /** UUIDv4: another one for each feed ever added, whatever its name. */
  readonly id: string;
  readonly name: string;
  /** The API root of the partner, or a discovery URL. */
  readonly url: string;
  /** The id, the alias or the title of the partner's collection. */
  readonly collection: string;
  /** When, as node-cron writes it, in UTC. */
  readonly cron: string;
  readonly auth: FeedAuth;
  readonly secret?: FeedSecret;
  /** PEM file with the authorities that the partner's certificate is checked against, besides the usual ones. */
  readonly caFile?: string;
  /** The partner: a pull is this organisation's analyst, a push may send what this organisation may read. */
  readonly org: OrganisationId;
  readonly match: FeedMatch;
  /** Only what was added after; of a pull at the partner, of a push here. */
  readonly since?: Tick;
  /** Private, loopback and link-local addresses are allowed, and plain HTTP to these alone. */
  readonly allowPrivate: boolean;
  readonly paused: boolean;
  readonly createdAt: Tick;
}

export interface PullFeed extends FeedTerms {
  readonly direction: 'pull';
  /** Where the objects go: the intake collection, or a plain one. */
  readonly into: CollectionId;
  /** For objects that say nothing themselves. */
  readonly defaults: {
    readonly tlp?: TlpLevel;
    readonly audiences?: readonly Audience[];
    readonly consent?: Consent;
  };
}

export interface PushFeed extends FeedTerms {
  readonly direction: 'push';
  /** What is sent: the entries of this collection. */
  readonly from: CollectionId;
}

/** A partner's TAXII collection that we pull from or push to. */
export type Feed = PullFeed | PushFeed;

/** Who uploads for a feed, in submissions; no user can have this name. */
export function toFeedUser(name: string): string {
  return `${FEED_USER}${name}`;
}

const FEED_USER = 'feed:';

/** @returns the name of the feed, or undefined when a user uploaded */
export function parseFeedUser(user: string): string | undefined {
  return user.startsWith(FEED_USER) ? user.slice(FEED_USER.length) : undefined;
}

/**
 * Where a pull goes on. A chain is what `next` leads through; its requests repeat the `added_after` it began with
 * (TAXII 2.1, 3.5).
 */
export interface PullCursor {
  /** What `added_after` said when the chain began; absent: from the oldest. */
  readonly after?: Tick;
  /** Where the chain goes on; absent: it is at its end. */
  readonly next?: string;
  /** The highest `X-TAXII-Date-Added-Last` of what is durable. */
  readonly reached?: Tick;
  /**
   * What is asked for next overlaps what was read by one moment: the partner counts in whole seconds and may still
   * have been adding to the last one.
   */
  readonly overlaps?: boolean;
}

/** Where a push goes on: everything up to this tick was answered by the partner. */
export interface PushCursor {
  readonly tick: Tick;
  /** Status resources that were still pending when the run ended, oldest first. */
  readonly pending: readonly PendingStatus[];
}

/** What a partner has taken and not yet said the end of. */
export interface PendingStatus {
  readonly id: string;
  readonly askedAt: Tick;
}

/** What became of objects. */
export interface FeedCounts {
  /** Read from the partner, or sent to it. */
  readonly objects: number;
  /** New to us, or to the partner. */
  readonly accepted: number;
  /** Were there already and changed nothing; of a push also what came from this partner and was not sent. */
  readonly known: number;
  /** Are in the reject list. */
  readonly rejected: number;
}

export const NO_COUNTS: FeedCounts = { objects: 0, accepted: 0, known: 0, rejected: 0 };

/** What is wrong between us and a partner. The list is closed. */
export const FEED_FAULTS = [
  'secret.missing',
  'address.refused',
  'address.unknown',
  'connection.failed',
  'tls.failed',
  'time.exceeded',
  'credentials.refused',
  'access.denied',
  'not-found',
  'media.refused',
  'request.refused',
  'request.too-large',
  'redirect.refused',
  'partner.busy',
  'partner.failed',
  'answer.unreadable',
  'answer.too-large',
  'paging.stuck',
  'collection.unusable',
  'lease.lost',
  'store.unavailable',
  'internal',
] as const;
export type FeedFaultCode = (typeof FEED_FAULTS)[number];

export interface FeedError {
  readonly code: FeedFaultCode;
  /** For the operator: what is wrong and what to do. Never a secret. */
  readonly detail: string;
  readonly at: Tick;
}

/**
 * `complete`: everything that there was. `unfinished`: a bound was reached, and the next run goes on. `stopped`: we
 * were told to end.
 */
export type FeedResult = 'complete' | 'unfinished' | 'stopped' | 'failed';

/** One run of a feed. */
export interface FeedRun {
  readonly startedAt: Tick;
  readonly endedAt: Tick;
  readonly result: FeedResult;
  readonly counts: FeedCounts;
  readonly pages: number;
  readonly requests: number;
  /** Of answers, or of what was sent, in bytes. */
  readonly bytes: number;
  readonly error?: FeedError;
}

/** What is known of the partner from earlier runs; forgotten when it does not hold any more. */
export interface KnownPartner {
  /** With a slash at the end. */
  readonly apiRoot: string;
  readonly collection: string;
  /** What the partner takes in one request, in bytes. */
  readonly maxContentLength?: number;
}

/** How a feed stands. */
export interface FeedState {
  readonly pull?: PullCursor;
  readonly push?: PushCursor;
  readonly partner?: KnownPartner;
  /** Every timestamp of the partner so far was a whole second. */
  readonly isCoarse?: boolean;
  readonly totals: FeedCounts;
  /** Runs in a row that failed. */
  readonly failures: number;
  /** When the last run began, also one that did not come to its end. */
  readonly startedAt?: Tick;
  /** When the run began that has not ended by itself: its process died, or was told to stop. It goes on at `retryAt`. */
  readonly openSince?: Tick;
  /** When a run last came to a good end. */
  readonly succeededAt?: Tick;
  /** After a failure, and of a run that was cut off: when to try again. */
  readonly retryAt?: Tick;
  /** Newest first, at most `MAX_RUNS`. */
  readonly runs: readonly FeedRun[];
}

export const MAX_RUNS = 20;
export const NEW_STATE: FeedState = { totals: NO_COUNTS, failures: 0, runs: [] };

/** An object that did not get through, and why. */
export interface FeedReject {
  /** Lower-case hexadecimal SHA-256 of the original: the same object twice is one reject. */
  readonly key: string;
  readonly at: Tick;
  /** As far as the object says them. */
  readonly id?: string;
  readonly version?: string;
  readonly reason: string;
  /** Byte for byte; absent when it was larger than the bound on objects. */
  readonly original?: string;
}

/** A reject in a list. */
export interface ListedReject extends FeedReject {
  /** How long the original is that is kept, in bytes of UTF-8, also where the list leaves it out. */
  readonly originalBytes?: number;
}

/**
 * An object version that a partner has shown us; with what is counted of an observable's contents
 * (`sync/settling.ts`) in the version key.
 */
export interface Arrival {
  readonly id: StixId;
  readonly versionKey: string;
}
