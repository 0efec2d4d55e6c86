import {
  NO_COUNTS,
  type Feed,
  type FeedAuth,
  type FeedCounts,
  type FeedSecret,
} from '../../server/domain/feed.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import { formatTick, type Tick } from '../../server/domain/timestamp.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { toPrintable } from './table.ts';

/** An address without what may hold a secret. */
export function toShownAddress(text: string): string {
  const url = URL.parse(text);
  return url === null ? '(no address)' : toPrintable(`${url.origin}${url.pathname}`);
}

/** `1 page`, `2 pages`. */
export function count(n: number, unit: string): string {
  return `${n} ${unit}${n === 1 ? '' : 's'}`;
}

/** What became of objects. */
export function describeFeedCounts({ objects, accepted, known, rejected }: FeedCounts = NO_COUNTS): string {
  if (objects === 0) return 'no objects';
  return `${count(objects, 'object')} (${accepted} new, ${known} known, ${rejected} rejected)`;
}

export function describeAuth(auth: FeedAuth, secret: FeedSecret | undefined): string {
  const found = secret === undefined ? '' : `, with what ${describeSecret(secret)} holds`;
  switch (auth.kind) {
    case 'none':
      return 'without credentials';
    case 'basic':
      return `HTTP Basic as ${toPrintable(auth.user)}${found}`;
    case 'header':
      return `the header ${auth.name}${found}`;
    case 'bearer':
    case 'token':
      return `Authorization: ${auth.kind === 'bearer' ? 'Bearer' : 'Token'}${found}`;
    case 'cert':
      return `client certificate${found}`;
  }
}

function describeSecret(secret: FeedSecret): string {
  return 'env' in secret ? `the variable ${secret.env}` : `the file ${toPrintable(secret.file)}`;
}

/** Where a feed goes on, for people. */
export function describeCursor({ feed, state }: Pick<FeedReport, 'feed' | 'state'>): string {
  if (feed.direction === 'push') {
    const { push } = state;
    const from = Math.max(push?.tick ?? 0, feed.since ?? 0);
    const pending = push?.pending.length ?? 0;
    const sent =
      from === 0
        ? `nothing was sent yet; it begins with ${OLDEST}`
        : `the next run sends ${describeAfter(from)}`;
    return pending === 0 ? sent : `${sent}; the partner has yet to decide on ${count(pending, 'envelope')}`;
  }
  const { after, next, reached } = state.pull ?? {};
  const there = next === undefined ? '' : '; in the middle of its pages, the next run goes on there';
  if (reached !== undefined) {
    return `everything that the partner added up to ${formatTick(reached)} was read${there}`;
  }
  if (next !== undefined) return `in the middle of the partner's pages; the next run goes on there`;
  const start = after ?? feed.since;
  return `nothing was read yet; it begins with ${start === undefined ? OLDEST : describeAfter(start)}`;
}

const OLDEST = 'the oldest object';

function describeAfter(tick: Tick): string {
  return `what was added after ${formatTick(tick)}`;
}

/** Where objects go or come from on our side. */
export function toOurSide(feed: Feed): CollectionId {
  return feed.direction === 'pull' ? feed.into : feed.from;
}

/** How a feed stands, in one or two words. */
export function describeStanding({ feed, state, lastError }: FeedReport): string {
  const failing = lastError !== undefined && state.failures > 0 ? `failed ${state.failures}×` : '';
  if (feed.paused) return 'paused';
  if (failing !== '') return failing;
  return state.startedAt === undefined ? 'new' : 'ok';
}
