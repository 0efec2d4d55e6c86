import type { RequestHandler } from 'express';
import type { FeedService } from '../sync/feed-services.ts';
import { pathParameter, receivedOf } from '../taxii/exchange.ts';
import type { BackgroundRuns } from './background-runs.ts';
import type { ApiDescription } from './description.ts';
import { toFeedDocument, toRejectList, type Aliases } from './feed-document.ts';
import { readNewFeed, readRunRequest, type NewFeed, type RunRequest } from './feed-request.ts';
import { readRequest } from './read-request.ts';
import { sendDocument, sendNothing } from './respond.ts';
import { readLimit } from './steps.ts';

export interface FeedEndpoints {
  readonly list: RequestHandler;
  readonly add: RequestHandler;
  readonly show: RequestHandler;
  readonly remove: RequestHandler;
  readonly rejects: RequestHandler;
  readonly run: RequestHandler;
  readonly pause: RequestHandler;
  readonly resume: RequestHandler;
}

/** An answer has at most so many bytes of originals. */
const MAX_ORIGINAL_BYTES = 8_388_608;

/** What the endpoints below `/feeds` do once the steps before have let a request on. */
export function createFeedEndpoints(
  feeds: FeedService,
  runs: BackgroundRuns,
  aliases: Aliases,
  description: ApiDescription,
): FeedEndpoints {
  const isNewFeed = description.compile<NewFeed>('NewFeed');
  const isRunRequest = description.compile<RunRequest>('RunRequest');
  const isNothing = description.compile<object>('Nothing');
  const show = async (name: string): Promise<object> => toFeedDocument(await feeds.show(name), aliases);
  const requireNoTerms = (body: Buffer): void => {
    if (body.byteLength > 0) readRequest(body, isNothing);
  };

  return {
    async list(_req, res) {
      const reports = await feeds.list();
      sendDocument(res, 200, { feeds: reports.map((report) => toFeedDocument(report, aliases)) });
    },
    async add(req, res) {
      const { name } = await feeds.add(readNewFeed(receivedOf(req), isNewFeed));
      sendDocument(res, 201, await show(name), { Location: `/api/v1/feeds/${encodeURIComponent(name)}` });
    },
    async show(req, res) {
      sendDocument(res, 200, await show(pathParameter(req, 'name')));
    },
    async remove(req, res) {
      await feeds.remove(pathParameter(req, 'name'));
      sendNothing(res);
    },
    async rejects(req, res) {
      const name = pathParameter(req, 'name');
      const rejects = await feeds.rejects(name, readLimit(req.url), MAX_ORIGINAL_BYTES);
      sendDocument(res, 200, toRejectList(rejects));
    },
    async run(req, res) {
      const name = pathParameter(req, 'name');
      await runs.begin(name, readRunRequest(receivedOf(req), isRunRequest));
      sendDocument(res, 202, await show(name));
    },
    async pause(req, res) {
      const name = pathParameter(req, 'name');
      requireNoTerms(receivedOf(req));
      await feeds.pause(name);
      sendDocument(res, 200, await show(name));
    },
    async resume(req, res) {
      const name = pathParameter(req, 'name');
      requireNoTerms(receivedOf(req));
      await feeds.resume(name);
      sendDocument(res, 200, await show(name));
    },
  };
}
