import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../process/progress.ts';
import type { Fleet } from './fleet.ts';
import type { History } from './history.ts';

/** A database server that can be away for a while. */
export interface Database {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** What is done to one server at one time. */
export type Blow =
  | { readonly atMs: number; readonly action: 'kill'; readonly server: number }
  | { readonly atMs: number; readonly action: 'stop'; readonly server: number; readonly forMs: number }
  | { readonly atMs: number; readonly action: 'clock'; readonly server: number; readonly offsetMs: number }
  | { readonly atMs: number; readonly action: 'database'; readonly forMs: number };

export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly servers: number;
  readonly restartsDatabase: boolean;
}

const HOUR_MS = 3_600_000;
/** Longer than a lease lasts. */
const MIN_STOP_MS = 4000;
const MAX_STOP_MS = 6000;
const MIN_OUTAGE_MS = 500;
const MAX_OUTAGE_MS = 4000;
/** Between two blows to one server. */
const MIN_GAP_MS = 1000;
const MAX_GAP_MS = 7000;
const DATABASE_GAP_MS = 15_000;

/** What will be done in a run: the same for the same options, and at least one blow of each sort. */
export function makePlan({ seed, seconds, servers, restartsDatabase }: PlanOptions): readonly Blow[] {
  const random = createRandom(seed);
  const endMs = seconds * 1000;
  const between = (from: number, to: number): number => from + random(to - from);
  const blows: Blow[] = [];
  const shift = (atMs: number, server: number): Blow => ({
    ...{ atMs, action: 'clock', server },
    offsetMs: [-HOUR_MS, 0, HOUR_MS][random(3)] ?? 0,
  });
  for (let server = 0; server < servers; server += 1) {
    // The first ones begin with one sort of blow each, so that short runs have all of them.
    let sort = [15, 50, 90][server] ?? random(100);
    for (let atMs = between(200, MIN_GAP_MS); atMs < endMs; atMs += between(MIN_GAP_MS, MAX_GAP_MS)) {
      if (sort < 20) {
        const forMs = between(MIN_STOP_MS, MAX_STOP_MS);
        blows.push({ atMs, action: 'stop', server, forMs });
        atMs += forMs;
      } else if (sort < 70) blows.push({ atMs, action: 'kill', server });
      else blows.push(shift(atMs, server));
      sort = random(100);
    }
  }
  if (restartsDatabase) {
    for (let atMs = between(1000, 2000); atMs < endMs; atMs += between(MIN_GAP_MS, DATABASE_GAP_MS)) {
      const forMs = between(MIN_OUTAGE_MS, MAX_OUTAGE_MS);
      blows.push({ atMs, action: 'database', forMs });
      atMs += forMs;
    }
  }
  return blows.sort((a, b) => a.atMs - b.atMs);
}

/**
 * Does what the plan says, to each server in turn and to all at the same time. Answers when all that was planned is
 * done and undone.
 */
export async function carryOut(
  plan: readonly Blow[],
  fleet: Fleet,
  history: History,
  database: Database | undefined,
): Promise<void> {
  const startMs = performance.now();
  const targets = new Set(plan.map(targetOf));
  const work = [...targets].map(async (target) => {
    for (const blow of plan) {
      if (targetOf(blow) !== target) continue;
      await delay(Math.max(0, startMs + blow.atMs - performance.now()));
      await strike(blow, fleet, history, database);
    }
  });
  await Promise.all(work);
  history.note({ action: 'over' });
}

function targetOf(blow: Blow): number {
  return blow.action === 'database' ? -1 : blow.server;
}

async function strike(
  blow: Blow,
  fleet: Fleet,
  history: History,
  database: Database | undefined,
): Promise<void> {
  if (blow.action === 'kill') await fleet.kill(blow.server);
  else if (blow.action === 'clock') fleet.setClock(blow.server, blow.offsetMs);
  else if (blow.action === 'stop') {
    fleet.stop(blow.server);
    await delay(blow.forMs);
    fleet.resume(blow.server);
  } else {
    history.note({ action: 'database down' });
    await database?.kill();
    await delay(blow.forMs);
    await database?.restart();
    history.note({ action: 'database up' });
  }
}
