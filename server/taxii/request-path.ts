import type { IncomingMessage } from 'node:http';

/**
 * Brings the target of a request into one form before it is routed, so that nothing is ever redirected:
 * doubled slashes count as one, and an absolute target loses its scheme and host (RFC 9112, 3.2.2).
 */
export function normalizeTarget(request: IncomingMessage): void {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.includes('//')) return;
  const relative = /^https?:\/\/[^/]*(\/.*)?$/i.exec(path);
  const plain = relative ? (relative[1] ?? '/') : path;
  request.url = plain.replace(/\/{2,}/g, '/') + (query < 0 ? '' : target.slice(query));
}

/** The query of a request as it was sent, without the question mark. */
export function rawQueryOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? '' : url.slice(query + 1);
}
