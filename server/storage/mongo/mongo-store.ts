import { setTimeout as delay } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import type { Clock, Ids } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Store, WriteSection } from '../port.ts';
import { createTaskQueue } from '../task-queue.ts';
import { createAttempt, type Attempt } from './attempt.ts';
import {
  arePoliciesDecided,
  ensureDeployment,
  findDeployment,
  markPolicies,
  readPolicies,
  savePolicies,
} from './deployment.ts';
import { createDirectory } from './directory.ts';
import { createEntryReader } from './entry-reader.ts';
import { writeEntries } from './entry-writer.ts';
import { isRefused, toStorageError } from './errors.ts';
import { createHeadReader, type HeadDocument } from './head.ts';
import { createHeldReader, type HeldReader } from './held-reader.ts';
import { writeHeld } from './held-writer.ts';
import { createLayout, prepareLayout, type Layout } from './layout.ts';
import { createLeaseStore } from './leases.ts';
import { createWriteLock, LEASE_MS, type WriteLock } from './lock.ts';
import { findNativeFault } from './native.ts';
import type { Snapshot } from './snapshot.ts';
import {
  findIntent,
  findSubmission,
  endWaiting,
  isOpenIntent,
  openIntents,
  saveIntent,
  writeOutcomes,
} from './submissions.ts';
import { createPins } from './pins.ts';
import { createSweep, RETAIN_MS } from './sweep.ts';
import { createExport } from './transfer-export.ts';
import { beginImport, finishImport, importBatch, toImportState } from './transfer-import.ts';

export interface MongoOptions {
  /** With the name of the database as its path. */
  readonly url: string;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  /** Milliseconds that only rise. */
  readonly nowMs: () => number;
  /** How long a write waits for others. */
  readonly writeWaitMs: number;
  readonly maxPendingWrites: number;
  /** How many rows one page may look at. */
  readonly pageScanMax: number;
  readonly poolSize: number;
  /** How long one answer of the database may take. */
  readonly timeoutMs: number;
  /** For how long a head is good enough for a request; a commit that takes something away waits as long. */
  readonly staleMs?: number;
  readonly leaseMs?: number;
  readonly retainMs?: number;
}

/** Within this every server goes by a commit of another one; what is taken away waits for it. */
export const STALE_MS = 200;
/** Clocks of machines run at slightly differing speeds. */
const SETTLE_FACTOR = 1.1;
const SETTLE_BESIDE_MS = 5;

/** Building an index over what is held may take so many times as long as an answer. */
const PREPARE_FACTOR = 60;

function toClient({ url, poolSize, timeoutMs }: MongoOptions, answerMs: number): MongoClient {
  return new MongoClient(url, {
    appName: 'pollwatch',
    maxPoolSize: poolSize,
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: answerMs,
    waitQueueTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: Math.max(500, Math.min(2000, timeoutMs)),
    // What was answered survives the loss of a member.
    writeConcern: { w: 'majority', journal: true },
    // Rows are read by a head that a majority has (head.ts), so after them: the primary has all that count.
    readConcern: { level: 'local' },
    readPreference: 'primary',
    promoteBuffers: true,
  });
}

/**
 * Opens the store over a MongoDB, or a server that speaks like one.
 * @throws AppError `storage.unavailable` when it does not answer; `config.invalid` when it does not let us in
 */
export async function openMongoStore(options: MongoOptions): Promise<Store> {
  const client = toClient(options, options.timeoutMs);
  try {
    await prepare(options);
    await client.connect();
    const database = client.db();
    const hello = await database.command({ hello: 1 });
    const maxDocumentBytes = Number(hello['maxBsonObjectSize'] ?? DEFAULT_DOCUMENT_BYTES);
    return createStore({ ...options, client, layout: createLayout(database), maxDocumentBytes });
  } catch (error) {
    await client.close().catch(() => undefined);
    throw explain(error);
  }
}

/** Makes indexes and the head over a connection of its own, which may wait for long. */
async function prepare(options: MongoOptions): Promise<void> {
  const client = toClient({ ...options, poolSize: 1 }, options.timeoutMs * PREPARE_FACTOR);
  try {
    await client.connect();
    const database = client.db();
    await prepareLayout(database, createLayout(database).heads, options.ids.uuid());
  } finally {
    await client.close();
  }
}

const DEFAULT_DOCUMENT_BYTES = 16 * 2 ** 20;

function explain(error: unknown): unknown {
  if (isRefused(error)) {
    const detail =
      'MongoDB does not let us in. Check user, password and authSource in POLLWATCH_DATABASE_URL, and that the user may read and write the database (role readWrite).';
    return new AppError('config.invalid', { detail, cause: error });
  }
  const ours = toStorageError(error);
  if (!(ours instanceof AppError) || ours.code !== 'storage.unavailable' || ours.detail !== undefined)
    return ours;
  const detail =
    'MongoDB does not answer. Check the hosts, the replicaSet and the TLS options of POLLWATCH_DATABASE_URL, and that it may be reached from here.';
  return new AppError('storage.unavailable', { detail, retryAfterSeconds: 1, cause: error });
}

interface Parts extends MongoOptions {
  readonly client: MongoClient;
  readonly layout: Layout;
  readonly maxDocumentBytes: number;
}

/** What a commit comes to besides its result. */
interface Outcome<T> {
  readonly result: T;
  /** Something was taken away: nobody may go by what was before, once this is answered. */
  readonly hasTaken: boolean;
}

function createStore(options: Parts): Store {
  const { client, layout, clock, nowMs, maxDocumentBytes } = options;
  const staleMs = options.staleMs ?? STALE_MS;
  const heads = createHeadReader({ heads: layout.heads, nowMs, staleMs });
  const lock = createWriteLock({
    heads: layout.heads,
    reader: heads,
    ids: options.ids,
    nowMs,
    leaseMs: options.leaseMs ?? LEASE_MS,
    waitMs: options.writeWaitMs,
  });
  const writes = createTaskQueue(options.maxPendingWrites);
  const pins = createPins(layout, nowMs);
  const imports = { layout, maxDocumentBytes };
  const retainMs = options.retainMs ?? RETAIN_MS;
  const sweep = createSweep({ layout, nowMs, retainMs, oldestPinned: () => pins.oldest() });
  let closed = false;
  let committedAtMs = Number.NEGATIVE_INFINITY;

  function refuseClosed(): void {
    if (closed) throw new AppError('storage.unavailable', { detail: 'The store is closed.' });
  }

  const guard = async <T>(read: () => Promise<T>): Promise<T> => {
    refuseClosed();
    try {
      return await read();
    } catch (error) {
      throw toStorageError(error);
    }
  };

  async function transact<T>(task: (attempt: Attempt) => Promise<Outcome<T>>): Promise<T> {
    refuseClosed();
    const { result, hasTaken } = await writes.run(() => commitOnce(layout, lock, task));
    committedAtMs = nowMs();
    if (hasTaken) await settle();
    return result;
  }

  /** Waits until every head that another server asked for before the last commit is too old to be gone by. */
  async function settle(): Promise<void> {
    if (staleMs === 0) return;
    const left = committedAtMs + staleMs * SETTLE_FACTOR + SETTLE_BESIDE_MS - nowMs();
    if (left > 0) await delay(left);
  }

  const commit = <T>(task: (attempt: Attempt) => Promise<T>): Promise<T> =>
    transact(async (attempt) => ({ result: await task(attempt), hasTaken: false }));
  const commitAndSettle = <T>(task: (attempt: Attempt) => Promise<T>): Promise<T> =>
    transact(async (attempt) => ({ result: await task(attempt), hasTaken: true }));

  return {
    ...createEntryReader({ layout, heads, pageScanMax: options.pageScanMax, guard }),
    ...createDirectory({ layout, heads, guard, commit, commitAndSettle }),
    ...createLeaseStore(layout, guard),
    saveIntent: (intent) => guard(() => saveIntent(layout, intent)),
    saveOutcomes: (id, state, outcomes) =>
      commit((attempt) =>
        writeOutcomes(layout, attempt, { id, state, outcomes }, (known) => known !== 'open', clock.now()),
      ),
    openIntents: (limit) => guard(() => openIntents(layout, limit, () => heads.fresh())),
    findIntent: (id) => guard(async () => findIntent(layout, id, await heads.fresh())),
    findSubmission: (id) => guard(async () => findSubmission(layout, id, await heads.fresh())),
    async ensureDeployment(proposed) {
      const known = await guard(async () => findDeployment(layout, await heads.fresh()));
      return known ?? commit((attempt) => ensureDeployment(layout, attempt, proposed));
    },
    readPolicies: () => guard(async () => readPolicies(layout, await heads.recent())),
    savePolicies: (collections) =>
      transact(async (attempt) => ({
        result: undefined,
        hasTaken: await savePolicies(layout, attempt, collections),
      })),
    arePoliciesDecided: () => guard(async () => arePoliciesDecided(layout, await heads.fresh())),
    markPoliciesDecided: () => commit((attempt) => markPolicies(layout, attempt, 'decided')),
    markPoliciesUndecided: () => commit((attempt) => markPolicies(layout, attempt, 'undecided')),
    async write(work) {
      let carriedOut: string | undefined;
      const result = await transact(async (attempt) => {
        const now = nextTick(attempt.head, clock.now());
        const held = createHeldReader(layout, attempt.snapshot);
        const done = await work(createWriteSection(layout, attempt, held, now));
        const { changes } = done;
        if (!changes) return { result: done.result, hasTaken: false };
        await writeHeld({ layout, attempt, held, maxDocumentBytes }, changes);
        const { withdraw = [], publish = [], submission } = changes;
        const hasTaken = await writeEntries(layout, attempt, now, withdraw, publish);
        attempt.change({ lastTick: now });
        if (submission) {
          await writeOutcomes(layout, attempt, submission, (known) => known === 'complete', clock.now());
          carriedOut = submission.id;
        }
        return { result: done.result, hasTaken };
      });
      // It is committed: should this fail, whoever looks for open intents does it.
      if (carriedOut !== undefined) await endWaiting(layout, carriedOut).catch(() => undefined);
      return result;
    },
    view: (work) =>
      guard(async () => {
        const head = await heads.fresh();
        const held = createHeldReader(layout, head);
        return work(createReadSection(layout, head, held, nextTick(head, clock.now())));
      }),
    openExport: () =>
      guard(async () => {
        const head = await heads.fresh();
        const release = await pins.pin(head.commit, options.ids.uuid());
        const counted = await layout.counters.findOne({ _id: 'submissions' });
        return createExport({ layout, head, submissions: counted?.count ?? 0, onClose: release });
      }),
    importState: () => guard(async () => toImportState(await heads.fresh())),
    beginImport: (mark) => guard(async () => beginImport(imports, await heads.fresh(), mark)),
    importBatch: (batch) => guard(async () => importBatch(imports, await heads.fresh(), batch)),
    finishImport: () => guard(async () => finishImport(imports, await heads.fresh())),
    objectFault: (object, text) => findNativeFault(object, text, maxDocumentBytes),
    health: () =>
      guard(async () => {
        const head = await heads.fresh();
        const openWrites = head.lock ? 1 : 0;
        return { openWrites, abortedWrites: head.aborted.length, silentMs: lock.silentMs(head) };
      }),
    sweep: () => guard(async () => sweep(await heads.fresh())),
    ping: () =>
      guard(async () => {
        await heads.fresh();
      }),
    async close() {
      if (closed) return;
      // What is being written ends first.
      const drained = writes.drain();
      closed = true;
      await drained;
      // What a command has done is seen by every server when the command has ended.
      await settle();
      await client.close();
    },
  };
}

async function commitOnce<T>(
  layout: Layout,
  lock: WriteLock,
  task: (attempt: Attempt) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const held = await lock.take();
  const attempt = createAttempt(layout, held);
  try {
    if (held.head.import) throw new AppError('input.invalid', { detail: 'The database is being imported.' });
    const outcome = await task(attempt);
    await attempt.commit();
    return outcome;
  } catch (error) {
    await attempt.abandon();
    throw toStorageError(error);
  }
}

/** A tick above every tick given out before, in any collection and to any commit. */
function nextTick({ lastTick, collections }: HeadDocument, wallClock: Tick): Tick {
  const ticks = Object.values(collections).map((collection) => collection.lastTick);
  return Math.max(wallClock, lastTick + 1, ...ticks.map((tick) => tick + 1));
}

function createReadSection(
  layout: Layout,
  snapshot: Snapshot,
  held: HeldReader,
  now: Tick,
): Omit<WriteSection, 'reserveHandles'> {
  return { now, isOpenIntent: (id) => isOpenIntent(layout, id, snapshot), ...held };
}

function createWriteSection(layout: Layout, attempt: Attempt, held: HeldReader, now: Tick): WriteSection {
  return {
    ...createReadSection(layout, attempt.snapshot, held, now),
    reserveHandles(count) {
      const first = attempt.changes().nextHandle ?? attempt.head.nextHandle;
      attempt.change({ nextHandle: first + count });
      return first;
    },
  };
}
