import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../../domain/errors.ts';

/** A connection whose statements are prepared once and whose errors are ours. */
export interface Database {
  /** The prepared statement of this text; the same object for the same text. */
  statement(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}

const SQLITE_PERM = 3;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_PROTOCOL = 15;
const SQLITE_NOTADB = 26;

// What somebody else, the disk or the operator has to end; everything else is a fault of ours.
const OUTSIDE: readonly (number | undefined)[] = [
  SQLITE_BUSY,
  SQLITE_LOCKED,
  SQLITE_READONLY,
  SQLITE_IOERR,
  SQLITE_FULL,
  SQLITE_CANTOPEN,
  SQLITE_PROTOCOL,
];

/** The primary result code of a node:sqlite error, or undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** Whether the database is locked by somebody else for the moment. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

/** Whether there is no database to be had at this place: wrong permissions, no folder, a folder of that name. */
export function isPlaceRefused(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_PERM || code === SQLITE_CANTOPEN || code === SQLITE_READONLY;
}

/** Turns a driver's error into ours, `internal` for a statement that is wrong; any other error stays as it is. */
export function toStorageError(error: unknown): unknown {
  const code = resultCode(error);
  const closed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
  if (code === undefined && !closed) return error;
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new AppError('storage.corrupt', { detail: 'The database file is damaged.', cause: error });
  }
  if (closed || OUTSIDE.includes(code)) {
    return new AppError('storage.unavailable', { retryAfterSeconds: 1, cause: error });
  }
  return new AppError('internal', { cause: error });
}

/**
 * Opens one connection.
 * @param busyMs how long a statement waits for a lock, blocking the thread; 0 fails at once
 */
export function openDatabase(path: string, busyMs: number): Database {
  const database = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: false });
  const statements = new Map<string, StatementSync>();
  return {
    statement(sql) {
      const known = statements.get(sql);
      if (known) return known;
      const prepared = database.prepare(sql);
      statements.set(sql, prepared);
      return prepared;
    },
    exec: (sql) => {
      database.exec(sql);
    },
    close: () => {
      if (database.isOpen) database.close();
    },
  };
}
