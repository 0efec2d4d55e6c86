import { runLoad, type LoadResult } from './load.ts';
import type { ServerProcess } from './processes.ts';

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  /** Where two servers have to come to the same. */
  readonly pairedRounds: number;
  readonly roundMs: number;
  readonly warmupMs: number;
  /** How long a server is asked at most before the first round, so that its code is compiled. */
  readonly compileMs: number;
  /** A round of one page at one size; there are many of them. */
  readonly growthRoundMs: number;
  /** Of what only computes there are many short rounds, so that what else runs falls on all alike. */
  readonly turns: number;
  /** Whether Express and passport are measured for themselves. */
  readonly hasLadder: boolean;
  /** Envelopes of 500 objects that a round posts. */
  readonly envelopes: number;
  /** Between which sizes a collection grows over SQLite, and over MongoDB. */
  readonly growth: Growth;
  readonly mongoGrowth: Growth;
  /** How many objects are pulled from a partner, and how often. */
  readonly pulled: number;
  readonly pullRounds: number;
}

/** Both are multiples of 2000. */
export interface Growth {
  readonly small: number;
  readonly large: number;
}

/** After so many answers the time that one takes has stopped falling; on a busy machine that takes longer. */
const COMPILED_ANSWERS = 50_000;

export const FULL: Effort = {
  rounds: 5,
  pairedRounds: 21,
  roundMs: 3000,
  warmupMs: 300,
  compileMs: 10_000,
  growthRoundMs: 750,
  turns: 301,
  hasLadder: true,
  envelopes: 20,
  growth: { small: 10_000, large: 1_000_000 },
  mongoGrowth: { small: 10_000, large: 100_000 },
  pulled: 100_000,
  pullRounds: 3,
};

/** For CI: five rounds as well, but short ones over less, and no ladder. */
export const QUICK: Effort = {
  ...FULL,
  roundMs: 700,
  warmupMs: 100,
  compileMs: 6000,
  growthRoundMs: 250,
  turns: 101,
  envelopes: 6,
  hasLadder: false,
  pairedRounds: 7,
  growth: { small: 10_000, large: 50_000 },
  mongoGrowth: { small: 2000, large: 20_000 },
  pulled: 10_000,
  pullRounds: 1,
};

/** What one round of one contestant came to. */
export interface Sample {
  readonly perCpuSecond: number;
  readonly perSecond: number;
  readonly medianMs: number;
}

export interface Contestant {
  readonly name: string;
  /** Runs once before anything counts. */
  prepare(): Promise<unknown>;
  measure(): Promise<Sample>;
}

/** @param unit how many things one answer stands for */
export function toSample({ answers, seconds, cpuSeconds, medianMs }: LoadResult, unit = 1): Sample {
  return {
    perCpuSecond: (answers * unit) / cpuSeconds,
    perSecond: (answers * unit) / seconds,
    medianMs,
  };
}

/** A server that is asked the same over and over. */
export function createPollContestant(
  name: string,
  server: ServerProcess,
  requestFile: string,
  bytes: number,
  effort: Effort,
  connections = 10,
): Contestant {
  const { warmupMs, roundMs: durationMs } = effort;
  const target = { pid: server.pid, port: server.port, requestFiles: [requestFile] };
  const plan = { ...target, connections, warmupMs, durationMs, expected: { status: 200, bytes } };
  return {
    name,
    prepare: () => runLoad({ ...plan, durationMs: effort.compileMs, maxAnswers: COMPILED_ANSWERS }),
    measure: async () => toSample(await runLoad(plan)),
  };
}

/**
 * Lets the contestants take turns, so that what else the machine does falls on all of them.
 * @returns each contestant's samples, in the order of the rounds
 */
export async function measureRounds(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<readonly (readonly Sample[])[]> {
  const samples: Sample[][] = contestants.map(() => []);
  for (const contestant of contestants) await contestant.prepare();
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) samples[index]?.push(await contestant.measure());
  }
  return samples;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median, over the rounds, of one measure of ours divided by that of the reference in the same round. */
export function medianRatio(
  ours: readonly Sample[],
  reference: readonly Sample[],
  key: keyof Sample,
): number {
  return median(ours.map((sample, round) => sample[key] / (reference[round]?.[key] ?? Number.NaN)));
}
