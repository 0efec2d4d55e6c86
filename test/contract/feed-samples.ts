import { createHash } from 'node:crypto';
import type { Arrival, FeedReject, FeedState, PullFeed, PushFeed } from '../../server/domain/feed.ts';
import { nextCollectionId, toStixId } from '../support/publications.ts';

const NOW = Date.UTC(2026, 0, 2) * 1000;
const COLLECTION = nextCollectionId();

function termsOf(number: number) {
  return {
    id: `${String(number).padStart(8, '0')}-0000-4000-8000-00000000feed`,
    name: `feed-${number}`,
    url: 'https://partner.example/taxii2/',
    collection: 'Indicators – "ж"',
    cron: '*/15 * * * *',
    org: 'nass',
    match: { types: ['tool', 'indicator'] },
    allowPrivate: false,
    paused: false,
    createdAt: NOW + number,
  } as const;
}

/** The `number`th feed, as a pull. */
export function toPullFeed(number: number, changed: Partial<PullFeed> = {}): PullFeed {
  return {
    ...termsOf(number),
    direction: 'pull',
    auth: { kind: 'basic', user: 'ann' },
    secret: { env: 'PARTNER_PASSWORD' },
    since: NOW - 5,
    into: COLLECTION,
    defaults: { tlp: 'green', audiences: ['state'], consent: 'usg' },
    ...changed,
  };
}

/** The `number`th feed, as a push. */
export function toPushFeed(number: number, changed: Partial<PushFeed> = {}): PushFeed {
  return {
    ...termsOf(number),
    direction: 'push',
    auth: { kind: 'header', name: 'X-Key' },
    secret: { file: '/run/secrets/key' },
    caFile: '/etc/ca.pem',
    from: COLLECTION,
    ...changed,
  };
}

/** A state with everything that one may have. */
export function toState(number: number): FeedState {
  const counts = { objects: number, accepted: 1, known: 2, rejected: 3 };
  const error = { code: 'answer.unreadable', detail: 'no JSON – "ж"', at: NOW + 2 } as const;
  const run = { startedAt: NOW, endedAt: NOW + 2, counts, pages: 1, requests: 2, bytes: 3 } as const;
  return {
    pull: { after: NOW, next: 'a\u0000b', reached: NOW + 1, overlaps: true },
    push: { tick: number, pending: [{ id: 'one', askedAt: NOW }] },
    partner: { apiRoot: 'https://partner.example/api/', collection: 'x', maxContentLength: 9 },
    isCoarse: false,
    totals: counts,
    failures: number,
    startedAt: NOW,
    succeededAt: NOW - 1,
    retryAt: NOW + 30,
    runs: [
      { ...run, result: 'failed', error },
      { ...run, result: 'complete' },
    ],
  };
}

/** The `number`th reject; all are of one moment unless told. */
export function toReject(number: number, changed: Partial<FeedReject> = {}): FeedReject {
  const key = createHash('sha256').update(String(number)).digest('hex');
  return { key, at: NOW, id: toStixId('tool', number), reason: 'no name', ...changed };
}

/** The `number`th object version that a partner may show. */
export function toArrival(number: number, versionKey = '2018-08-21T00:00:00.'): Arrival {
  return { id: toStixId('tool', number), versionKey };
}
