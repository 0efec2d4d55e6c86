import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'a part of the path is a file and no folder',
  ENOTDIR: 'a part of the path is a file and no folder',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'no folder can be made there',
  ENAMETOOLONG: 'the path is too long',
  ELOOP: 'the path is a circle of links',
};

/** For its owner alone: a database holds password hashes and the deployment's secret. */
const MODE = 0o600;

/**
 * Makes the folders above a file as far as they are not there.
 * @throws AppError `config.invalid` when they cannot be made
 */
export async function prepareFolderOf(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    throw refusePlace(path, error);
  }
}

/**
 * Makes an empty file for a new database, which SQLite would let others read. SQLite gives the files that it makes
 * beside a database (`-wal`, `-shm`) the mode of the database. One that is there keeps its mode.
 * @throws AppError `config.invalid` when there can be no file at this path
 */
export function prepareFile(path: string): void {
  // Whoever closes a file loses the locks of all of its process on it: nobody here may have opened it meanwhile.
  if (existsSync(path)) return;
  try {
    closeSync(openSync(path, 'a', MODE));
  } catch (error) {
    throw refusePlace(path, error);
  }
}

/** What to tell whoever named a file that cannot be a database. */
export function refusePlace(path: string, cause: unknown): AppError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const reason = REASONS[code] ?? 'there is no file that may be written';
  const detail =
    `The database ${JSON.stringify(path)} cannot be opened. Check that POLLWATCH_DATABASE_URL names a file ` +
    `in a folder that you may write to: ${reason}.`;
  return new AppError('config.invalid', { detail, cause });
}

/** Node's own recursive way never ends where the kernel denies that a parent exists, as below /proc. */
async function makeFolder(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have made it just now.
    if (!(await isFolder(folder))) throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
