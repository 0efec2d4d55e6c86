import type { Request, RequestHandler, Response } from 'express';
import type { ReadableCollection } from '../domain/access.ts';
import { formatTick, type Tick } from '../domain/timestamp.ts';
import type { EntryReader } from '../storage/port.ts';
import type { CursorCodec, CursorScope, PagedEndpoint } from './cursor.ts';
import { pathParameter, readableOf } from './exchange.ts';
import { acceptsGzip } from './media.ts';
import { createPage, type Page, type PageCache } from './page-cache.ts';
import { parsePageQuery, type PageQuery, type QueryLimits } from './query.ts';
import { rawQueryOf } from './request-path.ts';
import { sendBytes, sendUnchanged } from './respond.ts';

export interface PageServices {
  readonly entries: EntryReader;
  readonly codec: CursorCodec;
  readonly cache: PageCache;
  readonly limits: QueryLimits;
}

/** What a list's page holds. */
export interface PageContent {
  /** The members of the resource except `more` and `next`, as JSON without the braces; empty when there is nothing. */
  readonly members: string;
  readonly first?: Tick;
  readonly last?: Tick;
  readonly more: boolean;
  readonly scannedTo?: Tick;
}

/** How one kind of list gets its page. */
export type ReadPage = (
  collection: ReadableCollection,
  query: PageQuery,
  rawQuery: string,
) => Promise<PageContent>;

/**
 * Makes the step that answers a list (TAXII 2.1, 3.4 and 3.5). An answer that was built before is sent again as it
 * is, as long as its collection has not changed; the right to read was checked before.
 */
export function createPageStep(
  endpoint: PagedEndpoint,
  services: PageServices,
  readPage: ReadPage,
): RequestHandler {
  const { entries, cache, codec, limits } = services;
  return async (req, res) => {
    const collection = readableOf(req);
    const rawQuery = rawQueryOf(req.url);
    const object =
      endpoint === 'object' || endpoint === 'versions' ? pathParameter(req, 'object') : undefined;
    const key = `${collection.id} ${endpoint} ${object ?? ''}?${rawQuery}`;
    // Asked before the page is read: a change in between only makes the page be built once more. Who signed in was
    // looked up in this request, and with them the generations.
    const isKnown = req.user !== undefined;
    const generation = isKnown
      ? entries.knownGeneration(collection.id)
      : await entries.generation(collection.id);
    const kept = cache.find(key, generation);
    if (kept) return sendPage(req, res, kept);
    const scope: CursorScope = {
      collection: collection.id,
      endpoint,
      ...(object === undefined ? {} : { object }),
    };
    const query = parsePageQuery(rawQuery, scope, codec, limits);
    const content = await readPage(collection, query, rawQuery);
    const body = toBody(content, query, scope, codec);
    // Ticks and size besides the generation: a restored backup may come to the same generation with other entries.
    const identity = `${generation} ${key} ${content.first ?? ''} ${content.last ?? ''} ${body.byteLength}`;
    const page = createPage(body, identity, datesOf(content, query));
    cache.keep(key, generation, page);
    return sendPage(req, res, page);
  };
}

function toBody(content: PageContent, query: PageQuery, scope: CursorScope, codec: CursorCodec): Buffer {
  const { members, more } = content;
  const after = content.scannedTo ?? content.last;
  if (!more || after === undefined) return Buffer.from(members === '' ? '{}' : `{${members}}`);
  const next = codec.encode(scope, { ...query.carried, after });
  const paging = `"more":true,"next":${JSON.stringify(next)}`;
  return Buffer.from(members === '' ? `{${paging}}` : `{${paging},${members}}`);
}

/** Without objects the position asked for is echoed, so that no client loses its place (taxii: empty results). */
function datesOf(
  { first, last, scannedTo }: PageContent,
  { echo }: PageQuery,
): { first?: string; last?: string } {
  const from = first ?? scannedTo ?? echo;
  const to = last ?? scannedTo ?? echo;
  if (from === undefined || to === undefined) return {};
  return { first: formatTick(from), last: formatTick(to) };
}

async function sendPage(req: Request, res: Response, page: Page): Promise<void> {
  const gzipped = acceptsGzip(req.headers['accept-encoding']) ? page.gzipped() : undefined;
  const headers = gzipped ? { ...page.headers, ETag: `"${page.etag}-gzip"` } : page.headers;
  if (isUnchanged(req.headers['if-none-match'], page.etag)) {
    sendUnchanged(res, headers);
    return;
  }
  if (!gzipped) {
    sendBytes(res, 200, page.body, headers);
    return;
  }
  sendBytes(res, 200, await gzipped, { ...headers, 'Content-Encoding': 'gzip' });
}

/** RFC 9110, 13.1.2: weak comparison; both codings of a page are the same page. */
function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const given = ifNoneMatch.split(',', 100).map((each) => each.trim().replace(/^W\//, ''));
  return given.some((each) => each === '*' || each === `"${etag}"` || each === `"${etag}-gzip"`);
}
