import { randomInt } from 'node:crypto';

/** How a property test runs: how often, and from which seed. */
export interface RandomRuns {
  readonly seed: number;
  readonly numRuns: number;
}

interface Diagnostic {
  diagnostic(message: string): void;
}

/**
 * Reads how often random cases run (`POLLWATCH_TEST_RUNS`, 30) and from which seed (`POLLWATCH_TEST_SEED`, random),
 * and prints the seed, so that what failed can be run again.
 */
export function readRandomRuns(test: Diagnostic, factor = 1): RandomRuns {
  const seed = readNumber('POLLWATCH_TEST_SEED') ?? randomInt(2 ** 31 - 1);
  const numRuns = (readNumber('POLLWATCH_TEST_RUNS') ?? 30) * factor;
  test.diagnostic(`POLLWATCH_TEST_SEED=${seed} (${numRuns} runs)`);
  return { seed, numRuns };
}

function readNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${name} has to be a whole number`);
  return number;
}
