import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import { API_HEADERS, isApiTarget } from './api/respond.ts';
import { CHALLENGES } from './auth/authenticate.ts';
import type { TrustProxy } from './config/setting-kinds.ts';
import { AppError, type FailureCode } from './domain/errors.ts';
import { sayRequestId } from './ops/request-log.ts';
import { statusOf, toAppError, toErrorAnswer } from './taxii/error-body.ts';
import { sendBeforeBodyEnds, sendBytes } from './taxii/respond.ts';

export interface AppOptions {
  readonly requestLog: RequestHandler;
  readonly health: Router;
  readonly taxii: Router;
  readonly api: Router;
  readonly trustProxy: TrustProxy;
  /** Longest target of a request, without the value of `next`. */
  readonly maxUrlLength: number;
  /** Gets the code of every failed request, when metrics are wanted. */
  readonly countFailure?: ((code: FailureCode) => void) | undefined;
}

/** Puts the application together: what every request passes, the routers, one error handler. It does not listen. */
export function createApp(options: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Queries are read by the endpoints themselves: Express would make objects and lists of them.
  app.set('query parser', false);
  app.set(
    'trust proxy',
    typeof options.trustProxy === 'object' ? [...options.trustProxy] : options.trustProxy,
  );
  app.use(options.requestLog);
  app.use(boundUrl(options.maxUrlLength));
  app.use(options.taxii);
  app.use(options.api);
  app.use(sayRequestId);
  app.use(options.health);
  app.use((req) => {
    const start = isApiTarget(req.url)
      ? 'The API is described at /api/v1/openapi.json.'
      : 'Discovery is at /taxii2/.';
    throw new AppError('route.not-found', { detail: `There is nothing here. ${start}` });
  });
  app.use(createErrorStep(options.countFailure));
  return app;
}

/** @throws AppError `request.uri-too-long`; a `next` may be long, as it carries the filters that came before */
function boundUrl(maxLength: number): RequestHandler {
  return (req, _res, next) => {
    if (req.url.length > maxLength && lengthWithoutNext(req.url) > maxLength) {
      throw new AppError('request.uri-too-long', {
        detail: `At most ${maxLength} characters, besides "next".`,
      });
    }
    next();
  };
}

function lengthWithoutNext(url: string): number {
  const match = /[?&]next=[^&]*/.exec(url);
  return url.length - (match?.[0].length ?? 0);
}

function createErrorStep(countFailure: AppOptions['countFailure']): ErrorRequestHandler {
  return (thrown, req, res, _next) => {
    const error = toAppError(thrown);
    req.failure = error.cause ?? error;
    countFailure?.(error.code);
    // An answer that has begun cannot become another one.
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const { status, headers: own, body } = toErrorAnswer(error, req.id ?? '');
    const headers = isApiTarget(req.originalUrl) ? { ...own, ...API_HEADERS } : own;
    if (statusOf(error.code) === 401) res.setHeader('WWW-Authenticate', [...CHALLENGES]);
    const send = error.code === 'body.too-large' ? sendBeforeBodyEnds.bind(undefined, req) : sendBytes;
    send(res, status, Buffer.from(body), headers);
  };
}
