import type { Feed, FeedError, FeedRun, FeedState, ListedReject } from '../domain/feed.ts';
import type { CollectionId } from '../domain/ids.ts';
import { formatTick, type Tick } from '../domain/timestamp.ts';
import type { FeedReport } from '../sync/feed-services.ts';

/** What our collections are called. */
export type Aliases = ReadonlyMap<CollectionId, string>;

/** A feed as the API shows it (`Feed` in openapi.json). What has no value is left out. */
export function toFeedDocument(report: FeedReport, aliases: Aliases): object {
  const { feed, state, rejects, nextRunAt, lastError } = report;
  const { name, direction, url, collection, cron, org, auth, secret, caFile, match } = feed;
  return {
    name,
    direction,
    url: toShownUrl(url),
    collection,
    cron,
    org,
    auth,
    secret,
    caFile,
    ...toOurSide(feed, aliases),
    match,
    since: toTime(feed.since),
    allowPrivate: feed.allowPrivate,
    paused: feed.paused,
    createdAt: toTime(feed.createdAt),
    nextRunAt: toTime(nextRunAt),
    partner: toPartner(state),
    cursor: toCursor(feed, state),
    totals: state.totals,
    failures: state.failures,
    startedAt: toTime(state.startedAt),
    succeededAt: toTime(state.succeededAt),
    retryAt: toTime(state.retryAt),
    lastError: toFault(lastError),
    runs: state.runs.map(toRun),
    rejects,
  };
}

/** A feed is added without a user, a password and a query in its URL; a backup of somebody's making may hold them. */
function toShownUrl(text: string): string {
  const url = URL.parse(text);
  return url === null ? '' : `${url.protocol}//${url.host}${url.pathname}`;
}

function toTime(tick: Tick | undefined): string | undefined {
  return tick === undefined ? undefined : formatTick(tick);
}

function toOurSide(feed: Feed, aliases: Aliases): object {
  // A collection that is gone has no alias any more.
  const nameOf = (id: CollectionId): string => aliases.get(id) ?? id;
  if (feed.direction === 'push') return { from: nameOf(feed.from) };
  return { into: nameOf(feed.into), defaults: feed.defaults };
}

function toPartner({ partner, isCoarse }: FeedState): object | undefined {
  if (!partner) return undefined;
  return { ...partner, apiRoot: toShownUrl(partner.apiRoot), wholeSeconds: isCoarse ?? false };
}

/** A state may have both kinds: the one of the other direction means nothing. */
function toCursor({ direction }: Feed, { pull, push }: FeedState): object | undefined {
  if (direction === 'pull') {
    return pull && { after: toTime(pull.after), next: pull.next, reached: toTime(pull.reached) };
  }
  return push && { reached: toTime(push.tick), pending: push.pending.length };
}

function toFault(error: FeedError | undefined): object | undefined {
  return error && { code: error.code, detail: error.detail, at: toTime(error.at) };
}

function toRun(run: FeedRun): object {
  const { startedAt, endedAt, result, counts, pages, requests, bytes, error } = run;
  return {
    startedAt: toTime(startedAt),
    endedAt: toTime(endedAt),
    result,
    counts,
    pages,
    requests,
    bytes,
    error: toFault(error),
  };
}

/** The reject list as the API shows it (`RejectList` in openapi.json). */
export function toRejectList(rejects: readonly ListedReject[]): object {
  return {
    rejects: rejects.map(({ key, at, id, version, reason, originalBytes, original }) => {
      return { key, at: toTime(at), id, version, reason, originalBytes, original };
    }),
  };
}
