import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPackageRoot } from '../../../server/config/package-root.ts';
import type { PullFeed } from '../../../server/domain/feed.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { eventually, MINUTE, startTinyPartner, type TinyPartner } from './stage.ts';

interface Served {
  readonly server: TestServer;
  readonly partner: TinyPartner;
}

/** A server with a feed that is due, whose partner takes the first request and does not answer it. */
async function serveFeed(t: TestContext, settings: Readonly<Record<string, string>>): Promise<Served> {
  const partner = await startTinyPartner(t);
  partner.before = () => new Promise(() => undefined);
  const server = await startTestServer(settings, join(findPackageRoot(), 'collections'));
  const { store } = server.core;
  const collection = (await store.readPolicies()).find(({ release }) => release.policy === 'intake');
  const [organisation] = await store.listOrganisations();
  assert.ok(collection && organisation);
  const feed: PullFeed = {
    id: '11111111-1111-4111-8111-111111111111',
    name: 'partner',
    url: partner.url,
    collection: 'indicators',
    cron: '*/15 * * * *',
    auth: { kind: 'none' },
    org: organisation.id,
    match: {},
    allowPrivate: true,
    paused: false,
    createdAt: server.clock.now(),
    direction: 'pull',
    into: collection.id,
    defaults: {},
  };
  assert.ok(await store.addFeed(feed));
  server.clock.advance(15 * MINUTE);
  return { server, partner };
}

test('a server runs the feeds that are due, and ends a run that goes on when it is told to stop', async (t) => {
  const { server, partner } = await serveFeed(t, {});
  await eventually(() => partner.asked.length > 0, 'the first request');
  await server[Symbol.asyncDispose]();
  const runs = server.log.filter((line) => line.includes('"feed run"'));
  assert.equal(runs.length, 1);
  assert.match(runs.join(), /"feed":"partner","result":"stopped"/);
});

test('a server with FEEDS=off leaves the schedule to others', async (t) => {
  const { server, partner } = await serveFeed(t, { FEEDS: 'off' });
  // Its chores, which it looks at each second too, have been looked at several times by then.
  const beat = async () => (await server.core.store.readLease('chores'))?.beat ?? 0;
  await eventually(async () => (await beat()) > 0, 'a renewal of the lease of the chores');
  await server[Symbol.asyncDispose]();
  assert.equal(partner.asked.length, 0);
});
