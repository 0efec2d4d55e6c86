import { constants } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import { readDocument } from '../../server/stix/document.ts';
import type { Position } from '../../server/stix/json-position.ts';
import type { ReadLimits } from '../../server/stix/read-objects.ts';
import {
  checkDocument,
  type DocumentChecks,
  type DocumentFindings,
  type PlacedWarning,
} from '../../server/stix/validation/check-document.ts';
import type { Fault } from '../../server/stix/validation/faults.ts';
import { readInputFile } from './input-file.ts';
import type { Progress } from './progress.ts';
import { toReadFault } from './read-fault.ts';

/** An error in a file; a file that cannot be read at all has no place in it. */
export interface FileError extends Fault, Partial<Position> {
  readonly id?: string;
}

/** A file after its check. */
export interface CheckedFile {
  /** As given; `-` is standard input. */
  readonly file: string;
  /** How many it holds; undefined when it cannot be read. */
  readonly objects: number | undefined;
  readonly errors: readonly FileError[];
  readonly errorCount: number;
  readonly warnings: readonly PlacedWarning[];
  readonly warningCount: number;
}

/** What checking files takes. */
export interface FileCheck {
  readonly checks: DocumentChecks;
  readonly stdin: Readable;
  readonly limits: ReadLimits;
  /** Makes the progress of a file with so many objects. */
  readonly startProgress: (objects: number) => Progress;
}

/** A file is read as one text, and texts have a largest length (on today's Node 512 MiB). */
const MAX_CHECKED_BYTES = Math.min(2 ** 30, constants.MAX_STRING_LENGTH);

const MEBIBYTE = 2 ** 20;
/** Smaller files are done before a bar could be looked at. */
const LARGE_BYTES = MEBIBYTE;
/** Drawing a bar costs more than checking an object. */
const STEP = 200;

/** Reads and checks a file. That it cannot be read is an error of the file, not of the command. */
export async function checkFile(check: FileCheck, file: string): Promise<CheckedFile> {
  let bytes: Buffer = Buffer.alloc(0);
  try {
    bytes = requireBytes(await readInputFile(file, check.stdin, MAX_CHECKED_BYTES));
    return { file, ...checkBytes(check, bytes) };
  } catch (error) {
    const fault = { path: '', ...toReadFault(error, bytes, check.limits) };
    return { file, objects: undefined, errors: [fault], errorCount: 1, warnings: [], warningCount: 0 };
  }
}

function requireBytes(bytes: Buffer | undefined): Buffer {
  if (bytes) return bytes;
  const size = Math.floor(MAX_CHECKED_BYTES / MEBIBYTE);
  throw new AppError('body.too-large', {
    detail: `Too large: a file has at most ${size} MiB. Check it in parts.`,
  });
}

function checkBytes({ checks, limits, startProgress }: FileCheck, bytes: Buffer): DocumentFindings {
  const document = readDocument(bytes, limits);
  if (bytes.length < LARGE_BYTES) return checkDocument(checks, document, () => undefined);
  const progress = startProgress(document.objects.length);
  let done = 0;
  try {
    return checkDocument(checks, document, () => {
      done += 1;
      if (done % STEP === 0) progress.advance(STEP);
    });
  } finally {
    progress.end();
  }
}
