import { constants } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { readFile } from '../../server/stix/document.ts';
import type { FileForm } from '../../server/stix/file-form.ts';
import type { RawObject, ReadLimits } from '../../server/stix/read-objects.ts';
import { readForm } from '../../server/stix/streamed-file.ts';
import { readInputFile, toShownName } from './input-file.ts';
import { openSource, type SourceOptions, type UploadSource } from './upload-source.ts';

/** One file of an upload, as what is needed of each of its objects. */
export interface UploadFile<T> {
  /** As given; `-` is standard input. */
  readonly file: string;
  readonly objects: readonly T[];
}

const MEBIBYTE = 2 ** 20;

/** What is read as a whole is one text, and texts have a largest length (on today's Node 512 MiB). */
const MAX_TEXT_LENGTH = Math.min(2 ** 30, constants.MAX_STRING_LENGTH);
/** So many bytes may files have together whose objects are looked at together. */
export const MAX_HELD_BYTES = MAX_TEXT_LENGTH;
/** As `MAX_HELD_BYTES`, for people. */
export const MAX_HELD_MEBIBYTES = Math.floor(MAX_HELD_BYTES / MEBIBYTE);
/** An envelope of one object has to be a text. */
const MAX_OBJECT_BYTES = MAX_TEXT_LENGTH - 64;
/** The largest file that is sent in parts. */
export const MAX_UPLOAD_BYTES = 64 * 2 ** 30;

/** A file that was read once from start to end, and can be read again. */
export interface CheckedUpload {
  /** As given; `-` is standard input. */
  readonly file: string;
  readonly form: FileForm;
  readonly source: UploadSource;
}

/**
 * Reads all files, before anything is sent, and keeps nothing of them in memory.
 * @param work what to do with them; they are closed afterwards
 * @throws AppError that names the file: `input.invalid`, `body.*`; and what `work` throws
 */
export async function withCheckedFiles<T>(
  files: readonly string[],
  options: Omit<SourceOptions, 'maxBytes'>,
  limits: ReadLimits,
  work: (checked: readonly CheckedUpload[]) => Promise<T>,
): Promise<T> {
  await using sources = new AsyncDisposableStack();
  const checked: CheckedUpload[] = [];
  for (const file of files) {
    try {
      const source = sources.use(await openSource(file, { ...options, maxBytes: MAX_UPLOAD_BYTES }));
      checked.push({ file, source, form: requireSize(await readForm(source.read(), limits)) });
    } catch (error) {
      throw nameFile(explainForm(error), file);
    }
  }
  return await work(checked);
}

function requireSize(form: FileForm): FileForm {
  if (form.largestBytes <= MAX_OBJECT_BYTES) return form;
  const size = Math.floor(MAX_OBJECT_BYTES / MEBIBYTE);
  throw new AppError('body.too-large', { detail: `Too large: an object has at most ${size} MiB.` });
}

/**
 * Reads all files and keeps their objects.
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
  let left = MAX_HELD_BYTES;
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
    throw nameFile(explainForm(error), file);
  }
}

function explainForm(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'body.not-an-envelope') return error;
  const detail = 'A file holds one STIX object, a bundle, or an envelope, with at least one object.';
  return new AppError(error.code, { detail, cause: error });
}

async function readNamed(file: string, stdin: Readable, maxBytes: number): Promise<Buffer | undefined> {
  try {
    return await readInputFile(file, stdin, maxBytes);
  } catch (error) {
    throw nameFile(error, file);
  }
}

function tooLarge(file: string): unknown {
  const detail = `Too large: what is looked at as a whole has at most ${MAX_HELD_MEBIBYTES} MiB. Take it in parts.`;
  return nameFile(new AppError('body.too-large', { detail }), file);
}
