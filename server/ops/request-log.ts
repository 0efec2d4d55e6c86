import type { RequestHandler } from 'express';
import type { Ids } from '../domain/ids.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express names what may be added to a request like this.
  namespace Express {
    interface Request {
      /** Stands in the log, in X-Request-Id, and as `error_id` in an error message. */
      id?: string;
      /** Why the request failed, for the log alone. */
      failure?: unknown;
    }
  }
}

/**
 * Gives each request an id, which the answer has to carry (`sayRequestId`), and writes one line when its answer is
 * done: path and status, no query, no header.
 * @param count also gets every request, when metrics are wanted
 */
export function createRequestLog(log: Logger, ids: Ids, count?: Metrics['countRequest']): RequestHandler {
  const write = createTurnLog(log);
  return (req, res, next) => {
    const id = ids.uuid();
    const started = performance.now();
    req.id = id;
    res.on('close', () => {
      const ms = performance.now() - started;
      const line = {
        id,
        method: req.method,
        path: pathOf(req.url),
        status: res.statusCode,
        user: req.user?.user,
        ms: Math.round(ms * 100) / 100,
        aborted: res.writableFinished ? undefined : true,
      };
      if (res.statusCode >= 500) log.error({ ...line, err: req.failure }, 'request');
      else write(line);
      count?.({
        route: routeOf(req.route),
        method: req.method,
        status: res.headersSent ? res.statusCode : undefined,
        seconds: ms / 1000,
      });
    });
    next();
  };
}

/** Sets X-Request-Id, for routers that do not put it among the headers of their answers themselves. */
export const sayRequestId: RequestHandler = (req, res, next) => {
  if (req.id !== undefined) res.setHeader('X-Request-Id', req.id);
  next();
};

/** Writes the lines of a turn of the event loop when it ends: one after the other they cost less than in between. */
function createTurnLog(log: Logger): (line: object) => void {
  let lines: object[] = [];
  const flush = (): void => {
    const done = lines;
    lines = [];
    for (const line of done) log.info(line, 'request');
  };
  return (line) => {
    if (lines.length === 0) setImmediate(flush);
    lines.push(line);
  };
}

/** The pattern of what Express found to take the request. */
function routeOf(route: unknown): string | undefined {
  if (typeof route !== 'object' || route === null || !('path' in route)) return undefined;
  return typeof route.path === 'string' ? route.path : undefined;
}

const MAX_PATH = 300;

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return url.slice(0, Math.min(query < 0 ? url.length : query, MAX_PATH));
}
