import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Core } from '../../server/core.ts';
import type { Following } from '../process/poller.ts';
import { createProgress, createRandom } from '../process/progress.ts';
import { makePlace } from '../process/server-process.ts';
import { mongoAvailability, toDatabaseUrl } from '../support/mongo/mongo-database.ts';
import { startMongo } from '../support/mongo/mongo-server.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { createClient, type Client } from './client.ts';
import { startDatabaseProxy, type Break, type DatabaseProxy } from './database-proxy.ts';
import { makeDeployment } from './deployment.ts';
import { createHistory, parseHistory, type History, type Posted } from './history.ts';
import { poll } from './poller.ts';
import { checkHistory } from './rules/check-history.ts';
import { isStep, serveOver, type Served } from './served.ts';
import { expectSettled, readFinally, type Readers } from './settling.ts';
import { makeCampaign, makeId, toSight, type Draft, type Random } from './stock.ts';
import type { Accepted } from './writer.ts';

const SKIP = await mongoAvailability();
/** A short run has one point in so many, from one that the seed chooses. */
const STRIDE = process.env['POLLWATCH_TEST_LONG'] === '1' ? 1 : 4;
const MOST_POINTS = 500;
const TIMEOUT_MS: Readonly<Record<Break, number>> = { cut: 1000, freeze: 10_000 };
const BOUND = { timeout: 900_000, skip: SKIP };

const READERS: Readers = {
  federal: ['released', 'fbi'],
  state: ['released', 'nass'],
  private: ['released', 'facebook'],
};
const COLLECTIONS = { federal: 'released', state: 'released', private: 'released' } as const;
const FOLLOWINGS: readonly Following[] = ['next', 'the header', 'next, then the header cut to milliseconds'];

/** The server that breaks, and the one that does not. */
const BREAKING = 0;
const LASTING = 1;

describe('an upload into three collections and a DELETE, over a MongoDB-compatible server', () => {
  test('miss and lose nothing when the server is killed between any two writes', BOUND, (t) =>
    breakEverywhere(t, 'cut'),
  );

  test(
    'miss and lose nothing when the server is stopped for longer than its lease before any write',
    BOUND,
    (t) => breakEverywhere(t, 'freeze'),
  );
});

/** What all rounds have in common. */
interface Stage {
  readonly how: Break;
  readonly port: number;
  readonly serve: (port: number, server: number) => Promise<Served>;
  readonly lasting: Served;
  readonly client: Client;
  readonly history: History;
  readonly random: Random;
  readonly accepted: Accepted[];
  readonly step: () => void;
}

async function breakEverywhere(t: TestContext, how: Break): Promise<void> {
  const { seed } = readRandomRuns(t);
  const place = await makePlace(t);
  await using mongo = await startMongo();
  const settings = {
    POLLWATCH_DATABASE_URL: toDatabaseUrl(mongo.url, 'pollwatch'),
    POLLWATCH_COLLECTIONS_DIR: place.collections,
    POLLWATCH_REFERENCE_GRACE: '168h',
    POLLWATCH_PORT: '0',
  };
  const tokens = await makeDeployment(settings);
  const serve: Stage['serve'] = (port, server) => {
    const url = toDatabaseUrl(`mongodb://127.0.0.1:${port}`, 'pollwatch');
    return serveOver({ ...settings, POLLWATCH_DATABASE_URL: url }, server, TIMEOUT_MS[how]);
  };
  const lasting = await serve(mongo.port, LASTING);
  const file = join(tmpdir(), `pollwatch-stress-${how}-${seed}.ndjson`);
  const run = { variant: how, seed, seconds: 0, writers: 1, servers: 2, collections: COLLECTIONS };
  const history = createHistory(file, run);
  const fleet = {
    pick: async () => lasting.address,
    addresses: () => [lasting.address],
    whenStopped: () => () => undefined,
  };
  const client = createClient({ fleet, history, tokens, random: createRandom(seed + 1) });
  const progress = createProgress();
  const accepted: Accepted[] = [];
  let isOver = false;
  try {
    const polling = Object.entries(READERS).flatMap(([collection, [, user]], number) =>
      FOLLOWINGS.map((following) =>
        poll({
          ...{ client, collection, user, following, progress, limit: 3 + number },
          versions: number === 0 ? 'last' : 'all',
          random: createRandom(seed + number),
          isOver: () => isOver,
        }),
      ),
    );
    const all = Promise.all(polling);
    all.catch(() => undefined);
    const stage: Stage = {
      ...{ how, port: mongo.port, serve, lasting, client, history, accepted },
      random: createRandom(seed),
      step: () => {
        for (let step = 0; step < 20; step += 1) progress.step();
      },
    };
    const points = await playRounds(stage, seed);
    await expectSettled({ client, fleet, accepted, collections: COLLECTIONS, readers: READERS });
    isOver = true;
    stage.step();
    await all;
    await readFinally(client, COLLECTIONS, READERS);
    history.close();
    const faults = checkHistory(parseHistory(readFileSync(file, 'utf8')));
    assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults`);
    rmSync(file);
    t.diagnostic(`${points.length} points at which it was broken (${how}): ${points.join(', ')}`);
    assert.ok(points.length > 2, 'hardly anything was written, so this proved nothing');
  } catch (error) {
    throw new Error(`seed ${seed}; the history is in ${file}: node test/stress/replay.ts ${file}`, {
      cause: error,
    });
  } finally {
    await lasting.close();
  }
}

/** Breaks at one command after another until all was done without coming to the next. @returns where it broke */
async function playRounds(stage: Stage, seed: number): Promise<readonly string[]> {
  const points: string[] = [];
  for (let n = 1 + (seed % STRIDE); n < MOST_POINTS; n += STRIDE) {
    const point = await playRound(stage, n);
    if (point === undefined) return points;
    points.push(`${n} ${point}`);
  }
  throw new Error('there is no end of commands');
}

/** @returns the command at which it broke; undefined when all was done before */
async function playRound(stage: Stage, n: number): Promise<string | undefined> {
  const { how, lasting, client, history, random, step } = stage;
  const proxy = await startDatabaseProxy(stage.port, isStep);
  const broken = await stage.serve(proxy.port, BREAKING);
  const drafts = [1, 2].map(() => makeCampaign(makeId('campaign', random), 0, `Point ${n}`));
  const [kept, taken] = drafts;
  assert.ok(kept && taken);
  proxy.arm(n, how);
  const asking = postThenDelete(stage, drafts, taken, (call) => client.askOnce(broken.address, call));
  const isBroken = await Promise.race([proxy.reached.then(() => true), asking.then(() => false)]);
  if (isBroken) {
    history.note({ action: how === 'cut' ? 'kill' : 'stop', server: BREAKING });
    step();
    if (how === 'freeze') await overtake(stage, proxy);
    await asking;
  }
  await broken.close();
  await proxy.close();
  // What its chores would do, without waiting for their hour.
  await resumeAll(lasting.core);
  await expectAllOrNothing(stage, kept);
  await postThenDelete(stage, drafts, taken, (call) => client.ask(call));
  step();
  return isBroken ? (proxy.counted[n - 1] ?? '') : undefined;
}

/** Another server goes on writing until the lease of the stopped one is over, which then finds itself late. */
async function overtake(
  { lasting, client, history, random, accepted }: Stage,
  proxy: DatabaseProxy,
): Promise<void> {
  const other = makeCampaign(makeId('campaign', random), 0, 'Meanwhile');
  await resumeAll(lasting.core);
  const reply = await client.ask(toPost([other]));
  if (reply.id !== undefined) accepted.push({ n: reply.n, statusId: reply.id, user: 'dhs' });
  history.note({ action: 'continue', server: BREAKING });
  proxy.release();
}

async function postThenDelete(
  { accepted }: Stage,
  drafts: readonly Draft[],
  { id }: Draft,
  ask: Client['ask'],
): Promise<void> {
  const reply = await ask(toPost(drafts));
  if (reply.status !== 202 || reply.id === undefined) return;
  accepted.push({ n: reply.n, statusId: reply.id, user: 'dhs' });
  await ask({
    asked: { kind: 'delete', writer: 0, from: 'state', id },
    ...{ method: 'DELETE', path: `/feed/collections/state/objects/${id}/`, user: 'dhs' },
  });
}

function toPost(drafts: readonly Draft[]): Parameters<Client['ask']>[0] {
  const objects = drafts.map((draft): Posted => {
    const [key, digest] = toSight(draft);
    return { key, digest, shownIn: Object.keys(COLLECTIONS) };
  });
  return {
    asked: { kind: 'post', writer: 0, to: 'intake', objects },
    ...{ method: 'POST', path: '/feed/collections/intake/objects/', user: 'dhs' },
    body: JSON.stringify({ objects: drafts }),
  };
}

async function resumeAll({ submissions, store }: Core): Promise<void> {
  for (;;) {
    await submissions.resume();
    if ((await store.openIntents(1)).length === 0) return;
    await delay(10);
  }
}

/** What was not answered is in all collections or in none, once nothing waits to be carried out. */
async function expectAllOrNothing({ client }: Stage, { id }: Draft): Promise<void> {
  const counts: number[] = [];
  for (const [collection, [, user]] of Object.entries(READERS)) {
    const path = `/feed/collections/${collection}/objects/?match[id]=${id}`;
    const reply = await client.ask({ asked: { kind: 'look', collection, path }, method: 'GET', path, user });
    counts.push(reply.shown?.length ?? -1);
  }
  assert.ok(new Set(counts).size === 1, `${id} is in some collections only: ${counts.join(', ')}`);
}
