import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createGzip, gzipSync } from 'node:zlib';
import type { Fault } from './behaviour.ts';
import type { SeenRequest } from './request-log.ts';

/** What the partner answers when nothing goes wrong on the way. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export const TAXII_TYPE = 'application/taxii+json;version=2.1';

/** One gigabyte of spaces, a few megabytes as gzip. */
const BOMB_BYTES = 1_000_000_000;
const PIECE = Buffer.alloc(65_536, ' ');

export function toError(status: number, title: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': TAXII_TYPE, ...headers },
    body: JSON.stringify({ title, http_status: String(status) }),
  };
}

/** The answer that stands in for the right one; undefined when the right one is to be sent, in whatever way. */
export function standIn(fault: Fault | undefined): Answer | undefined {
  if (fault?.kind === 'status') {
    const headers: Record<string, string> =
      fault.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter };
    if (!fault.html) return toError(fault.status, 'It does not work', headers);
    return {
      status: fault.status,
      headers: { ...headers, 'Content-Type': 'text/html' },
      body: '<!DOCTYPE html><title>It does not work</title><h1>It does not work</h1>',
    };
  }
  if (fault?.kind === 'body') {
    const { status = 200, type = TAXII_TYPE, headers = {}, body } = fault;
    return { status, headers: { 'Content-Type': type, ...headers }, body };
  }
  if (fault?.kind === 'redirect') {
    return { status: fault.status ?? 307, headers: { Location: fault.location }, body: '' };
  }
  return undefined;
}

/** Sends an answer, with the fault on its way. */
export async function send(
  response: ServerResponse,
  seen: SeenRequest,
  { status, headers, body }: Answer,
  fault: Fault | undefined,
): Promise<void> {
  const bytes = Buffer.from(body);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  const begin = (more: Readonly<Record<string, string>>): void => {
    seen.status = status;
    response.writeHead(status, { ...headers, ...more });
  };
  const write = (piece: Buffer): boolean => {
    seen.bytesOut += piece.length;
    return response.write(piece);
  };
  const withLength = { 'Content-Length': String(bytes.length) };
  switch (fault?.kind) {
    case 'hang':
      if (fault.where === 'before-headers') return;
      begin(withLength);
      write(half);
      return;
    case 'reset':
      if (fault.where === 'in-body') {
        begin(withLength);
        write(half);
        await flushed(response);
      }
      response.socket?.resetAndDestroy();
      return;
    case 'truncated':
      begin(fault.as === 'chunked' ? {} : withLength);
      write(half);
      await flushed(response);
      response.socket?.end();
      return;
    case 'wrong-length':
      response.strictContentLength = false;
      begin({ 'Content-Length': String(bytes.length + fault.by) });
      write(bytes);
      await flushed(response);
      response.socket?.end();
      return;
    case 'endless':
      begin({});
      return sendEndlessly(response, fault.of, bytes, write);
    case 'slow':
      begin(withLength);
      for (let sent = 0; sent < bytes.length && !response.destroyed; sent += fault.bytes) {
        write(bytes.subarray(sent, sent + fault.bytes));
        await delay(fault.everyMs, undefined, { ref: false });
      }
      response.end();
      return;
    case 'chunked':
      begin({});
      for (let sent = 0; sent < bytes.length; sent += 1000) write(bytes.subarray(sent, sent + 1000));
      response.end();
      return;
    case 'gzip':
      begin({ 'Content-Encoding': 'gzip' });
      return sendZipped(response, fault.how, bytes, write);
    default:
      begin(withLength);
      write(bytes);
      response.end();
  }
}

async function sendEndlessly(
  response: ServerResponse,
  of: 'spaces' | 'objects',
  bytes: Buffer,
  write: (piece: Buffer) => boolean,
): Promise<void> {
  write(Buffer.from(of === 'objects' ? '{"objects":[' : '{'));
  const inner = /^\{"objects":\[(.*)\]/s.exec(bytes.toString())?.[1] ?? '{}';
  const piece = of === 'objects' ? Buffer.from(`${inner},`) : PIECE;
  while (!response.destroyed) {
    if (!write(piece)) await drained(response);
  }
}

async function sendZipped(
  response: ServerResponse,
  how: 'right' | 'bomb' | 'broken' | 'cut',
  bytes: Buffer,
  write: (piece: Buffer) => boolean,
): Promise<void> {
  const zipped = gzipSync(bytes);
  if (how === 'right') write(zipped);
  if (how === 'broken') write(bytes);
  if (how === 'cut') write(zipped.subarray(0, zipped.length - Math.min(20, zipped.length >> 1)));
  if (how === 'bomb') {
    const zip = createGzip({ level: constants.Z_BEST_SPEED });
    response.once('close', () => zip.destroy());
    zip.on('data', (piece: Buffer) => write(piece));
    for (let sent = 0; sent < BOMB_BYTES && !response.destroyed; sent += PIECE.length) {
      if (!zip.write(PIECE)) await drained(zip);
    }
    if (!response.destroyed) await new Promise<void>((resolve) => zip.end(resolve));
  }
  response.end();
}

/** Until what was written has left, or nobody is there any more. */
function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write('', () => resolve());
  });
}

function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done);
      stream.off('close', done);
      resolve();
    };
    stream.once('drain', done);
    stream.once('close', done);
  });
}
