import type { FeedReject } from '../../server/domain/feed.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { INTAKE } from './api-place.ts';

export const API_FEEDS = '/api/v1/feeds';

/** Nothing but what a pull needs, without its name. */
export const PULL = {
  direction: 'pull',
  url: 'https://taxii.example.org/api1/',
  collection: 'Election threats',
  cron: '*/15 * * * *',
  org: 'isac',
  into: 'intake',
};

export const PUSH = {
  direction: 'push',
  url: 'https://taxii.example.org/taxii2/',
  collection: 'From our members',
  cron: '0 * * * *',
  org: 'isac',
  auth: { kind: 'header', name: 'X-Api-Key' },
  secret: { env: 'FEED_ISAC_KEY' },
  from: 'state',
};

/** A tick of the afternoon of the example, by minutes and seconds after 17:00. */
const at = (minutes: number, seconds = 0): number => Date.UTC(2018, 7, 24, 17, minutes, seconds) * 1000;
const lastError = { code: 'partner.busy', detail: 'Ask again later.', at: at(60) } as const;

/** A pull with something in every member. */
export const FULL_PULL: FeedReport = {
  feed: {
    id: '378e5de7-84a4-45e4-8a34-c02a43d0b657',
    name: 'full',
    direction: 'pull',
    url: 'https://taxii.example.org/api1/',
    collection: 'Election threats',
    cron: '*/15 * * * *',
    org: 'isac',
    auth: { kind: 'basic', user: 'us' },
    secret: { file: '/run/secrets/feed' },
    caFile: '/etc/pollwatch/ca.pem',
    into: INTAKE,
    defaults: { tlp: 'amber', audiences: ['state'], consent: 'none' },
    match: { types: ['indicator'] },
    since: at(0),
    allowPrivate: true,
    paused: false,
    createdAt: at(1),
  },
  state: {
    pull: { after: at(0) + 1, next: 'abc', reached: at(30) },
    partner: { apiRoot: 'https://taxii.example.org/api1/', collection: 'one', maxContentLength: 1000 },
    isCoarse: true,
    // Of no meaning in a pull.
    push: { tick: at(31), pending: [] },
    totals: { objects: 10, accepted: 5, known: 3, rejected: 2 },
    failures: 1,
    startedAt: at(60),
    succeededAt: at(45),
    retryAt: at(65),
    runs: [
      {
        startedAt: at(60),
        endedAt: at(60, 1),
        result: 'failed',
        counts: { objects: 1, accepted: 1, known: 0, rejected: 0 },
        pages: 1,
        requests: 4,
        bytes: 1000,
        error: lastError,
      },
    ],
  },
  rejects: 0,
  nextRunAt: at(65),
  lastError,
};

export function rejects(count: number): readonly FeedReject[] {
  return Array.from({ length: count }, (_, index) => ({
    key: String(index).padStart(64, '0'),
    at: at(60) - index,
    id: `campaign--${index}`,
    reason: '/name: is required',
    original: '{"ö":',
  }));
}
