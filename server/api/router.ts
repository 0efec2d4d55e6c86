import { Router, type RequestHandler } from 'express';
import type { Collection } from '../domain/collection.ts';
import type { Logger } from '../ops/logger.ts';
import type { FeedService } from '../sync/feed-services.ts';
import { createBodyStep } from '../taxii/read-body.ts';
import { methodNotAllowed } from '../taxii/steps.ts';
import { createBackgroundRuns } from './background-runs.ts';
import { readApiDescription } from './description.ts';
import { createFeedEndpoints } from './feeds.ts';
import { MAX_REQUEST_BYTES } from './read-request.ts';
import { sendJsonBytes } from './respond.ts';
import { acceptsJson, asksOnlyFor, comesFromNoOtherSite, operatesHub, sendsJson } from './steps.ts';

export interface ApiOptions {
  readonly authenticate: RequestHandler;
  readonly requireSignedIn: RequestHandler;
  readonly feeds: FeedService;
  readonly collections: readonly Collection[];
  readonly log: Logger;
  /** How many runs that were asked for go on at once at most. */
  readonly maxRunning: number;
  /** The folder with `schemas`. */
  readonly packageRoot: string;
}

export interface Api {
  readonly router: Router;
  /** Ends the runs that were asked for here, between two pages. */
  close(): Promise<void>;
}

/** The management API: this is the table of contents of schemas/api/openapi.json. */
export function createApi(options: ApiOptions): Api {
  const { authenticate, requireSignedIn, feeds, collections, log, maxRunning } = options;
  const description = readApiDescription(options.packageRoot);
  const runs = createBackgroundRuns({ feeds, log, maxRunning });
  const aliases = new Map(collections.map(({ id, alias }) => [id, alias]));
  const feed = createFeedEndpoints(feeds, runs, aliases, description);

  const known = [authenticate, requireSignedIn, operatesHub];
  const read = [...known, acceptsJson];
  const change = [...known, comesFromNoOtherSite, acceptsJson];
  const send = [...change, sendsJson, createBodyStep(MAX_REQUEST_BYTES), asksOnlyFor()];

  const router = Router({ strict: false, caseSensitive: true });
  router
    .route('/api/v1/feeds')
    .get(...read, asksOnlyFor(), feed.list)
    .post(...send, feed.add)
    .all(methodNotAllowed('GET', 'HEAD', 'POST'));
  router
    .route('/api/v1/feeds/:name')
    .get(...read, asksOnlyFor(), feed.show)
    .delete(...change, asksOnlyFor(), feed.remove)
    .all(methodNotAllowed('GET', 'HEAD', 'DELETE'));
  router
    .route('/api/v1/feeds/:name/rejects')
    .get(...read, asksOnlyFor('limit'), feed.rejects)
    .all(methodNotAllowed('GET', 'HEAD'));
  router
    .route('/api/v1/feeds/:name/run')
    .post(...send, feed.run)
    .all(methodNotAllowed('POST'));
  router
    .route('/api/v1/feeds/:name/pause')
    .post(...send, feed.pause)
    .all(methodNotAllowed('POST'));
  router
    .route('/api/v1/feeds/:name/resume')
    .post(...send, feed.resume)
    .all(methodNotAllowed('POST'));
  router
    .route('/api/v1/openapi.json')
    .get(...read, asksOnlyFor(), (_req, res) => sendJsonBytes(res, 200, description.bytes))
    .all(methodNotAllowed('GET', 'HEAD'));
  return { router, close: () => runs.close() };
}
