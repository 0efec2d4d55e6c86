import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeRequest, type Ask } from './load.ts';
import { startServerProcess, type ServerProcess } from './processes.ts';
import { createPollContestant, measureRounds, median, type Effort, type Sample } from './rounds.ts';

/** What stands between a request and the bytes of its answer, one thing more at each step. */
const STEPS = ['node:http', 'Express', 'passport'] as const;
const PAGE_SERVER = fileURLToPath(new URL('./page-server-main.ts', import.meta.url));

export interface Ladder {
  readonly ours: readonly Sample[];
  /** `node:http` sending the bytes from memory. */
  readonly bare: readonly Sample[];
  /** What each step costs in CPU time of the server. */
  readonly costs: readonly string[];
}

/** Measures a poll on the server, and the same bytes sent from memory with less and less in between. */
export async function climbLadder(
  folder: string,
  server: ServerProcess,
  ask: Ask,
  body: Buffer,
  effort: Effort,
): Promise<Ladder> {
  await using started = new AsyncDisposableStack();
  const file = join(folder, 'page.json');
  await writeFile(file, body);
  const request = await writeRequest(folder, 'request', ask);
  const contestants = [createPollContestant('ours', server, request, body.byteLength, effort)];
  for (const step of effort.hasLadder ? STEPS : STEPS.slice(0, 1)) {
    const rung = started.use(await startServerProcess(folder, [PAGE_SERVER, step, file]));
    contestants.push(createPollContestant(step, rung, request, body.byteLength, effort));
  }
  const [ours = [], ...rungs] = await measureRounds(contestants, effort.rounds);
  return { ours, bare: rungs[0] ?? [], costs: effort.hasLadder ? [describeCosts(rungs, ours)] : [] };
}

function describeCosts(rungs: readonly (readonly Sample[])[], ours: readonly Sample[]): string {
  const micros = [...rungs, ours].map(
    (samples) => 1e6 / median(samples.map((sample) => sample.perCpuSecond)),
  );
  const parts = [...STEPS, 'ours'].map((name, index) => {
    const own = (micros[index] ?? 0) - (micros[index - 1] ?? 0);
    return `${name} ${own.toFixed(0)}`;
  });
  return `CPU microseconds of an answer: ${parts.join(' + ')} = ${(micros.at(-1) ?? 0).toFixed(0)}`;
}
