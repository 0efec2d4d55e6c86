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
  writeHead(res, status, { 'Content-Length': String(bytes.byteLength), ...headers });
  res.end(bytes);
}

/** Sends 304: what the caller has is still right (RFC 9110, 15.4.5). */
export function sendUnchanged(res: Response, headers: Readonly<Record<string, string>>): void {
  const head: Record<string, string> = { ...COMMON_HEADERS, ...headers };
  if (res.req.id !== undefined) head['X-Request-Id'] = res.req.id;
  res.writeHead(304, head);
  res.end();
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
  writeHead(res, status, {
    'Content-Length': String(bytes.byteLength),
    ...headers,
    Connection: 'close',
  });
  res.write(bytes);
  const finish = (): void => void res.end();
  req.setTimeout(IDLE_MS, finish);
  req.once('end', finish).once('close', finish).resume();
}

/** Writes the head at once: a header that was set before would make writing every other one slower. */
function writeHead(res: Response, status: number, headers: Readonly<Record<string, string>>): void {
  const head: Record<string, string> = {
    'Content-Type': TAXII_MEDIA_TYPE,
    ...COMMON_HEADERS,
    ...headers,
  };
  if (res.req.id !== undefined) head['X-Request-Id'] = res.req.id;
  res.writeHead(status, head);
}
