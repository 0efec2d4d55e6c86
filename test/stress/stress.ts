import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Following } from '../process/poller.ts';
import { createProgress, createRandom, type Progress } from '../process/progress.ts';
import { makePlace } from '../process/server-process.ts';
import { createClient, type Client } from './client.ts';
import { carryOut, makePlan, type Database } from './demon.ts';
import { makeDeployment } from './deployment.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { createHistory, parseHistory, type Kind, type Versions } from './history.ts';
import { createMeeting } from './meeting.ts';
import { poll } from './poller.ts';
import { checkHistory } from './rules/check-history.ts';
import { expectSettled, readFinally, type Readers } from './settling.ts';
import { write, type Accepted } from './writer.ts';

export interface StressOptions {
  /** Names the run, in file names too. */
  readonly variant: string;
  readonly seed: number;
  readonly seconds: number;
  readonly servers: number;
  readonly writers: number;
  /** Of POLLERS_READ, those that are watched. */
  readonly collections: readonly string[];
  /** By their whole names; the database is among them. */
  readonly settings: Readonly<Record<string, string>>;
  /** One server with workers instead of several servers. */
  readonly startFleet?: typeof startFleet;
  /** To be killed and restarted in between. */
  readonly database?: Database;
}

const FOLLOWINGS: readonly Following[] = ['next', 'the header', 'next, then the header cut to milliseconds'];
const VIEWS: readonly Versions[] = ['all', 'last'];
const LEAST_UPLOADS = 60;
const MOST_MORE_MS = 60_000;
const LIMITS = [3, 5, 7, 20, 50];

/** Who reads which collection. */
const READERS: Readers = {
  exchange: ['plain', 'nass'],
  reference: ['plain', 'facebook'],
  federal: ['released', 'fbi'],
  state: ['released', 'nass'],
  private: ['released', 'facebook'],
};

/** Who writes where; two after one another post the same things at the same time now and then. */
const WRITERS: readonly (readonly [user: string, to: string])[] = [
  ...([
    ['dhs', 'intake'],
    ['fbi', 'intake'],
  ] as const),
  ...([
    ['nass', 'exchange'],
    ['nass', 'exchange'],
  ] as const),
  ...([
    ['facebook', 'intake'],
    ['facebook', 'intake'],
  ] as const),
  ...([
    ['dhs', 'reference'],
    ['fbi', 'reference'],
  ] as const),
];

/** Runs servers, writers, pollers and the demon, and says everything that broke a rule. */
export async function runStress(t: TestContext, options: StressOptions): Promise<void> {
  const { variant, seed, seconds, servers, writers } = options;
  const place = await makePlace(t);
  const file = join(tmpdir(), `pollwatch-stress-${variant.replaceAll(/\W+/g, '-')}-${seed}.ndjson`);
  const settings = {
    POLLWATCH_DATABASE_URL: `sqlite:${place.database}`,
    POLLWATCH_COLLECTIONS_DIR: place.collections,
    // With clocks that differ by hours a grace would begin and end again and again.
    POLLWATCH_REFERENCE_GRACE: '168h',
    POLLWATCH_WRITE_WAIT: '1s',
    ...options.settings,
  };
  const tokens = await makeDeployment(settings);
  const collections = Object.fromEntries(
    options.collections.map((name) => [name, READERS[name]?.[0] ?? 'plain'] as const),
  );
  const history = createHistory(file, { variant, seed, seconds, writers, servers, collections });
  let fleet: Fleet | undefined;
  try {
    fleet = await (options.startFleet ?? startFleet)({
      size: servers,
      folder: place.folder,
      settings,
      history,
    });
    const client = createClient({ fleet, history, tokens, random: createRandom(seed + 1) });
    const plan = makePlan({ seed, seconds, servers, restartsDatabase: options.database !== undefined });
    const work = { ...options, collections, client, fleet };
    const counts = await runAll(work, () => carryOut(plan, work.fleet, history, options.database));
    history.close();
    const faults = checkHistory(parseHistory(readFileSync(file, 'utf8')));
    assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults`);
    rmSync(file);
    t.diagnostic(`${variant}: ${plan.length} blows, ${counts}`);
  } catch (error) {
    const detail = `seed ${seed}; the history is in ${file}: node test/stress/replay.ts ${file}`;
    throw new Error(`${detail}\n${fleet?.complaints() ?? ''}`, { cause: error });
  } finally {
    await fleet?.close();
  }
}

interface Work extends Omit<StressOptions, 'collections'> {
  readonly collections: Readonly<Record<string, Kind>>;
  readonly client: Client;
  readonly fleet: Fleet;
}

/** @returns what was done, in words */
async function runAll(work: Work, doEvil: () => Promise<void>): Promise<string> {
  const { seed, seconds, client, fleet, collections } = work;
  const progress = createProgress();
  const accepted: Accepted[] = [];
  let isOver = false;
  let isSettled = false;
  const meetings = WRITERS.map(() => createMeeting());
  const writing = WRITERS.slice(0, work.writers).map(([user, to], number) => {
    const meeting = meetings[Math.floor(number / 2)] ?? createMeeting();
    return write({
      ...{ number, user, to, collections, client, fleet, progress, meeting, accepted },
      deletesFrom: deletable(collections, user, to),
      random: createRandom(seed + 100 + number),
      meetingSeed: seed + 10_000 * (1 + Math.floor(number / 2)),
      isOver: () => isOver,
    });
  });
  const polling = Object.keys(collections).flatMap((collection, place) =>
    VIEWS.flatMap((versions) =>
      FOLLOWINGS.map((following, number) =>
        poll({
          ...{ client, collection, versions, following, progress },
          user: READERS[collection]?.[1] ?? '',
          limit: LIMITS[(place + number + seed) % LIMITS.length] ?? 1,
          random: createRandom(seed + 1000 + 10 * place + number),
          isOver: () => isSettled,
        }),
      ),
    ),
  );
  // A rejection is looked at where it is awaited; until then it must not end the process.
  const all = Promise.all([...writing, ...polling]);
  all.catch(() => undefined);
  const evil = doEvil();
  evil.catch(() => undefined);
  await Promise.race([Promise.all([evil, delay(seconds * 1000), enough(accepted, progress)]), all]);
  isOver = true;
  for (const meeting of meetings) meeting.end();
  await Promise.all([...writing, evil]);
  const settledAfterMs = await expectSettled({ ...work, accepted, readers: READERS });
  isSettled = true;
  progress.step();
  for (let step = 0; step < 20; step += 1) progress.step();
  await Promise.all(polling);
  await readFinally(client, collections, READERS);
  return `${accepted.length} uploads, settled after ${Math.round(settledAfterMs)} ms`;
}

/** On a machine that is busy with other things a short run would be over before it began. */
async function enough(accepted: readonly Accepted[], progress: Progress): Promise<void> {
  const deadline = performance.now() + MOST_MORE_MS;
  while (accepted.length < LEAST_UPLOADS && performance.now() < deadline) await progress.past(progress.count);
}

/** Analysts of the hub may delete what went out; in a plain collection who may write and read may delete. */
function deletable(collections: Readonly<Record<string, Kind>>, user: string, to: string): readonly string[] {
  const names = Object.keys(collections);
  if (to !== 'intake') return names.filter((name) => name === to);
  return user === 'facebook' ? [] : names.filter((name) => collections[name] === 'released');
}
