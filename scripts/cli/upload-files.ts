import { constants } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { readFile } from '../../server/stix/document.ts';
import type { RawObject, ReadLimits } from '../../server/stix/read-objects.ts';
import { readInputFile, toShownName } from './input-file.ts';

/** One file of an upload, as what is needed of each of its objects. */
export interface UploadFile<T> {
  /** As given; `-` is standard input. */
  readonly file: string;
  readonly objects: readonly T[];
}

/** A file is read as one text, and texts have a largest length (on today's Node 512 MiB). */
export const MAX_UPLOAD_BYTES = Math.min(2 ** 30, constants.MAX_STRING_LENGTH);

const MEBIBYTE = 2 ** 20;

/**
 * Reads all files, before anything is sent.
 * @param pick what to keep of an object; the rest is let go, as a file may be large
 * @throws AppError that names the file: `input.invalid`, `body.*`
 */
export async function readUploadFiles<T>(
  files: readonly string[],
  stdin: Readable,
  limits: ReadLimits,
  pick: (object: RawObject) => T,
): Promise<readonly UploadFile<T>[]> {
  const read: UploadFile<T>[] = [];
  let left = MAX_UPLOAD_BYTES;
  for (const file of files) {
    const bytes = await readNamed(file, stdin, left);
    if (!bytes) throw tooLarge(file);
    left -= bytes.length;
    read.push({ file, objects: readObjects(file, bytes, limits).map(pick) });
  }
  return read;
}

/** The same failure with the name of the file before it. */
export function nameFile(error: unknown, file: string): unknown {
  if (!(error instanceof AppError) || error.detail === undefined) return error;
  const detail = error.detail.replace(/^The body /, 'The file ');
  return new AppError(error.code, { detail: `${toShownName(file)}: ${detail}`, cause: error });
}

function readObjects(file: string, bytes: Uint8Array, limits: ReadLimits): readonly RawObject[] {
  try {
    return readFile(bytes, limits);
  } catch (error) {
    if (error instanceof AppError && error.code === 'body.not-an-envelope') {
      const detail = 'A file holds one STIX object, a bundle, or an envelope, with at least one object.';
      throw nameFile(new AppError(error.code, { detail, cause: error }), file);
    }
    throw nameFile(error, file);
  }
}

async function readNamed(file: string, stdin: Readable, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await readInputFile(file, stdin, maxBytes);
  } catch (error) {
    throw nameFile(error, file);
  }
}

function tooLarge(file: string): unknown {
  const size = Math.floor(MAX_UPLOAD_BYTES / MEBIBYTE);
  const detail = `Too large: the files of one upload have at most ${size} MiB together. Upload them in parts.`;
  return nameFile(new AppError('body.too-large', { detail }), file);
}
