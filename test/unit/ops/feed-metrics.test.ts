import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { NEW_STATE, type Feed, type FeedState } from '../../../server/domain/feed.ts';
import { addFeedMetrics } from '../../../server/ops/feed-metrics.ts';
import { makeFeed } from './make-feed.ts';

const NOW = 1_000_000_000;

async function readLines(registry: Registry): Promise<readonly string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('pollwatch_feed_'));
}

test('the metrics say of each feed when it last succeeded, how it fails, what it moved and how late it is', async () => {
  const registry = new Registry();
  const state: FeedState = {
    ...NEW_STATE,
    failures: 4,
    succeededAt: 12_500_000,
    totals: { objects: 6, accepted: 3, known: 2, rejected: 1 },
  };
  let feeds: readonly Feed[] = [makeFeed('acme', 1), makeFeed('fresh', 2)];
  const look = addFeedMetrics({
    registry,
    store: {
      listFeeds: async () => feeds,
      readFeedProgress: async (id) => (id.endsWith('1') ? { fence: 1, state } : undefined),
    },
    clock: { now: () => NOW },
    nextFeedRun: ({ name }) => (name === 'acme' ? NOW - 7_000_000 : NOW + 1),
  });
  await look();
  assert.deepEqual(await readLines(registry), [
    'pollwatch_feed_last_success_seconds{feed="acme"} 12.5',
    'pollwatch_feed_last_success_seconds{feed="fresh"} 0',
    'pollwatch_feed_failures{feed="acme"} 4',
    'pollwatch_feed_failures{feed="fresh"} 0',
    'pollwatch_feed_due_lag_seconds{feed="acme"} 7',
    'pollwatch_feed_due_lag_seconds{feed="fresh"} 0',
    'pollwatch_feed_objects{feed="acme",result="accepted"} 3',
    'pollwatch_feed_objects{feed="acme",result="known"} 2',
    'pollwatch_feed_objects{feed="acme",result="rejected"} 1',
    'pollwatch_feed_objects{feed="fresh",result="accepted"} 0',
    'pollwatch_feed_objects{feed="fresh",result="known"} 0',
    'pollwatch_feed_objects{feed="fresh",result="rejected"} 0',
  ]);
  // What is removed is not said any more.
  feeds = [makeFeed('fresh', 2)];
  await look();
  assert.doesNotMatch((await readLines(registry)).join('\n'), /acme/);
});
