import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import express from 'express';
import { NEW_STATE } from '../../../server/domain/feed.ts';
import { makeFeed } from './make-feed.ts';
import { createHealthRouter, type HealthServices } from '../../../server/ops/health.ts';

interface Ready {
  readonly status: number;
  readonly body: { readonly status: string; readonly warnings?: readonly string[]; readonly reason?: string };
  readonly ms: number;
}

async function askReady(t: TestContext, store: Partial<HealthServices['store']>): Promise<Ready> {
  const app = express();
  app.use(
    createHealthRouter({
      store: {
        ping: async () => undefined,
        lastTick: async () => 0,
        openIntents: async () => [],
        health: async () => ({ openWrites: 0, abortedWrites: 0, silentMs: 0 }),
        listFeeds: async () => [],
        readFeedProgress: async () => undefined,
        ...store,
      },
      collections: ['11111111-1111-4111-8111-111111111111'].map(parseCollectionId),
      clock: { now: () => 0 },
      isAccepting: () => true,
    }),
  );
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => server.close());
  const { port } = parseAddress(server.address());
  const from = performance.now();
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { headers: { connection: 'close' } });
  const body = parseBody(await answer.text());
  return { status: answer.status, body, ms: performance.now() - from };
}

function parseCollectionId(text: string): HealthServices['collections'][number] {
  return text as HealthServices['collections'][number];
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}

function parseBody(text: string): Ready['body'] {
  return JSON.parse(text) as Ready['body'];
}

test('a server is ready without a warning while no commit is silent for more than a second', async (t) => {
  const health = async () => ({ openWrites: 1, abortedWrites: 3, silentMs: 1000 });
  const { status, body } = await askReady(t, { health });
  assert.deepEqual([status, body], [200, { status: 'ok' }]);
});

test('a server is ready and warns when a commit is silent for more than a second', async (t) => {
  const health = async () => ({ openWrites: 1, abortedWrites: 0, silentMs: 1001 });
  const { status, body } = await askReady(t, { health });
  assert.deepEqual(
    [status, body],
    [200, { status: 'ok', warnings: ['A writer is stopped or dead; it is given up after 3 s.'] }],
  );
});

test('a server is not ready, and says so within a second or so, when its store does not answer', async (t) => {
  const never = () => new Promise<never>(() => undefined);
  for (const store of [
    { ping: never },
    { lastTick: never },
    { openIntents: never },
    { health: never },
    { listFeeds: never },
  ]) {
    const { status, body, ms } = await askReady(t, store);
    assert.deepEqual(
      [status, body.status, body.reason],
      [503, 'unavailable', 'The database does not answer.'],
    );
    assert.ok(ms < 5000, `it took ${ms} ms`);
  }
});

test('a server says how many feeds fail, and neither their names nor their partners, as anybody may ask', async (t) => {
  const listFeeds = async () => [
    makeFeed('good', 0),
    makeFeed('bad', 1),
    makeFeed('worse', 9),
    { ...makeFeed('paused', 3), paused: true },
  ];
  const readFeedProgress = async (id: string) => ({
    fence: 1,
    state: { ...NEW_STATE, failures: Number(id.slice(-1)) },
  });
  const { status, body } = await askReady(t, { listFeeds, readFeedProgress });
  assert.deepEqual(
    [status, body],
    [200, { status: 'ok', warnings: ['Partner feeds that fail: 2. See them with: pollwatch feed list'] }],
  );
});
