import type { Response } from 'express';
import { sendBytes } from '../taxii/respond.ts';

/** Headers of every answer of the API, failures too: nothing of it is to lie in a cache. */
export const API_HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
} as const;

/** Whether a failure at this target is answered as the API does. */
export function isApiTarget(url: string): boolean {
  return /^\/api(?:[/?]|$)/.test(url);
}

/** Sends a JSON document. */
export function sendDocument(
  res: Response,
  status: number,
  document: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJsonBytes(res, status, Buffer.from(JSON.stringify(document)), headers);
}

/** Sends bytes that are JSON already. */
export function sendJsonBytes(
  res: Response,
  status: number,
  bytes: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendBytes(res, status, bytes, { ...API_HEADERS, ...headers });
}

/** Sends 204. */
export function sendNothing(res: Response): void {
  const { id } = res.req;
  res.writeHead(204, {
    'Cache-Control': API_HEADERS['Cache-Control'],
    ...(id === undefined ? {} : { 'X-Request-Id': id }),
  });
  res.end();
}
