import { SYSTEM_CLOCK, SYSTEM_IDS } from '../server/compose.ts';
import { createProgram } from './cli/program.ts';
import { toEnding } from './cli/report-error.ts';
import type { Environment, Surroundings } from './cli/surroundings.ts';
import { toJsonText } from './cli/table.ts';

/**
 * Runs one command line.
 * @param argv what follows the name of the program
 * @returns the exit status: 0, 1 for a failure, 2 for wrong usage
 */
export async function runCli(argv: readonly string[], env: Environment): Promise<number> {
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) stream.on('error', passOverClosedReader);
  let exitCode = 0;
  const surroundings: Surroundings = {
    env,
    stdin,
    stdout,
    stderr,
    clock: SYSTEM_CLOCK,
    ids: SYSTEM_IDS,
    show({ document, text, problem }, { json }) {
      stdout.write(json ? `${toJsonText(document)}\n` : `${text}\n`);
      if (problem === undefined) return;
      exitCode = 1;
      if (problem !== '') stderr.write(`error: ${problem}\n`);
    },
    untilStopped,
  };
  try {
    await createProgram(surroundings).parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    const ending = toEnding(error, env);
    stderr.write(ending.text);
    return ending.exitCode;
  }
}

/** The first Ctrl-C or SIGTERM asks; the second one ends the process at once. */
async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const stop = (): void => {
    for (const signal of signals) process.off(signal, stop);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}

/** A reader such as `head` may go before everything was written. */
function passOverClosedReader(error: Error): void {
  if (!('code' in error) || error.code !== 'EPIPE') throw error;
}
