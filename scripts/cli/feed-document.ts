import type { Feed, FeedError, FeedRun, FeedState, ListedReject } from '../../server/domain/feed.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import { formatTick, type Tick } from '../../server/domain/timestamp.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { toShownAddress } from './feed-words.ts';

/* Members are called as in the management API (schemas/api/openapi.json); what has no value is null. */

/** What our collections are called. */
export type Aliases = ReadonlyMap<CollectionId, string>;

/** What a collection of ours is called; its id when it is gone. */
export function aliasOf(aliases: Aliases, id: CollectionId): string {
  return aliases.get(id) ?? id;
}

/** A feed as `--json` prints it. There is nothing secret in it. */
export function toFeedDocument(feed: Feed, aliases: Aliases): object {
  const { id, name, direction, url, collection, cron, org, auth, secret, caFile, match, since } = feed;
  const ours =
    feed.direction === 'pull'
      ? { into: aliasOf(aliases, feed.into), defaults: feed.defaults }
      : { from: aliasOf(aliases, feed.from) };
  return {
    id,
    name,
    direction,
    url: toShownAddress(url),
    collection,
    cron,
    org,
    auth,
    secret: secret ?? null,
    caFile: caFile ?? null,
    ...ours,
    match,
    since: toTime(since),
    allowPrivate: feed.allowPrivate,
    paused: feed.paused,
    createdAt: formatTick(feed.createdAt),
  };
}

/** A feed with how it stands. */
export function toReportDocument(report: FeedReport, aliases: Aliases): object {
  const { feed, state, rejects, nextRunAt, lastError } = report;
  const { partner, isCoarse, totals, failures } = state;
  return {
    ...toFeedDocument(feed, aliases),
    nextRunAt: toTime(nextRunAt),
    partner: partner
      ? { ...partner, apiRoot: toShownAddress(partner.apiRoot), wholeSeconds: isCoarse ?? false }
      : null,
    cursor: toCursorDocument(feed, state),
    totals,
    rejects,
    failures,
    startedAt: toTime(state.startedAt),
    succeededAt: toTime(state.succeededAt),
    retryAt: toTime(state.retryAt),
    lastError: toErrorDocument(lastError),
    runs: state.runs.map(toRunDocument),
  };
}

function toCursorDocument({ direction }: Feed, { pull, push }: FeedState): object | null {
  if (direction === 'push')
    return push ? { reached: formatTick(push.tick), pending: push.pending.length } : null;
  return pull ? { after: toTime(pull.after), next: pull.next ?? null, reached: toTime(pull.reached) } : null;
}

export function toRunDocument({ startedAt, endedAt, error, ...run }: FeedRun): object {
  return {
    startedAt: formatTick(startedAt),
    endedAt: formatTick(endedAt),
    result: run.result,
    counts: run.counts,
    pages: run.pages,
    requests: run.requests,
    bytes: run.bytes,
    error: toErrorDocument(error),
  };
}

export function toRejectDocument(reject: ListedReject): object {
  const { key, at, id, version, reason, originalBytes, original } = reject;
  return {
    key,
    at: formatTick(at),
    id: id ?? null,
    version: version ?? null,
    reason,
    originalBytes: originalBytes ?? null,
    original: original ?? null,
  };
}

function toErrorDocument(error: FeedError | undefined): object | null {
  return error === undefined ? null : { code: error.code, detail: error.detail, at: formatTick(error.at) };
}

export function toTime(tick: Tick | undefined): string | null {
  return tick === undefined ? null : formatTick(tick);
}
