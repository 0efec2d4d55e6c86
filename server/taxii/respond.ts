import type { Request, Response } from 'express';
import { TAXII_MEDIA_TYPE } from './media.ts';

/** Headers of every answer. A browser or proxy may keep it, but asks again before it shows it. */
export const COMMON_HEADERS = {
  'Cache-Control': 'private, no-cache',
  Vary: 'Accept, Accept-Encoding, Authorization',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Sends a TAXII resource. */
export function sendResource(res: Response, status: number, resource: unknown): void {
  sendBytes(res, status, Buffer.from(JSON.stringify(resource)), {});
}

/** Sends bytes that are a TAXII resource already, with the exact content type and no charset. */
export function sendBytes(
  res: Response,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  writeHead(res, status, bytes, headers);
  res.end(bytes);
}

/** How long a caller may say nothing before they count as having stopped. */
const IDLE_MS = 1000;

/**
 * Answers a caller who is still sending a body that nobody will read, and then closes. What comes is thrown away
 * until they stop: a connection that is closed on unread bytes is reset, and the answer may be lost (RFC 9112, 9.6).
 */
export function sendBeforeBodyEnds(
  req: Request,
  res: Response,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  writeHead(res, status, bytes, { ...headers, Connection: 'close' });
  res.write(bytes);
  const finish = (): void => void res.end();
  req.setTimeout(IDLE_MS, finish);
  req.once('end', finish).once('close', finish).resume();
}

function writeHead(
  res: Response,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  res.writeHead(status, {
    'Content-Type': TAXII_MEDIA_TYPE,
    'Content-Length': bytes.byteLength,
    ...COMMON_HEADERS,
    ...headers,
  });
}
