import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { readBounded } from './read-input.ts';

/** The name that stands for standard input. */
export const STDIN = '-';

/** What a file is called where people read it. */
export function toShownName(file: string): string {
  return file === STDIN ? 'standard input' : file;
}

/**
 * Reads a file, or standard input.
 * @returns undefined when it is larger than `maxBytes`
 * @throws AppError `input.invalid`, which does not name the file
 */
export async function readInputFile(
  file: string,
  stdin: Readable,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    return await (file === STDIN ? readBounded(stdin, maxBytes) : readFromDisk(file, maxBytes));
  } catch (error) {
    throw explainReading(error);
  }
}

async function readFromDisk(file: string, maxBytes: number): Promise<Buffer | undefined> {
  await using handle = await open(file);
  // The size first, so that what is too large is not read.
  const { size } = await handle.stat();
  return size > maxBytes ? undefined : await readBounded(handle.createReadStream(), maxBytes);
}

/** A failure of the system in words that do not name the file. */
export function explainReading(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const detail = WORDS.get(error.code) ?? `The file cannot be read (${String(error.code)}).`;
  return new AppError('input.invalid', { detail, cause: error });
}

const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'There is no such file.'],
  ['ENOTDIR', 'There is no such file.'],
  ['EISDIR', 'This is a folder. Name the files in it.'],
  ['EACCES', 'You may not read this file.'],
  ['EPERM', 'You may not read this file.'],
]);
