import { createHash, type Hash } from 'node:crypto';
import { AppError } from '../../server/domain/errors.ts';
import type { ExportBatch } from '../../server/storage/port.ts';
import { parseTaxiiTimestamp } from '../../server/domain/timestamp.ts';
import { isOverbuilt, parseMembers } from '../../server/storage/json-bounds.ts';
import {
  cutOff,
  damaged,
  encodeMember,
  MAX_TEXT_BYTES,
  readMember,
  type ByteSource,
} from './transfer-members.ts';
import { addCounts, parseRecord, type Counts } from './transfer-records.ts';

/*
 * The text in the members: lines of JSON. The first member is the header, each of the following one batch whose
 * last line says where it ends, the last one the trailer with the SHA-256 of all lines before it.
 */

const FORMAT = 'pollwatch-backup';
const VERSION = 1;
/** In one member; a batch has 1000 records, or those that go together. */
const MAX_LINES = 100_000;

export interface BackupHeader {
  /** Names the state of the store that is backed up. */
  readonly mark: string;
  /** When the backup was begun (RFC 3339). */
  readonly created: string;
  /** The kind of store that it was made of. */
  readonly store: string;
  /** The version of the program. */
  readonly pollwatch: string;
  /** How many records there are. */
  readonly total: number;
}

/** How far a file was written or read. */
export interface Extent {
  readonly bytes: number;
  readonly records: number;
  readonly counts: Counts;
  /** Of the last batch; absent before the first. */
  readonly position?: string;
}

export type BackupPart =
  | { readonly kind: 'header'; readonly header: BackupHeader }
  | { readonly kind: 'batch'; readonly batch: ExportBatch }
  | { readonly kind: 'end'; readonly sha256: string };

/** Sums up what was written or read. */
export interface Tally {
  extent(): Extent;
  /** SHA-256 of all text so far, hexadecimal. */
  digest(): string;
  addHeader(text: Buffer, size: number): void;
  addBatch(text: Buffer, size: number, batch: ExportBatch): void;
}

export function createTally(): Tally {
  const hash: Hash = createHash('sha256');
  let extent: Extent = { bytes: 0, records: 0, counts: {} };
  const add = (text: Buffer, size: number, changed: Partial<Extent>): void => {
    hash.update(text);
    extent = { ...extent, ...changed, bytes: extent.bytes + size };
  };
  return {
    extent: () => extent,
    digest: () => hash.copy().digest('hex'),
    addHeader: (text, size) => add(text, size, {}),
    addBatch: (text, size, { records, position }) =>
      add(text, size, {
        records: extent.records + records.length,
        counts: addCounts(extent.counts, records),
        position,
      }),
  };
}

export async function encodeHeader(header: BackupHeader, tally: Tally): Promise<Buffer> {
  const text = toLines([{ kind: 'header', format: FORMAT, version: VERSION, ...header }]);
  const member = await encodeMember(text);
  tally.addHeader(text, member.byteLength);
  return member;
}

export async function encodeBatch(batch: ExportBatch, tally: Tally): Promise<Buffer> {
  const text = toLines([...batch.records, { kind: 'batch', position: batch.position }]);
  const member = await encodeMember(text);
  tally.addBatch(text, member.byteLength, batch);
  return member;
}

export async function encodeTrailer(tally: Tally): Promise<Buffer> {
  const { records } = tally.extent();
  return encodeMember(toLines([{ kind: 'end', records, sha256: tally.digest() }]));
}

function toLines(values: readonly unknown[]): Buffer {
  return Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/**
 * Reads a backup, part by part. What it has handed out was whole; that nothing is missing or was put together
 * otherwise is certain once it has handed out the end.
 * @param tally empty; sums up what was read
 * @param maxTextBytes of one member, as `boundText` has it; a backup of our own has no other bound than texts have
 * @throws AppError `input.invalid` when it is no whole backup
 */
export async function* readBackup(
  source: ByteSource,
  tally: Tally,
  maxTextBytes = MAX_TEXT_BYTES,
): AsyncGenerator<BackupPart> {
  const first = await readMember(source, maxTextBytes);
  if (!first) throw cutOff();
  const header = parseHeader(parseLines(first.text));
  tally.addHeader(first.text, first.size);
  yield { kind: 'header', header };
  for (;;) {
    const member = await readMember(source, maxTextBytes);
    if (!member) throw cutOff();
    const lines = parseLines(member.text);
    const last = parseMembers(lines.at(-1)) ?? {};
    const kind = last['kind'];
    if (kind === 'end') {
      const { records } = tally.extent();
      const isWhole = lines.length === 1 && records === header.total && last['records'] === records;
      if (!isWhole || last['sha256'] !== tally.digest()) throw damaged();
      if ((await source.read(1)).byteLength > 0) throw damaged();
      yield { kind: 'end', sha256: tally.digest() };
      return;
    }
    if (kind !== 'batch' || typeof last['position'] !== 'string') throw damaged();
    const batch = { records: lines.slice(0, -1).map(parseRecord), position: last['position'] };
    tally.addBatch(member.text, member.size, batch);
    yield { kind: 'batch', batch };
  }
}

function parseLines(text: Buffer): readonly unknown[] {
  const lines = text.toString('utf8').split('\n', MAX_LINES + 1);
  if (lines.pop() !== '' || lines.some(isOverbuilt)) throw damaged();
  try {
    return lines.map((line): unknown => JSON.parse(line));
  } catch (error) {
    throw damaged(error);
  }
}

function parseHeader([line, ...rest]: readonly unknown[]): BackupHeader {
  const { format, version, mark, created, store, pollwatch, total } = parseMembers(line) ?? {};
  if (format !== FORMAT || rest.length > 0) throw damaged();
  if (version !== VERSION) {
    throw new AppError('input.invalid', {
      detail: 'It was written by another version of pollwatch. Restore it with that version.',
    });
  }
  const isText = (value: unknown): value is string => typeof value === 'string';
  if (!isText(mark) || !isText(created) || !isText(store) || !isText(pollwatch)) throw damaged();
  if (parseTaxiiTimestamp(created) === undefined) throw damaged();
  if (typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0) throw damaged();
  return { mark, created, store, pollwatch, total };
}
