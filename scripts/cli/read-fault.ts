import { isUtf8 } from 'node:buffer';
import { AppError } from '../../server/domain/errors.ts';
import { createPositionFinder, type Position } from '../../server/stix/json-position.ts';
import { findSyntaxFault, findTooDeep } from '../../server/stix/json-syntax.ts';
import type { ReadLimits } from '../../server/stix/read-objects.ts';
import { describeError } from './report-error.ts';

/** Why a file could not be read as JSON; the place in it, when there is one. */
export interface ReadFault extends Partial<Position> {
  readonly message: string;
}

const LINE_FEED = 0x0a;

/**
 * Explains why reading failed.
 * @param error what `readInputFile` or `readDocument` threw
 * @param bytes the file, as far as it was read
 * @throws the error itself when it is no `AppError`, which is not the file's fault
 */
export function toReadFault(error: unknown, bytes: Buffer, { maxDepth }: ReadLimits): ReadFault {
  if (!(error instanceof AppError) || error.code === 'internal') throw error;
  const message = describeError(error).replace(/^The body /, 'The file ');
  if (error.code === 'body.not-utf8') return explainEncoding(bytes);
  if (error.code !== 'body.not-json' && error.code !== 'body.too-deep') return { message };
  const text = bytes.toString('utf8').replace(/^\ufeff/, '');
  const finder = createPositionFinder(text);
  if (error.code === 'body.too-deep') {
    return { message, ...finder.toPosition(findTooDeep(text, maxDepth)) };
  }
  const fault = findSyntaxFault(text);
  if (fault) return { message: `not JSON: ${fault.message}`, ...finder.toPosition(fault.offset) };
  // What is JSON all the same has the list of its objects twice.
  return { message, ...finder.findAll(0, ['/objects'])[0] };
}

function explainEncoding(bytes: Buffer): ReadFault {
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') {
    return { message: 'not UTF-8: this is UTF-16; save the file as UTF-8', line: 1, column: 1 };
  }
  let line = 1;
  let from = 0;
  for (let to = bytes.indexOf(LINE_FEED); to >= 0; to = bytes.indexOf(LINE_FEED, from)) {
    if (!isUtf8(bytes.subarray(from, to))) break;
    line += 1;
    from = to + 1;
  }
  const end = bytes.indexOf(LINE_FEED, from);
  const text = bytes.subarray(from, end < 0 ? undefined : end).toString('utf8');
  return { message: 'not UTF-8: save the file as UTF-8', line, column: text.indexOf('\ufffd') + 1 };
}
