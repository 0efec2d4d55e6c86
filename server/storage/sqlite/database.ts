import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../../domain/errors.ts';

/** A connection whose statements are prepared once and whose errors are ours. */
export interface Database {
  /** The prepared statement of this text; the same object for the same text. */
  statement(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

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

/** Turns a driver's error into ours; any other error stays as it is. */
export function toStorageError(error: unknown): unknown {
  const code = resultCode(error);
  const closed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
  if (code === undefined && !closed) return error;
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) {
    return new AppError('storage.corrupt', { detail: 'The database file is damaged.', cause: error });
  }
  return new AppError('storage.unavailable', { retryAfterSeconds: 1, cause: error });
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
