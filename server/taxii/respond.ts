import type { Response } from 'express';
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
  res.writeHead(status, {
    'Content-Type': TAXII_MEDIA_TYPE,
    'Content-Length': bytes.byteLength,
    ...COMMON_HEADERS,
    ...headers,
  });
  res.end(bytes);
}
