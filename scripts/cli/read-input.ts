import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { AppError } from '../../server/domain/errors.ts';
import type { Terminal } from './surroundings.ts';

/** More than any password: the hasher has the last word on the length. */
const MAX_LINE_BYTES = 4096;
const LINE_FEED = 0x0a;

/** Reads a stream to its end; undefined when it holds more than `maxBytes`. */
export async function readBounded(stream: Readable, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    const bytes = toBytes(chunk);
    length += bytes.length;
    if (length > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, length);
}

/**
 * Reads the one line that standard input holds, without its end. At a terminal the first line is enough.
 * @throws AppError `input.invalid`; nothing of the line is in it
 */
export async function readLine(stdin: Terminal<Readable>): Promise<string> {
  const bytes = stdin.isTTY ? await readTypedLine(stdin) : await readBounded(stdin, MAX_LINE_BYTES);
  const text = bytes && isUtf8(bytes) ? bytes.toString('utf8').replace(/\r?\n$/, '') : undefined;
  if (text !== undefined && text !== '' && !/[\r\n]/.test(text)) return text;
  throw new AppError('input.invalid', {
    detail: 'Standard input must hold the password: one line of UTF-8, and nothing else.',
  });
}

async function readTypedLine(stdin: Readable): Promise<Buffer> {
  for await (const chunk of stdin) {
    const bytes = toBytes(chunk);
    if (bytes.includes(LINE_FEED)) return bytes;
  }
  return Buffer.alloc(0);
}

function toBytes(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
