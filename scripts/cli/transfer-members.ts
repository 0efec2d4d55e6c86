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
const MAX_TEXT_BYTES = constants.MAX_STRING_LENGTH;

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
 * @returns undefined at the end
 * @throws AppError `input.invalid` when what comes next is no whole member
 */
export async function readMember(source: ByteSource): Promise<Member | undefined> {
  const head = await source.read(HEAD_BYTES);
  if (head.byteLength === 0) return undefined;
  const known = Math.min(START.length, head.byteLength);
  if (!head.subarray(0, known).equals(START.subarray(0, known))) throw damaged();
  if (head.byteLength < HEAD_BYTES) throw cutOff();
  const length = head.readUInt32LE(START.length);
  const rest = await source.read(length + TAIL_BYTES);
  if (rest.byteLength < length + TAIL_BYTES) throw cutOff();
  const textBytes = rest.readUInt32LE(length + 4);
  if (textBytes === 0 || textBytes > MAX_TEXT_BYTES) throw damaged();
  const text = await inflate(rest.subarray(0, length), { maxOutputLength: textBytes }).catch(
    (error: unknown) => {
      throw damaged(error);
    },
  );
  if (text.byteLength !== textBytes || crc32(text) !== rest.readUInt32LE(length)) throw damaged();
  return { text, size: HEAD_BYTES + length + TAIL_BYTES };
}

export function damaged(cause?: unknown): AppError {
  return new AppError('input.invalid', { detail: 'It is damaged, or is no backup of pollwatch.', cause });
}

export function cutOff(): AppError {
  return new AppError('input.invalid', { detail: 'It is cut off: its end is missing.' });
}
