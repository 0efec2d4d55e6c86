import { FEED_FAULTS, MAX_RUNS, type FeedAuth, type FeedDirection, type FeedResult } from '../domain/feed.ts';
import {
  chosenBy,
  count,
  flag,
  is,
  listOf,
  name,
  oneOf,
  optional,
  sha256,
  shape,
  someDefaults,
  text,
  textThat,
  uuid,
  type Form,
} from './forms.ts';
import type { StoredRecord } from './port.ts';

const RESULTS = ['complete', 'unfinished', 'stopped', 'failed'] as const satisfies readonly FeedResult[];

/** What both forms of a value have, and what one of them has. */
function both(one: Form, other: Form): Form {
  return (value) => one(value) ?? other(value);
}

const auth = chosenBy('kind', {
  none: shape({}),
  basic: shape({ user: text }),
  bearer: shape({}),
  token: shape({}),
  header: shape({ name }),
  cert: shape({}),
} satisfies Record<FeedAuth['kind'], Form>);

/** A secret is named, and nothing else: what else there is could be the secret itself. */
const secret = is((value) => {
  if (typeof value !== 'object' || value === null) return false;
  const [member, ...others] = Object.entries(value);
  if (!member || others.length > 0 || typeof member[1] !== 'string') return false;
  return (member[0] === 'env' || member[0] === 'file') && member[1] !== '';
});

const feed = both(
  shape({
    id: uuid,
    name,
    url: textThat((value) => URL.canParse(value)),
    collection: name,
    cron: name,
    auth,
    secret: optional(secret),
    caFile: optional(name),
    org: name,
    match: shape({ types: optional(listOf(name)) }),
    since: optional(count),
    allowPrivate: flag,
    paused: flag,
    createdAt: count,
  }),
  chosenBy('direction', {
    pull: shape({ into: uuid, defaults: someDefaults }),
    push: shape({ from: uuid }),
  } satisfies Record<FeedDirection, Form>),
);

const counts = shape({ objects: count, accepted: count, known: count, rejected: count });

const run = shape({
  startedAt: count,
  endedAt: count,
  result: oneOf(RESULTS),
  counts,
  pages: count,
  requests: count,
  bytes: count,
  error: optional(shape({ code: oneOf(FEED_FAULTS), detail: text, at: count })),
});

const state = shape({
  pull: optional(
    shape({
      after: optional(count),
      next: optional(text),
      reached: optional(count),
      overlaps: optional(flag),
    }),
  ),
  push: optional(shape({ tick: count, pending: listOf(shape({ id: name, askedAt: count })) })),
  partner: optional(shape({ apiRoot: name, collection: name, maxContentLength: optional(count) })),
  isCoarse: optional(flag),
  totals: counts,
  failures: count,
  startedAt: optional(count),
  openSince: optional(count),
  succeededAt: optional(count),
  retryAt: optional(count),
  runs: both(
    listOf(run),
    is((value) => Array.isArray(value) && value.length <= MAX_RUNS),
  ),
});

const reject = shape({
  key: sha256,
  at: count,
  id: optional(text),
  version: optional(text),
  reason: text,
  original: optional(text),
});

/** Some stores keep an arrival as one text with spaces in between. */
const word = textThat((value) => /^[^ ]+$/.test(value));

/** What is kept of feeds. */
export const FEED_FORMS = {
  feed: shape({ value: feed }),
  'feed-state': shape({ feed: uuid, value: state }),
  'feed-reject': shape({ feed: uuid, value: reject }),
  arrival: shape({ org: word, value: shape({ id: word, versionKey: word }) }),
} as const satisfies Partial<Record<StoredRecord['kind'], Form>>;
