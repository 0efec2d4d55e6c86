import { constants, type Stats } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../server/domain/errors.ts';
import { createTally, readBackup, type BackupHeader, type Extent, type Tally } from './transfer-file.ts';
import { readFileBytes } from './transfer-sources.ts';

/** The file that a backup is written to until it is whole. */
export interface PartFile {
  readonly handle: FileHandle;
  /** What it holds so far; empty for a new one. */
  readonly tally: Tally;
  /** Why what was there could not be gone on with, in words. */
  readonly discarded?: string;
}

/** For its owner alone: it holds password hashes and the deployment's secret. */
const MODE = 0o600;

export function toPartName(file: string): string {
  return `${file}.part`;
}

/**
 * Opens the unfinished file of a backup that was stopped, cut to what is whole in it, or a new one.
 * @param header what a file has to begin with to be gone on with, but for when it was begun
 */
export async function openPart(file: string, header: BackupHeader): Promise<PartFile> {
  const handle = await openOrMake(toPartName(file));
  try {
    const info = await handle.stat();
    refuseForeign(toPartName(file), info);
    await handle.chmod(MODE);
    const tally = createTally();
    const fault = info.size === 0 ? undefined : await scanPart(handle, tally, header);
    if (fault === undefined) {
      await handle.truncate(tally.extent().bytes);
      return { handle, tally };
    }
    await handle.truncate(0);
    return { handle, tally: createTally(), discarded: fault };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whoever made the file, or has another name for it, could read what is written to it. */
function refuseForeign(path: string, info: Stats): void {
  if (!info.isFile()) throw refuseFile(path, 'there is something there that is no file');
  const own = process.geteuid?.();
  if (own !== undefined && info.uid !== own) {
    throw refuseFile(path, 'there is a file of that name that belongs to somebody else. Have it removed');
  }
  if (info.nlink !== 1) {
    throw refuseFile(path, 'there is a file of that name that has another name, too. Remove it');
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  try {
    // Never through a link that somebody else left in a folder that all may write to.
    return await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, MODE);
  } catch (error) {
    throw explainWriting(path, error);
  }
}

/** @returns why the file cannot be gone on with; undefined when the tally has what can */
async function scanPart(handle: FileHandle, tally: Tally, header: BackupHeader): Promise<string | undefined> {
  let isKnown = false;
  try {
    for await (const part of readBackup(await readFileBytes(handle), tally)) {
      if (part.kind !== 'header') continue;
      const { mark, total, pollwatch } = part.header;
      isKnown = mark === header.mark && total === header.total && pollwatch === header.pollwatch;
      if (!isKnown) return 'the database has changed since it was begun';
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Whatever stands behind the last whole batch is written anew.
  }
  return isKnown ? undefined : 'nothing in it is whole';
}

/** Writes behind what is there. */
export async function appendPart({ handle }: PartFile, bytes: Buffer, place: number): Promise<void> {
  let written = 0;
  while (written < bytes.byteLength) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.byteLength - written, place + written);
    written += bytesWritten;
  }
}

/**
 * Makes the part the backup: on disk, read once more from end to end, under its name.
 * @returns what it holds
 */
export async function completePart({ handle }: PartFile, file: string): Promise<Extent & { sha256: string }> {
  await handle.sync();
  const tally = createTally();
  let sha256 = '';
  for await (const part of readBackup(await readFileBytes(handle), tally)) {
    if (part.kind === 'end') ({ sha256 } = part);
  }
  const { size } = await handle.stat();
  await handle.close();
  await rename(toPartName(file), file);
  await syncFolder(dirname(file));
  return { ...tally.extent(), bytes: size, sha256 };
}

async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Not every system lets folders be opened; the file itself is on disk.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'there is a folder of that name',
  EACCES: 'writing there is not allowed',
  EPERM: 'writing there is not allowed',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk is full',
  ELOOP: 'there is a link of that name',
  ENAMETOOLONG: 'the name is too long',
};

/** A failure of the system in words; any other error as it is. */
export function explainWriting(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  return refuseFile(file, REASONS[String(error.code)] ?? String(error.code), error);
}

function refuseFile(file: string, reason: string, cause?: unknown): AppError {
  return new AppError('input.invalid', {
    detail: `${JSON.stringify(file)} cannot be written: ${reason}.`,
    cause,
  });
}
