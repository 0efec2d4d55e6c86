import { constants } from 'node:buffer';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { AppError } from '../../server/domain/errors.ts';

/*
 * A backup is a row of gzip members (RFC 1952) that any gunzip reads as one text. Each says how long it is, in a
 * field of its own as BGZF has it, so that a file can be read, checked and gone on with member by member.
 */

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Deflate, with extra field, no time, no level, unknown system; 8 bytes of extra field: `PW`, 4 bytes. */
const START = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 0x50, 0x57, 4, 0]);
const HEAD_BYTES = START.length + 4;
const TAIL_BYTES = 8;
/** What a member can hold at most: more would not fit into one text. */
export const MAX_TEXT_BYTES = constants.MAX_STRING_LENGTH;
/** A batch has about 4 million characters and what its last record has beyond. */
const BATCH_TEXT_BYTES = 16 * 2 ** 20;
/** The least that is taken of every backup: an upload of 10 MiB, what is known of it and its outcomes fit in. */
const LEAST_TEXT_BYTES = 64 * 2 ** 20;
/** A record holds an upload in base64, or an object as text in JSON and what is known of it. */
const RECORD_GROWTH = 4;
/** Deflate makes nothing longer by more than one part in so many, and some bytes. */
const DEFLATE_SHARE = 1000;
const DEFLATE_BYTES = 1024;

/**
 * How many bytes of text a member may come to, of a store whose requests had at most so many: 64 MiB for 10 MiB, or
 * 16 MiB and four times the request. A member of 100 kB can claim 100 MB, and parsed that would be a gigabyte.
 */
export function boundText(maxContentLengthBytes: number): number {
  const largest = BATCH_TEXT_BYTES + RECORD_GROWTH * maxContentLengthBytes;
  return Math.min(MAX_TEXT_BYTES, Math.max(LEAST_TEXT_BYTES, largest));
}

/** Where members are read from. */
export interface ByteSource {
  /** The next `length` bytes; fewer only at the end. */
  read(length: number): Promise<Buffer>;
}

export interface Member {
  readonly text: Buffer;
  /** How many bytes it takes up. */
  readonly size: number;
}

export async function encodeMember(text: Buffer): Promise<Buffer> {
  const deflated = await deflate(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(deflated.byteLength);
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32LE(crc32(text));
  tail.writeUInt32LE(text.byteLength, 4);
  return Buffer.concat([START, length, deflated, tail]);
}

/**
 * Reads the next member.
 * @param maxTextBytes how many bytes of text it may hold
 * @returns undefined at the end
 * @throws AppError `input.invalid` when what comes next is no whole member, or one that holds more
 */
export async function readMember(
  source: ByteSource,
  maxTextBytes = MAX_TEXT_BYTES,
): Promise<Member | undefined> {
  const head = await source.read(HEAD_BYTES);
  if (head.byteLength === 0) return undefined;
  const known = Math.min(START.length, head.byteLength);
  if (!head.subarray(0, known).equals(START.subarray(0, known))) throw damaged();
  if (head.byteLength < HEAD_BYTES) throw cutOff();
  const length = head.readUInt32LE(START.length);
  // Before anything is read: the rest of a stream would be kept until it ends.
  if (length > maxTextBytes + maxTextBytes / DEFLATE_SHARE + DEFLATE_BYTES) throw tooLarge(maxTextBytes);
  const rest = await source.read(length + TAIL_BYTES);
  if (rest.byteLength < length + TAIL_BYTES) throw cutOff();
  const textBytes = rest.readUInt32LE(length + 4);
  if (textBytes === 0) throw damaged();
  if (textBytes > maxTextBytes) throw tooLarge(maxTextBytes);
  const text = await inflate(rest.subarray(0, length), { maxOutputLength: textBytes }).catch(
    (error: unknown) => {
      throw damaged(error);
    },
  );
  if (text.byteLength !== textBytes || crc32(text) !== rest.readUInt32LE(length)) throw damaged();
  return { text, size: HEAD_BYTES + length + TAIL_BYTES };
}

function tooLarge(maxTextBytes: number): AppError {
  if (maxTextBytes >= MAX_TEXT_BYTES) return damaged();
  return new AppError('input.invalid', {
    detail:
      `It is damaged, or has a part of more than ${maxTextBytes} bytes. If the server that it was made of took larger ` +
      'requests than this one, set POLLWATCH_MAX_CONTENT_LENGTH as it was there.',
  });
}

export function damaged(cause?: unknown): AppError {
  return new AppError('input.invalid', { detail: 'It is damaged, or is no backup of pollwatch.', cause });
}

export function cutOff(): AppError {
  return new AppError('input.invalid', { detail: 'It is cut off: its end is missing.' });
}
