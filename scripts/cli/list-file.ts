import { isUtf8 } from 'node:buffer';
import { access, open, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { readInputFile } from './input-file.ts';
import { nameFile } from './upload-files.ts';

const MEBIBYTE = 2 ** 20;
export const MAX_LIST_BYTES = 64 * MEBIBYTE;
const LINE_FEED = 0x0a;

/**
 * Reads a list as text.
 * @param file `-` for standard input
 * @throws AppError that names the file: `input.invalid`, `body.too-large`, `body.not-utf8`
 */
export async function readListFile(file: string, stdin: Readable): Promise<string> {
  try {
    return toText(await readInputFile(file, stdin, MAX_LIST_BYTES));
  } catch (error) {
    throw nameFile(error, file);
  }
}

/**
 * Writes a file as a whole or not at all: who reads it meanwhile reads the old one or the new one.
 * @param unique part of the name under which it is written first
 * @returns whether a file was there before
 * @throws AppError `input.invalid` that names the file
 */
export async function replaceFile(file: string, text: string, unique: string): Promise<boolean> {
  const partial = `${resolve(file)}.${unique}.partial`;
  try {
    await using handle = await open(partial, 'wx');
    await handle.writeFile(text);
    await handle.sync();
    const replaces = await exists(file);
    await rename(partial, file);
    return replaces;
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw nameFile(explain(error), file);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

function toText(bytes: Buffer | undefined): string {
  if (!bytes) {
    const detail = `Too large: a list has at most ${MAX_LIST_BYTES / MEBIBYTE} MiB. Import it in parts.`;
    throw new AppError('body.too-large', { detail });
  }
  const other = findOtherFormat(bytes);
  if (other !== undefined) throw new AppError('input.invalid', { detail: other });
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new AppError('body.not-utf8', { detail: describeEncoding(bytes) });
}

/** A spreadsheet saved as it is: a ZIP file, or the compound file of older versions. */
function findOtherFormat(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 8).toString('hex');
  const isSpreadsheet = start.startsWith('504b0304') || start === 'd0cf11e0a1b11ae1';
  return isSpreadsheet
    ? 'This is an Excel file (or another archive), not CSV. Open it and save the sheet as CSV in UTF-8.'
    : undefined;
}

function describeEncoding(bytes: Buffer): string {
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') return 'This is UTF-16. Save it as CSV in UTF-8.';
  let line = 1;
  let from = 0;
  for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
    if (!isUtf8(bytes.subarray(from, to))) break;
    line += 1;
    from = to + 1;
  }
  return `Line ${line} is not UTF-8. Save the list as CSV in UTF-8.`;
}

function explain(error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error;
  const detail = WORDS.get(error.code) ?? `The file cannot be written (${String(error.code)}).`;
  return new AppError('input.invalid', { detail, cause: error });
}

const WORDS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'There is no such folder.'],
  ['ENOTDIR', 'There is no such folder.'],
  ['EISDIR', 'This is a folder. Name a file in it.'],
  ['EACCES', 'You may not write this file.'],
  ['EPERM', 'You may not write this file.'],
  ['ENOSPC', 'There is no room left for it.'],
]);
