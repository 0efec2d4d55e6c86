import { setTimeout as delay } from 'node:timers/promises';
import type { MongoClient } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import type { Clock, Ids } from '../../domain/ids.ts';
import type { Store } from '../port.ts';
import { createTaskQueue } from '../task-queue.ts';
import { createAttempt, type Attempt } from './attempt.ts';
import { createClient, explainRefusal, type ClientOptions } from './client.ts';
import {
  arePoliciesDecided,
  ensureDeployment,
  findDeployment,
  markPoliciesDecided,
  markPoliciesUndecided,
  readPolicies,
  readPolicyEpoch,
  savePolicies,
} from './deployment.ts';
import { createDirectory } from './directory.ts';
import { createFeedStore } from './feeds.ts';
import { createEntryReader } from './entry-reader.ts';
import { writeEntries } from './entry-writer.ts';
import { toStorageError } from './errors.ts';
import { createHeadReader } from './head.ts';
import { createHeldReader } from './held-reader.ts';
import { writeHeld } from './held-writer.ts';
import { createLayout, prepareLayout, type Layout } from './layout.ts';
import { createLeaseStore } from './leases.ts';
import { createLateError, createWriteLock, LEASE_MS, type WriteLock } from './lock.ts';
import { findNativeFault } from './native.ts';
import {
  findIntent,
  findSubmission,
  endWaiting,
  openIntents,
  saveIntent,
  writeOutcomes,
} from './submissions.ts';
import { createPins } from './pins.ts';
import { createSweep, RETAIN_MS } from './sweep.ts';
import { createReadSection, createWriteSection, nextTick } from './write-section.ts';
import { createExport } from './transfer-export.ts';
import { beginImport, finishImport, importBatch, toImportState } from './transfer-import.ts';

export interface MongoOptions extends ClientOptions {
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'uuid'>;
  /** Milliseconds that only rise. */
  readonly nowMs: () => number;
  /** How long a write waits for others. */
  readonly writeWaitMs: number;
  readonly maxPendingWrites: number;
  /** How many rows one page may look at. */
  readonly pageScanMax: number;
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

/** What is read by a head of so large a share of the time for which ended rows are kept comes too late. */
const LATE_SHARE = 0.9;

/** Building an index over what is held may take so many times as long as an answer. */
const PREPARE_FACTOR = 60;

/**
 * Opens the store over a MongoDB, or a server that speaks like one.
 * @throws AppError `storage.unavailable` when it does not answer; `config.invalid` when it does not let us in
 */
export async function openMongoStore(options: MongoOptions): Promise<Store> {
  const client = createClient(options, options.timeoutMs);
  const signs = createClient({ ...options, poolSize: 1 }, options.timeoutMs);
  try {
    await prepare(options);
    await client.connect();
    const database = client.db();
    const hello = await database.command({ hello: 1 });
    const maxDocumentBytes = Number(hello['maxBsonObjectSize'] ?? DEFAULT_DOCUMENT_BYTES);
    return createStore({ ...options, client, signs, layout: createLayout(database), maxDocumentBytes });
  } catch (error) {
    await client.close().catch(() => undefined);
    await signs.close().catch(() => undefined);
    throw explainRefusal(error);
  }
}

/** Makes indexes and the head over a connection of its own, which may wait for long. */
async function prepare(options: MongoOptions): Promise<void> {
  const client = createClient({ ...options, poolSize: 1 }, options.timeoutMs * PREPARE_FACTOR);
  try {
    await client.connect();
    const database = client.db();
    await prepareLayout(database, createLayout(database).heads, options.ids.uuid());
  } finally {
    await client.close();
  }
}

const DEFAULT_DOCUMENT_BYTES = 16 * 2 ** 20;

interface Parts extends MongoOptions {
  readonly client: MongoClient;
  /** For signs of life. */
  readonly signs: MongoClient;
  readonly layout: Layout;
  readonly maxDocumentBytes: number;
}

function createStore(options: Parts): Store {
  const { client, signs, layout, clock, nowMs, maxDocumentBytes } = options;
  const staleMs = options.staleMs ?? STALE_MS;
  const heads = createHeadReader({ heads: layout.heads, nowMs, staleMs });
  const lock = createWriteLock({
    heads: layout.heads,
    signs: createLayout(signs.db()).heads,
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

  /** The same for what reads by one head: what that shows may be swept when it is too old. */
  const inTime = <T>(read: () => Promise<T>): Promise<T> =>
    guard(async () => {
      const begunAtMs = nowMs();
      const result = await read();
      if (nowMs() - begunAtMs <= retainMs * LATE_SHARE - staleMs) return result;
      throw new AppError('storage.unavailable', {
        detail: 'Reading took too long. Try again.',
        retryAfterSeconds: 1,
      });
    });

  async function commit<T>(task: (attempt: Attempt) => Promise<T>): Promise<T> {
    refuseClosed();
    const askedAtMs = nowMs();
    try {
      return await writes.run(async () => {
        // Else each of those who wait here would in turn wait for a database that does not answer.
        if (Math.floor(nowMs() - askedAtMs) > options.writeWaitMs) throw createLateError();
        return commitOnce(layout, lock, task);
      });
    } finally {
      committedAtMs = nowMs();
      // By whomever it was taken away: an answer that rests on that, if only that it is gone, must not come before theirs.
      await settle(heads.takenAtMs());
    }
  }

  /** Waits until every head that any server asked for before then is too old to be gone by. */
  async function settle(sinceMs: number): Promise<void> {
    if (staleMs === 0) return;
    const left = sinceMs + staleMs * SETTLE_FACTOR + SETTLE_BESIDE_MS - nowMs();
    if (left > 0) await delay(left);
  }

  return {
    ...createEntryReader({ layout, heads, pageScanMax: options.pageScanMax, guard: inTime }),
    ...createDirectory({ layout, heads, guard: inTime, commit }),
    ...createFeedStore({ layout, heads, guard: inTime, commit }),
    ...createLeaseStore(layout, guard),
    saveIntent: (intent) => guard(() => saveIntent(layout, intent)),
    saveOutcomes: (id, state, outcomes) =>
      commit((attempt) =>
        writeOutcomes(layout, attempt, { id, state, outcomes }, (known) => known !== 'open', clock.now()),
      ),
    openIntents: (limit) => guard(() => openIntents(layout, limit, () => heads.fresh())),
    findIntent: (id) => inTime(async () => findIntent(layout, id, await heads.fresh())),
    findSubmission: (id) => inTime(async () => findSubmission(layout, id, await heads.fresh())),
    async ensureDeployment(proposed) {
      const known = await inTime(async () => findDeployment(layout, await heads.fresh()));
      return known ?? commit((attempt) => ensureDeployment(layout, attempt, proposed));
    },
    readPolicies: () => inTime(async () => readPolicies(layout, await heads.recent())),
    savePolicies: (collections) => commit((attempt) => savePolicies(layout, attempt, collections)),
    arePoliciesDecided: () => inTime(async () => arePoliciesDecided(layout, await heads.fresh())),
    policyEpoch: () => inTime(async () => readPolicyEpoch(layout, await heads.fresh())),
    markPoliciesDecided: (epoch) => commit((attempt) => markPoliciesDecided(layout, attempt, epoch)),
    markPoliciesUndecided: () => commit((attempt) => markPoliciesUndecided(layout, attempt)),
    async write(work) {
      let carriedOut: string | undefined;
      const result = await commit(async (attempt) => {
        const now = nextTick(attempt.head, clock.now());
        const held = createHeldReader(layout, attempt.snapshot);
        const done = await work(createWriteSection(layout, attempt, held, now));
        const { changes } = done;
        if (!changes) return done.result;
        await writeHeld({ layout, attempt, held, maxDocumentBytes }, changes);
        const { withdraw = [], publish = [], submission } = changes;
        await writeEntries(layout, attempt, now, withdraw, publish);
        attempt.change({ lastTick: now });
        if (submission) {
          await writeOutcomes(layout, attempt, submission, (known) => known === 'complete', clock.now());
          carriedOut = submission.id;
        }
        return done.result;
      });
      // It is committed: should this fail, whoever looks for open intents does it.
      if (carriedOut !== undefined) await endWaiting(layout, carriedOut).catch(() => undefined);
      return result;
    },
    view: (work) =>
      inTime(async () => {
        const head = await heads.fresh();
        const held = createHeldReader(layout, head);
        return work(createReadSection(layout, head, held, nextTick(head, clock.now())));
      }),
    openExport: () =>
      guard(async () => {
        // What is exported is known only once nothing of it can be swept.
        const pin = await pins.pin((await heads.fresh()).commit, options.ids.uuid());
        try {
          const head = await heads.fresh();
          const counted = await layout.counters.findOne({ _id: 'submissions' });
          return await createExport({ layout, head, submissions: counted?.count ?? 0, pin });
        } catch (error) {
          await pin.release().catch(() => undefined);
          throw error;
        }
      }),
    importState: () => guard(async () => toImportState(await heads.fresh())),
    beginImport: (mark) => guard(async () => beginImport(imports, await heads.fresh(), mark)),
    importBatch: (batch) => guard(async () => importBatch(imports, await heads.fresh(), batch)),
    finishImport: () =>
      guard(async () => {
        await finishImport(imports, await heads.fresh());
        committedAtMs = nowMs();
        await heads.fresh();
      }),
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
      await settle(committedAtMs);
      await client.close();
      await signs.close();
    },
  };
}

async function commitOnce<T>(
  layout: Layout,
  lock: WriteLock,
  task: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const held = await lock.take();
  const attempt = createAttempt(layout, held);
  try {
    const outcome = await task(attempt);
    await attempt.commit();
    return outcome;
  } catch (error) {
    await attempt.abandon();
    throw toStorageError(error);
  }
}
