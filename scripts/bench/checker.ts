import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LoadResult } from './load.ts';
import { watchOver } from './processes.ts';
import { toSample, type Contestant } from './rounds.ts';

/** A process that checks objects when it is told to. */
export interface Checker extends AsyncDisposable {
  /** How many of the objects it does not find valid. */
  readonly refused: number;
  readonly contestant: Contestant;
}

const LIFE_MS = 600_000;
/** So long a process works before its first round, so that its code is compiled and its caches are filled. */
const WARM_MS = 2000;
const TOLD = 2000;

/** Starts a process that speaks as checking-main.ts does. @throws Error when it ends before it is ready */
export async function startChecker(
  name: string,
  program: string,
  args: readonly string[],
  roundMs: number,
): Promise<Checker> {
  const child = spawn(program, args, { stdio: 'pipe', timeout: LIFE_MS });
  watchOver(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-TOLD)));
  // The end of the process is noticed by the end of its lines.
  child.on('error', (error) => (said += error.message));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${name} ended: ${said}`);
    return line.value;
  };
  const work = async (milliseconds: number): Promise<LoadResult> => {
    child.stdin.write(`${milliseconds}\n`);
    return parseResult(await nextLine());
  };
  return {
    refused: parseReady(await nextLine()).refused,
    contestant: {
      name,
      prepare: () => work(WARM_MS),
      measure: async () => toSample(await work(roundMs)),
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function parseReady(json: string): { readonly refused: number } {
  return JSON.parse(json) as { readonly refused: number };
}

function parseResult(json: string): LoadResult {
  return JSON.parse(json) as LoadResult;
}
