import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { toReportDocument } from '../../scripts/cli/feed-document.ts';
import { describeFeed, describeFeeds } from '../../scripts/cli/feed-report.ts';
import { describeRun } from '../../scripts/cli/feed-ended.ts';
import { describeCursor } from '../../scripts/cli/feed-words.ts';
import { createTally } from '../../scripts/cli/progress.ts';
import type { Terminal } from '../../scripts/cli/surroundings.ts';
import {
  NEW_STATE,
  type FeedRun,
  type FeedState,
  type PullFeed,
  type PushFeed,
} from '../../server/domain/feed.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';

const AT = Date.UTC(2018, 7, 24, 18) * 1000;
const SECOND = 1_000_000;
const OURS = parseCollectionId('c-1');
const ALIASES = new Map([[OURS, 'intake']]);

const PULL: PullFeed = {
  id: '0d3c7a52-91b8-4f5e-8a64-3e2f9b7c1d05',
  name: 'nass-in',
  direction: 'pull',
  url: 'https://taxii.nass.example/api1/',
  collection: 'What we share',
  cron: '*/15 * * * *',
  auth: { kind: 'basic', user: 'hub' },
  secret: { env: 'FEED_NASS' },
  org: 'nass',
  match: { types: ['indicator', 'campaign'] },
  allowPrivate: false,
  paused: false,
  createdAt: AT,
  into: OURS,
  defaults: { tlp: 'green', audiences: ['federal', 'state'] },
};

const { into: _, defaults: __, ...TERMS } = PULL;
const PUSH: PushFeed = { ...TERMS, name: 'nass-out', direction: 'push', from: OURS };

const RUN: FeedRun = {
  startedAt: AT,
  endedAt: AT + 2.5 * SECOND,
  result: 'complete',
  counts: { objects: 1200, accepted: 1000, known: 195, rejected: 5 },
  pages: 2,
  requests: 4,
  bytes: 700_000,
};

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

function report(state: Partial<FeedState> = {}, feed: FeedReport['feed'] = PULL): FeedReport {
  const full = { ...NEW_STATE, ...state };
  return { feed, state: full, rejects: 5, nextRunAt: AT + 60 * SECOND, lastError: full.runs[0]?.error };
}

describe('a feed in words', () => {
  test('says in a sentence where a pull goes on', () => {
    const say = (pull: FeedState['pull'], since?: number): string =>
      describeCursor(report(pull ? { pull } : {}, since === undefined ? PULL : { ...PULL, since }));
    assert.equal(say(undefined), 'nothing was read yet; it begins with the oldest object');
    assert.equal(
      say(undefined, AT),
      'nothing was read yet; it begins with what was added after 2018-08-24T18:00:00.000000Z',
    );
    assert.equal(say({}), 'nothing was read yet; it begins with the oldest object');
    assert.equal(
      say({ after: AT, reached: AT }),
      'everything that the partner added up to 2018-08-24T18:00:00.000000Z was read',
    );
    assert.match(
      say({ reached: AT, next: 'x' }),
      /was read; in the middle of its pages, the next run goes on there$/,
    );
    assert.equal(say({ next: 'x' }), "in the middle of the partner's pages; the next run goes on there");
  });

  test('says in a sentence where a push goes on, and what is pending', () => {
    assert.equal(describeCursor(report({}, PUSH)), 'nothing was sent yet; it begins with the oldest object');
    const pending = [{ id: 's', askedAt: AT }];
    assert.equal(
      describeCursor(report({ push: { tick: AT, pending } }, PUSH)),
      'the next run sends what was added after 2018-08-24T18:00:00.000000Z; the partner has yet to decide on 1 envelope',
    );
  });

  test('shows terms, place, counts, the last runs and the last error with its time', () => {
    const error = { code: 'partner.busy', detail: 'Wait\u001b[31m.', at: AT } as const;
    const failed: FeedRun = { ...RUN, result: 'failed', error };
    const { text } = describeFeed(
      report({ runs: [failed, RUN], failures: 1, retryAt: AT + 30 * SECOND, totals: RUN.counts }),
      ALIASES,
    );
    assert.match(text, /^Direction +pull: from the partner into "intake"$/m);
    assert.match(text, /^Partner +"What we share" at https:\/\/taxii\.nass\.example\/api1\/$/m);
    assert.match(text, /^Credentials +HTTP Basic as hub, with what the variable FEED_NASS holds$/m);
    assert.match(text, /^Asks for +type indicator, campaign$/m);
    assert.match(text, /^Said for objects +tlp green; audiences federal, state$/m);
    assert.match(text, /^Schedule +\*\/15 \* \* \* \* \(UTC\)$/m);
    assert.match(text, /^Next run +2018-08-24T18:01:00\.000000Z$/m);
    assert.match(text, /^So far +1200 objects \(1000 new, 195 known, 5 rejected\)$/m);
    assert.match(text, /^Rejects +5; list them with: pollwatch feed rejects nass-in$/m);
    assert.match(text, /^Last error +2018-08-24T18:00:00\.000000Z partner\.busy\n +Wait\ufffd\[31m\.$/m);
    assert.match(
      text,
      /^Failures +1 in a row; it is tried again from 2018-08-24T18:00:30\.000000Z on, or now with/m,
    );
    assert.match(text, /^STARTED +TOOK +RESULT +OBJECTS +NEW +KNOWN +REJECTED +PAGES +REQUESTS +BYTES$/m);
    assert.match(
      text,
      /^2018-08-24T18:00:00\.000000Z +2\.5 s +failed: partner\.busy +1200 +1000 +195 +5 +2 +4 +700000$/m,
    );
    assert.equal(text.split('\n').at(-1)?.includes('complete'), true);
  });

  test('never shows the query of an address, in words or in JSON', () => {
    const feed = { ...PULL, url: 'https://user:hunter22@a.example/api1/?key=hunter22' };
    const partner = { apiRoot: 'https://a.example/api1/?key=hunter22', collection: 'x' };
    const shown = report({ partner }, feed);
    const texts = [describeFeed(shown, ALIASES), describeFeeds([shown], ALIASES)].map((each) =>
      JSON.stringify(each),
    );
    for (const text of texts) {
      assert.match(text, /https:\/\/a\.example\/api1\//);
      assert.doesNotMatch(text, /hunter22/);
    }
  });

  test('names everything in JSON as the management API does, with null for what has no value', () => {
    const pull = { reached: AT, next: 'x', overlaps: true };
    assert.partialDeepStrictEqual(toReportDocument(report({ pull, runs: [RUN] }), ALIASES), {
      into: 'intake',
      secret: { env: 'FEED_NASS' },
      caFile: null,
      createdAt: '2018-08-24T18:00:00.000000Z',
      nextRunAt: '2018-08-24T18:01:00.000000Z',
      cursor: { after: null, next: 'x', reached: '2018-08-24T18:00:00.000000Z' },
      succeededAt: null,
      lastError: null,
      runs: [{ startedAt: '2018-08-24T18:00:00.000000Z', result: 'complete', pages: 2, error: null }],
    });
    const push = { tick: AT, pending: [] };
    assert.partialDeepStrictEqual(toReportDocument(report({ pull, push }, PUSH), ALIASES), {
      from: 'intake',
      cursor: { reached: '2018-08-24T18:00:00.000000Z', pending: 0 },
    });
  });
});

describe('a run in words', () => {
  test('says what it came to and where the rejected ones are', () => {
    const { text, problem } = describeRun(report(), RUN);
    assert.equal(
      text,
      'Feed nass-in: 1200 objects (1000 new, 195 known, 5 rejected) on 2 pages, 4 requests, 2.5 s.\n' +
        'See the rejected ones with: pollwatch feed rejects nass-in',
    );
    assert.equal(problem, undefined);
  });

  test('says that the next run goes on after a bound, without a failure', () => {
    const { text, problem } = describeRun(report(), { ...RUN, result: 'unfinished' });
    assert.match(text, /A bound was reached before the end: the next run goes on there\./);
    assert.equal(problem, undefined);
  });

  test('fails with what to do and when it is tried again', () => {
    const error = {
      code: 'credentials.refused',
      detail: 'Ask the partner\u009b for a new one.',
      at: AT,
    } as const;
    const run = { ...RUN, result: 'failed', error } as const;
    const { problem } = describeRun(report({ failures: 1, retryAt: AT, runs: [run] }), run);
    assert.equal(
      problem,
      'The run failed (credentials.refused): Ask the partner\ufffd for a new one.\n' +
        'It is tried again from 2018-08-24T18:00:00.000000Z on.',
    );
    const paused = { ...PULL, paused: true };
    assert.doesNotMatch(describeRun(report({ retryAt: AT }, paused), run).problem ?? '', /tried again/);
  });

  test('says that a stopped run goes on', () => {
    const { problem } = describeRun(report(), { ...RUN, result: 'stopped' });
    assert.match(
      problem ?? '',
      /^The run was stopped\. .* the next one goes on there: pollwatch feed run nass-in$/,
    );
  });
});

describe('the line of a run under way', () => {
  test('shows objects, pages and the rate on a terminal, and nothing elsewhere', () => {
    const written: string[] = [];
    const write = (chunk: Buffer, _encoding: unknown, done: () => void): void => {
      written.push(chunk.toString());
      done();
    };
    let now = 1000;
    const terminal: Terminal<Writable> = Object.assign(new Writable({ write }), { isTTY: true });
    const tally = createTally(terminal, () => now);
    now += 2000;
    tally.advance(1000, 1);
    now += 2000;
    tally.advance(3000, 3);
    tally.end();
    assert.deepEqual(written.join('').split('\r\u001b[K').slice(1), [
      '0 objects, 0 pages',
      '1000 objects, 1 page, 500/s',
      '4000 objects, 4 pages, 1000/s',
      '',
    ]);
    written.length = 0;
    createTally(Object.assign(new Writable({ write }), { isTTY: false }), () => now).advance(1, 1);
    assert.deepEqual(written, []);
  });
});
