import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import type { Clock } from '../../domain/ids.ts';
import type { Store, StoreExport } from '../port.ts';
import { createCollectionNumbers } from './collection-numbers.ts';
import { isBusy, isPlaceRefused, openDatabase, toStorageError, type Database } from './database.ts';
import {
  arePoliciesDecided,
  ensureDeployment,
  markPoliciesDecided,
  markPoliciesUndecided,
  readPolicies,
  readPolicyEpoch,
  savePolicies,
} from './deployment.ts';
import { createDirectoryReader, createDirectoryWriter } from './directory.ts';
import { createEntryReader } from './entry-reader.ts';
import { createArrivals } from './arrivals.ts';
import { createFeedReader, createFeedWriter } from './feeds.ts';
import { createGenerations } from './generations.ts';
import { readLease, swapLease } from './leases.ts';
import { migrate } from './migrations.ts';
import { prepareFile, prepareFolderOf, refusePlace } from './place.ts';
import { integerOf } from './rows.ts';
import { createTaskQueue } from '../task-queue.ts';
import { findIntent, findSubmission, openIntents, replaceOutcomes, saveIntent } from './submissions.ts';
import { createExport } from './transfer-export.ts';
import {
  beginImport,
  finishImport,
  importBatch,
  readImportState,
  refuseDuringImport,
} from './transfer-import.ts';
import { applyChanges, createReadSection, createWriteSection, keepTick, nextTick } from './write-section.ts';

export interface SqliteOptions {
  /** A file, or `:memory:` for one that goes when the store closes. */
  readonly path: string;
  readonly clock: Clock;
  /** How long a write waits for another process to let go of the database. */
  readonly writeWaitMs: number;
  readonly maxPendingWrites: number;
  /** How many rows one page may look at. */
  readonly pageScanMax: number;
}

const READ_BUSY_MS = 5000;
const LOCK_RETRY_MS = 5;

/** Where the data lies, and how to be rid of it when it was not meant to stay. */
async function preparePlace(path: string): Promise<{ file: string; discard: () => Promise<void> }> {
  if (path !== ':memory:') {
    await prepareFolderOf(path);
    return { file: path, discard: async () => undefined };
  }
  // Several connections must see the same data, which SQLite's own memory databases do not offer.
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-'));
  return { file: join(folder, 'pollwatch.db'), discard: () => rm(folder, { recursive: true, force: true }) };
}

/**
 * Opens the embedded store: three connections to one file, for polls, for sections that read, and for writing.
 * @throws AppError `config.invalid` when there can be no database at this path; `storage.unavailable` when it is
 * locked or newer than this program; `storage.corrupt`.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { clock } = options;
  const place = await preparePlace(options.path);
  const opened: Database[] = [];
  const open = (busyMs: number): Database => {
    const database = openDatabase(place.file, busyMs);
    opened.push(database);
    return database;
  };
  try {
    prepareFile(place.file);
    const writer = open(READ_BUSY_MS);
    // WAL: polls go on while a commit is written. FULL: a commit is on disk when it was answered.
    writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    migrate(writer, clock.now());
    // From here on waiting for the lock must not block the thread.
    writer.exec('PRAGMA busy_timeout = 0');
    const reader = open(READ_BUSY_MS);
    const viewer = open(READ_BUSY_MS);
    for (const database of [reader, viewer]) database.exec('PRAGMA query_only = ON');
    return createStore({ ...options, writer, reader, viewer, file: place.file, discard: place.discard });
  } catch (error) {
    for (const database of opened.reverse()) database.close();
    await place.discard();
    throw isPlaceRefused(error) ? refusePlace(options.path, error) : toStorageError(error);
  }
}

interface Connections extends SqliteOptions {
  readonly writer: Database;
  readonly reader: Database;
  readonly viewer: Database;
  readonly file: string;
  readonly discard: () => Promise<void>;
}

function createStore(options: Connections): Store {
  const { writer, reader, viewer, clock } = options;
  const writes = createTaskQueue(options.maxPendingWrites);
  const views = createTaskQueue(options.maxPendingWrites);
  const writerNumbers = createCollectionNumbers(writer);
  const generations = createGenerations(reader);
  const exports = new Set<StoreExport>();
  let closed = false;
  let isWriting = false;

  const guard = async <T>(read: () => T): Promise<T> => {
    try {
      return read();
    } catch (error) {
      throw toStorageError(error);
    }
  };

  /** Takes the write lock without blocking the thread while another process has it. */
  async function begin(): Promise<void> {
    const deadline = performance.now() + options.writeWaitMs;
    for (;;) {
      try {
        writer.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
      }
      await delay(LOCK_RETRY_MS);
    }
  }

  async function transact<T>(task: () => Promise<T>): Promise<T> {
    return writes.run(async () => {
      try {
        await begin();
      } catch (error) {
        throw toStorageError(error);
      }
      isWriting = true;
      try {
        const result = await task();
        writer.exec('COMMIT');
        return result;
      } catch (error) {
        writerNumbers.forget();
        rollBack(writer);
        throw toStorageError(error);
      } finally {
        isWriting = false;
      }
    });
  }

  /** The same for what an export has: it gets another mark when anything was changed. */
  const transactMarked = <T>(task: () => Promise<T>): Promise<T> =>
    transact(async () => {
      const before = countChanges(writer);
      const result = await task();
      if (countChanges(writer) !== before) renewMark(writer);
      return result;
    });

  const commit = <T>(task: () => T): Promise<T> => transactMarked(async () => task());

  function startExport(): StoreExport {
    if (closed) throw new AppError('storage.unavailable', { detail: 'The store is closed.' });
    const database = openDatabase(options.file, READ_BUSY_MS);
    try {
      const made = createExport(database, () => exports.delete(made));
      exports.add(made);
      return made;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  return {
    ...createEntryReader(reader, createCollectionNumbers(reader), generations, options.pageScanMax),
    ...createDirectoryReader(reader, generations, guard),
    ...createDirectoryWriter(writer, commit),
    ...createFeedReader(reader, guard),
    ...createFeedWriter(writer, commit),
    ...createArrivals({ reader, writer, guard, commit }),
    saveIntent: (intent) => commit(() => saveIntent(writer, intent)),
    saveOutcomes: (id, state, outcomes) =>
      commit(() => replaceOutcomes(writer, id, state, outcomes, clock.now())),
    openIntents: (limit) => guard(() => openIntents(reader, limit)),
    findIntent: (id) => guard(() => findIntent(reader, id)),
    findSubmission: (id) => guard(() => findSubmission(reader, id)),
    ensureDeployment: (proposed) =>
      commit(() => {
        // What every server and every command does first.
        refuseDuringImport(writer);
        return ensureDeployment(writer, proposed);
      }),
    readPolicies: () => guard(() => readPolicies(reader)),
    savePolicies: (collections) => commit(() => savePolicies(writer, collections)),
    arePoliciesDecided: () => guard(() => arePoliciesDecided(reader)),
    policyEpoch: () => guard(() => readPolicyEpoch(reader)),
    markPoliciesDecided: (epoch) => commit(() => markPoliciesDecided(writer, epoch)),
    markPoliciesUndecided: () => commit(() => markPoliciesUndecided(writer)),
    write: (work) =>
      transactMarked(async () => {
        const now = nextTick(writer, clock.now());
        const { result, changes } = await work(createWriteSection(writer, writerNumbers, now));
        if (changes) {
          await applyChanges(writer, writerNumbers, now, clock.now(), changes);
          keepTick(writer, now);
        }
        return result;
      }),
    view: (work) =>
      views.run(async () => {
        try {
          viewer.exec('BEGIN');
          const now = nextTick(viewer, clock.now());
          return await work(createReadSection(viewer, createCollectionNumbers(viewer), now));
        } catch (error) {
          throw toStorageError(error);
        } finally {
          rollBack(viewer);
        }
      }),
    readLease: (name) => guard(() => readLease(reader, name)),
    swapLease: (name, expected, next) => transact(async () => swapLease(writer, name, expected, next)),
    openExport: () => guard(startExport),
    importState: () => guard(() => readImportState(reader)),
    beginImport: (mark) => commit(() => beginImport(writer, mark)),
    importBatch: (batch) => transactMarked(() => importBatch(writer, writerNumbers, batch)),
    finishImport: () => commit(() => finishImport(writer)),
    // Text of any length that a body can have fits into a row.
    objectFault: () => undefined,
    // The lock is the operating system's, which takes it from a dead process.
    health: async () => ({ openWrites: isWriting ? 1 : 0, abortedWrites: 0, silentMs: 0 }),
    // Rows are changed in place: there is nothing that waits to be removed.
    sweep: async () => undefined,
    ping: () =>
      guard(() => {
        if (closed) throw new AppError('storage.unavailable', { detail: 'The store is closed.' });
        reader.statement('SELECT count(*) FROM meta').get();
      }),
    async close() {
      if (closed) return;
      closed = true;
      // What is being written ends first.
      await writes.drain();
      await views.drain();
      for (const each of exports) await each.close();
      for (const database of [viewer, reader, writer]) database.close();
      await options.discard();
    },
  };
}

/** How many rows this connection has changed so far. */
function countChanges(database: Database): number {
  return integerOf(database.statement('SELECT total_changes() AS count').get() ?? {}, 'count');
}

function renewMark(database: Database): void {
  database.statement(`UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'mark'`).run();
}

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // No transaction is open: SQLite rolled back by itself, or the connection is closed.
  }
}
