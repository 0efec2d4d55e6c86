import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFeedDocument } from '../../server/api/feed-document.ts';
import { NEW_STATE, type PullFeed } from '../../server/domain/feed.ts';
import { INTAKE } from './api-place.ts';

test('a password in an address, as a backup may hold it, is not shown', () => {
  const feed: PullFeed = {
    id: '00000000-0000-4000-8000-000000000001',
    name: 'one',
    direction: 'pull',
    url: 'https://user:s3cret@taxii.example.org:8443/a%20b/?key=s3cret#s3cret',
    collection: 'c',
    cron: '0 0 * * *',
    auth: { kind: 'none' },
    org: 'nass',
    match: {},
    allowPrivate: false,
    paused: false,
    createdAt: 1,
    into: INTAKE,
    defaults: {},
  };
  const partner = { apiRoot: feed.url, collection: 'c' };
  const report = { feed, state: { ...NEW_STATE, partner }, rejects: 0, nextRunAt: 1, lastError: undefined };
  const text = JSON.stringify(toFeedDocument(report, new Map()));
  assert.ok(!text.includes('s3cret'), text);
  assert.equal(text.split('https://taxii.example.org:8443/a%20b/').length - 1, 2, text);
});
