import type { Collection } from '../domain/collection.ts';
import type { Organisation, Token, User } from '../domain/directory.ts';
import type { Arrival, Feed, FeedReject, FeedState, ListedReject } from '../domain/feed.ts';
import type { DecisionState, HeldObject, HeldVersion, JsonObject, Owner, Recall } from '../domain/held.ts';
import type { CollectionId, Handle, OrganisationId, StixId, UserName } from '../domain/ids.ts';
import type { ObjectQuery } from '../domain/object-query.ts';
import type { ObjectOutcome, Submission, SubmissionIntent } from '../domain/submission.ts';
import type { Tick } from '../domain/timestamp.ts';

/*
 * What every store owes. The numbers stand in the titles of test/contract.
 *
 *  1  Ticks: within a collection `date_added` is unique, strictly increasing in the order in which commits become
 *     visible, and never taken from a clock that went back: max(now, last + 1).
 *  2  The last entry of a commit in a collection lands on a whole millisecond.
 *  3  A commit is visible as a whole or not at all, survives the death of the process once it was answered,
 *     and leaves nothing when its work throws.
 *  4  One commit at a time: what `write` reads inside is what is true when its changes become visible.
 *  5  Queries answer what the reference in test/support says, in the order of `date_added`, with `more` exact,
 *     unless the bound on looked-at rows ended the page early (`scannedTo`).
 *  6  An entry that a default poll, or one over all versions, shows again gets a new `date_added`: its later
 *     version left, or those of a higher spec version did.
 *  7  The same object version is published in a collection once; publishing it again replaces the entry.
 *  8  What was uploaded comes back byte for byte.
 *  9  An intent is durable before `saveIntent` answers and is listed by `openIntents` until it was carried out.
 * 10  `generation` of a collection changes with each commit that changes its entries, in every process.
 * 11  A lost connection or a busy database is `storage.unavailable`, never a driver's error.
 * 12  `close` may be called twice; what opened is closed in reverse.
 * 13  A lease is swapped only by whoever knows what it is; of several that swap at once one succeeds.
 * 14  What is exported and imported into an empty store, of whichever kind, comes back the same.
 * 15  The state of a feed is saved only by whoever holds the highest fence that was ever seen for it, together with
 *     its rejects; a removed feed leaves neither.
 * 16  What a partner has shown us stays known for its organisation, also when its feed is removed.
 */

/** One page of objects: their texts as uploaded, ready to be joined. */
export interface ObjectPage {
  readonly texts: readonly string[];
  readonly first?: Tick;
  readonly last?: Tick;
  readonly more: boolean;
  /** Where to go on when the page ended early because it had looked at enough rows; then `more` is true. */
  readonly scannedTo?: Tick;
}

export interface ManifestRecord {
  readonly id: StixId;
  readonly dateAdded: Tick;
  readonly version: string;
  readonly specVersion: string;
}

export interface ManifestPage {
  readonly records: readonly ManifestRecord[];
  readonly more: boolean;
  readonly scannedTo?: Tick;
}

/** What a poll reads: entries, each written once with all that a page needs. */
export interface EntryReader {
  readObjects(collection: CollectionId, query: ObjectQuery): Promise<ObjectPage>;
  readManifest(collection: CollectionId, query: ObjectQuery): Promise<ManifestPage>;
  /** Whether the collection shows any version of the object. */
  hasObject(collection: CollectionId, id: StixId): Promise<boolean>;
  /** Whether the collection shows one of these versions (by version key) of the object. */
  hasVersion(collection: CollectionId, id: StixId, versionKeys: readonly string[]): Promise<boolean>;
  generation(collection: CollectionId): Promise<number>;
  /**
   * The generation as the last `generation` or `directoryGeneration` of this process found it: enough for a request
   * that asked one of them after it began.
   */
  knownGeneration(collection: CollectionId): number;
  /** The highest tick given out in the collection; 0 when none was. */
  lastTick(collection: CollectionId): Promise<Tick>;
  countEntries(collection: CollectionId): Promise<number>;
  /** All versions shown after the tick, in the order of ticks, at most `limit`: for who sends them on. */
  readEntries(collection: CollectionId, after: Tick, limit: number): Promise<readonly ShownEntry[]>;
}

/** One entry to be shown. */
export interface Publication {
  readonly collection: CollectionId;
  /** The id under which the object is shown here. */
  readonly id: StixId;
  /** The id under which it is held. */
  readonly heldId: StixId;
  readonly type: string;
  readonly version: string;
  readonly versionKey: string;
  readonly specVersion: '2.0' | '2.1';
  readonly text: string;
}

/** An entry as it stands in its collection. */
export interface ShownEntry extends Publication {
  readonly tick: Tick;
}

/** One entry to be taken off the pages. */
export interface Withdrawal {
  readonly collection: CollectionId;
  readonly id: StixId;
  readonly versionKey: string;
}

export interface DecisionChange {
  readonly handle: Handle;
  readonly collection: CollectionId;
  /** Absent: no candidate any more. */
  readonly state?: DecisionState;
  /** When to decide again at the latest: the end of an embargo or of a grace. */
  readonly due?: Tick;
}

/** In what way a version names another object. */
export type NameRole = 'reference' | 'creator' | 'marking' | 'extension';

/** What is kept for an id besides its versions; written as a whole. */
export interface ObjectRecord {
  readonly id: StixId;
  readonly owner?: Owner;
  readonly recall?: Recall;
}

/** All that one commit changes. The store applies the parts in the order of the fields. */
export interface Changes {
  readonly objects?: readonly ObjectRecord[];
  /** New versions, or versions whose changeable members differ; keyed by handle. */
  readonly versions?: readonly HeldVersion[];
  /** Copies that were replaced by a later copy of the same organisation. */
  readonly dropVersions?: readonly Handle[];
  readonly decisions?: readonly DecisionChange[];
  readonly withdraw?: readonly Withdrawal[];
  readonly publish?: readonly Publication[];
  readonly submission?: {
    readonly id: string;
    readonly state: 'open' | 'complete';
    readonly outcomes: readonly ObjectOutcome[];
  };
}

/** A version that names an id, with what was decided for it. */
export interface Namer {
  readonly handle: Handle;
  readonly id: StixId;
}

/** What may be asked inside `write`; nothing else changes the store meanwhile. */
export interface WriteSection {
  /** A tick for this commit, above every tick given out before. */
  readonly now: Tick;
  /** `count` consecutive handles never given out before; the first of them. */
  reserveHandles(count: number): Handle;
  /** Whether the intent was saved and not yet carried out, by whichever process. */
  isOpenIntent(id: string): Promise<boolean>;
  /** What is held under these ids; ids never held are missing from the map. */
  heldObjects(ids: readonly StixId[]): Promise<ReadonlyMap<StixId, HeldObject>>;
  /**
   * Ids of the objects a version of which names one of `targets` in one of `roles`, and is in one of `states`
   * somewhere, or in `collection` when one is given.
   */
  namersOf(
    targets: readonly StixId[],
    roles: readonly NameRole[],
    states: readonly DecisionState[] | 'any',
    collection?: CollectionId,
  ): Promise<readonly StixId[]>;
  /** Versions shown in the collection that name the target in any role, in batches. */
  shownNamers(collection: CollectionId, target: StixId): AsyncIterable<readonly Namer[]>;
  /** Ids of the objects that belong to this owner, and of those of which it sent a version. */
  idsOf(owner: Owner): Promise<readonly StixId[]>;
  /** Ids with a decision due at or before `now`, at most `limit`. */
  dueObjects(now: Tick, limit: number): Promise<readonly StixId[]>;
  /** Ids held in the hub's space after `after`, ascending, at most `limit`: for deciding everything anew. */
  heldIds(after: StixId, limit: number): Promise<readonly StixId[]>;
  /** Which of these ids the collection shows. */
  shownIds(collection: CollectionId, ids: readonly StixId[]): Promise<ReadonlySet<StixId>>;
  /** The entries of one object in a collection, ascending by version key. */
  entriesOf(collection: CollectionId, id: StixId): Promise<readonly Publication[]>;
}

/** What `work` hands back: its result, and what to change. */
export interface Work<T> {
  readonly result: T;
  readonly changes?: Changes;
}

export interface SubmissionStore {
  saveIntent(intent: SubmissionIntent): Promise<void>;
  /** Ids of intents not yet carried out, oldest first. */
  openIntents(limit: number): Promise<readonly string[]>;
  /** @returns the intent with its body, or undefined when it was carried out or never saved. */
  findIntent(id: string): Promise<SubmissionIntent | undefined>;
  findSubmission(id: string): Promise<Submission | undefined>;
  /** Replaces the outcomes of a submission that is still open. */
  saveOutcomes(id: string, state: 'open' | 'complete', outcomes: readonly ObjectOutcome[]): Promise<void>;
}

/** Organisations, users and tokens. */
export interface DirectoryStore {
  /** @returns false when the id, or the identity, is taken. */
  addOrganisation(organisation: Organisation): Promise<boolean>;
  listOrganisations(): Promise<readonly Organisation[]>;
  /** @returns false when the name or the certificate is taken. */
  addUser(user: User): Promise<boolean>;
  findUser(name: UserName): Promise<User | undefined>;
  findUserByCertificate(subject: string): Promise<User | undefined>;
  listUsers(): Promise<readonly User[]>;
  /** @returns false when there is no such user. */
  setPasswordHash(name: UserName, hash: string): Promise<boolean>;
  /** @returns false when there is no such user. */
  disableUser(name: UserName): Promise<boolean>;
  addToken(token: Token): Promise<void>;
  findTokenByHash(hash: string): Promise<Token | undefined>;
  listTokens(): Promise<readonly Token[]>;
  /** @returns false when there is no such token. */
  revokeToken(id: string): Promise<boolean>;
  findOrganisation(id: OrganisationId): Promise<Organisation | undefined>;
  /** Changes with every change of the directory, in every process. */
  directoryGeneration(): Promise<number>;
}

/** What one deployment is: its secret, its hub identity and the policies that decisions use. */
export interface Deployment {
  /** 32 random bytes, one for all servers. */
  readonly secret: Uint8Array;
  readonly hubIdentity: StixId;
}

export interface DeploymentStore {
  /** Saves the deployment unless there is one; returns the one that counts. */
  ensureDeployment(proposed: Deployment): Promise<Deployment>;
  /** The collections that a server stored at its last start; empty before the first. */
  readPolicies(): Promise<readonly Collection[]>;
  /**
   * Saves them as not yet decided. What was decided and published for released collections that are no longer among
   * them goes: it would not be followed up any more. As-posted collections keep what was posted.
   */
  savePolicies(collections: readonly Collection[]): Promise<void>;
  /** Whether everything held was decided by the saved policies; false after `savePolicies`. */
  arePoliciesDecided(): Promise<boolean>;
  /** Rises with each change of the policies, and of what else decisions rest on. */
  policyEpoch(): Promise<number>;
  /** Does nothing when the epoch has risen since: what was decided is then not by what holds now. */
  markPoliciesDecided(epoch: number): Promise<void>;
  /** For when something else that decisions rest on is about to change. */
  markPoliciesUndecided(): Promise<void>;
}

/** Who does a task that one process at a time may do. */
export interface Lease {
  readonly holder: string;
  /** Rises when the holder changes: what comes with a lower one is late. */
  readonly fence: number;
  /** Rises with each renewal, so that others see that the holder lives, whatever their clocks say. */
  readonly beat: number;
}

export interface LeaseStore {
  readLease(name: string): Promise<Lease | undefined>;
  /**
   * Replaces a lease if it still is what was expected; undefined: there is none.
   * @returns whether it did
   */
  swapLease(name: string, expected: Lease | undefined, next: Lease): Promise<boolean>;
}

/** A state, and the fence of whoever saved it. */
export interface FeedProgress {
  readonly fence: number;
  readonly state: FeedState;
}

/** Feeds are known by their id; by their name only in `findFeed`. */
export interface FeedStore {
  /** @returns false when the name is taken */
  addFeed(feed: Feed): Promise<boolean>;
  /** Ascending by name. */
  listFeeds(): Promise<readonly Feed[]>;
  findFeed(name: string): Promise<Feed | undefined>;
  /** @returns false when there is no such feed */
  pauseFeed(id: string): Promise<boolean>;
  /** @returns false when there is no such feed */
  resumeFeed(id: string): Promise<boolean>;
  /**
   * With its state and its rejects.
   * @returns false when there is no such feed
   */
  removeFeed(id: string): Promise<boolean>;
  /** @returns undefined before the first save */
  readFeedProgress(id: string): Promise<FeedProgress | undefined>;
  /**
   * Saves the state, and adds the rejects (one with a key that is there takes its place), in one commit.
   * @returns false, and nothing is changed, when a higher fence has saved before or the feed is gone
   */
  saveFeedProgress(id: string, progress: FeedProgress, rejects: readonly FeedReject[]): Promise<boolean>;
  /**
   * Newest first (by `at`, then by key). Originals are given as long as they come to at most `maxOriginalBytes`
   * together: the first that goes beyond, and those of all older rejects, are left out and never read, so such a
   * reject has `originalBytes` and no `original`.
   */
  listFeedRejects(id: string, limit: number, maxOriginalBytes: number): Promise<readonly ListedReject[]>;
  countFeedRejects(id: string): Promise<number>;
  /**
   * Keeps the newest ones: at most `keep`, and as long as their originals come to at most `keepBytes` together. The
   * first that goes beyond either goes, and so do all older ones.
   */
  trimFeedRejects(id: string, keep: number, keepBytes: number): Promise<void>;
  /** Remembers what the partner has shown us; what is known already stays. */
  saveArrivals(org: OrganisationId, arrivals: readonly Arrival[]): Promise<void>;
  /** @returns for each arrival, in order, whether one of these organisations has shown it to us */
  findArrivals(orgs: readonly OrganisationId[], arrivals: readonly Arrival[]): Promise<readonly boolean[]>;
}

/** How writing goes, for whoever watches. */
export interface StoreHealth {
  /** Commits that were begun and have not ended. */
  readonly openWrites: number;
  /** Commits that were given up because their writer was dead or stopped, ever. */
  readonly abortedWrites: number;
  /** For how many milliseconds the same commit has been open without a sign of life; 0 when none is. */
  readonly silentMs: number;
}

/** One thing that is kept, in the form in which it goes from store to store. */
export type StoredRecord =
  | { readonly kind: 'deployment'; readonly secret: string; readonly hubIdentity: StixId }
  | { readonly kind: 'policies'; readonly collections: readonly Collection[]; readonly decided: boolean }
  | { readonly kind: 'organisation'; readonly value: Organisation }
  | { readonly kind: 'user'; readonly value: User }
  | { readonly kind: 'token'; readonly value: Token }
  | { readonly kind: 'object'; readonly value: ObjectRecord }
  | { readonly kind: 'version'; readonly value: HeldVersion }
  | {
      readonly kind: 'decision';
      readonly handle: Handle;
      readonly collection: CollectionId;
      readonly state: DecisionState;
      readonly due?: Tick;
    }
  | { readonly kind: 'entry'; readonly tick: Tick; readonly marks: number; readonly value: Publication }
  /** `body`: base64, of an intent that was not carried out. */
  | { readonly kind: 'submission'; readonly value: Submission; readonly body?: string }
  | { readonly kind: 'feed'; readonly value: Feed }
  /** `feed`: its id. The fence stays behind: leases begin anew. */
  | { readonly kind: 'feed-state'; readonly feed: string; readonly value: FeedState }
  | { readonly kind: 'feed-reject'; readonly feed: string; readonly value: FeedReject }
  | { readonly kind: 'arrival'; readonly org: OrganisationId; readonly value: Arrival }
  | {
      readonly kind: 'collection';
      readonly id: CollectionId;
      readonly lastTick: Tick;
      readonly generation: number;
    }
  | {
      readonly kind: 'counters';
      readonly nextHandle: Handle;
      readonly lastTick: Tick;
      readonly directoryGeneration: number;
    };

export interface ExportBatch {
  readonly records: readonly StoredRecord[];
  /** Where the next batch begins; what it says is the store's own. */
  readonly position: string;
}

/** Everything as it was at one moment, whatever is written meanwhile. */
export interface StoreExport {
  /** Names that moment: the same mark means the same records in the same order. */
  readonly mark: string;
  /** How many records there are. */
  readonly total: number;
  /** All records, or those after the position of an earlier batch; in bounded batches. */
  batches(after?: string): AsyncIterable<ExportBatch>;
  close(): Promise<void>;
}

/** An import that was begun and not finished. */
export interface ImportState {
  readonly mark: string;
  /** Absent when no batch was imported. */
  readonly position?: string;
}

export interface TransferStore {
  openExport(): Promise<StoreExport>;
  importState(): Promise<ImportState | undefined>;
  /** @throws AppError `input.invalid` when the store holds anything */
  beginImport(mark: string): Promise<void>;
  /** Durable when it answers; the same batch twice is the same as once. */
  importBatch(batch: ExportBatch): Promise<void>;
  finishImport(): Promise<void>;
}

/** The whole of storage. */
export interface Store
  extends
    EntryReader,
    SubmissionStore,
    DirectoryStore,
    DeploymentStore,
    LeaseStore,
    FeedStore,
    TransferStore {
  /**
   * Runs `work` alone and commits what it hands back.
   * @throws AppError `server.busy` when too many wait, `storage.unavailable` when the lock was not free in time.
   */
  write<T>(work: (section: WriteSection) => Promise<Work<T>>): Promise<T>;
  /** The same reads as in `write`, over a snapshot: for status, preview and dry run. */
  view<T>(work: (section: Omit<WriteSection, 'reserveHandles'>) => Promise<T>): Promise<T>;
  /**
   * What keeps this store from holding an object, in words for whoever sent it; undefined when nothing does.
   * @param text of the object as it was sent
   */
  objectFault(object: JsonObject, text: string): string | undefined;
  health(): Promise<StoreHealth>;
  /** Removes what no reader can see any more. */
  sweep(): Promise<void>;
  /** @throws AppError `storage.unavailable` when the store cannot answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
