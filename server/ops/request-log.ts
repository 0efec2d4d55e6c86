import type { RequestHandler } from 'express';
import type { Ids } from '../domain/ids.ts';
import type { Logger } from './logger.ts';

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

/** Gives each request an id and writes one line when its answer is done: path and status, no query, no header. */
export function createRequestLog(log: Logger, ids: Ids): RequestHandler {
  return (req, res, next) => {
    const id = ids.uuid();
    const started = performance.now();
    req.id = id;
    res.setHeader('X-Request-Id', id);
    res.on('close', () => {
      const line = {
        id,
        method: req.method,
        path: pathOf(req.url),
        status: res.statusCode,
        user: req.user?.user,
        ms: Math.round((performance.now() - started) * 100) / 100,
        aborted: res.writableFinished ? undefined : true,
      };
      if (res.statusCode >= 500) log.error({ ...line, err: req.failure }, 'request');
      else log.info(line, 'request');
    });
    next();
  };
}

const MAX_PATH = 300;

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return url.slice(0, Math.min(query < 0 ? url.length : query, MAX_PATH));
}
