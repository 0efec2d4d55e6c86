import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChecker, type Checker } from './checker.ts';
import { readMixedObjects } from './mixed-objects.ts';
import { findOasisPython, OASIS_VERSION } from './oasis-python.ts';
import { toQuartiles, toRates, toSpread, type RowResult } from './report.ts';
import { measureRounds, medianRatio, type Effort } from './rounds.ts';

/** Short, as what else the machine does changes from second to second. */
const TURN_MS = 50;

const CHECKING = fileURLToPath(new URL('./checking-main.ts', import.meta.url));
const OASIS = fileURLToPath(new URL('./oasis_main.py', import.meta.url));

/** Row 8: our validator on parsed objects, against ajv with the same schemas and none of our checks. */
export async function measureValidation(folder: string, effort: Effort): Promise<RowResult> {
  const { file, count } = await writeObjects(folder);
  await using validator = await startOwn('validator', file, TURN_MS);
  await using alone = await startOwn('ajv', file, TURN_MS);
  await using both = await startOwn('parse and validator', file, TURN_MS);
  await using parsing = await startOwn('parse', file, TURN_MS);
  const checkers = [validator, alone, both, parsing];
  const [ours = [], ajv = [], parsed = [], parse = []] = await measureRounds(
    checkers.map(({ contestant }) => contestant),
    effort.turns,
  );
  return {
    row: 8,
    what: `time to check ${count} mixed objects`,
    measured: toRates(ours),
    reference: `ajv alone ${toRates(ajv)}`,
    // Of times, so the rates stand the other way round.
    ratio: medianRatio(ajv, ours, 'perCpuSecond'),
    wanted: { atMost: 1.4 },
    notes: [
      'counted in objects',
      toQuartiles(ajv, ours),
      `JSON.parse and check ${toRates(parsed)}`,
      `JSON.parse alone ${toRates(parse)}`,
    ],
  };
}

/** Row 9: our validator against the OASIS validator, over the same parsed objects. */
export async function measureOasis(folder: string, effort: Effort): Promise<RowResult> {
  const { file, count } = await writeObjects(folder);
  const head = { row: 9, what: `checking ${count} mixed objects`, wanted: { atLeast: 100 } } as const;
  const found = findOasisPython(process.env['POLLWATCH_TEST_PYTHON'] ?? 'python3');
  if ('missing' in found) {
    const remedy = `POLLWATCH_TEST_PYTHON has to name a Python with stix2-validator==${OASIS_VERSION}`;
    return {
      ...head,
      measured: '',
      reference: '',
      ratio: Number.NaN,
      notes: [],
      missing: `${found.missing}: ${remedy}`,
    };
  }
  await using validator = await startOwn('validator', file, effort.roundMs);
  await using oasis = await startChecker('stix2-validator', found.python, [OASIS, file], effort.roundMs);
  const [ours = [], theirs = []] = await measureRounds(
    [validator.contestant, oasis.contestant],
    effort.rounds,
  );
  return {
    ...head,
    measured: toRates(ours),
    reference: `stix2-validator ${toRates(theirs)}`,
    ratio: medianRatio(ours, theirs, 'perCpuSecond'),
    notes: [
      'counted in objects',
      toSpread(ours, theirs),
      `stix2-validator ${OASIS_VERSION} refuses ${oasis.refused} of the ${count}`,
    ],
  };
}

function startOwn(task: string, file: string, roundMs: number): Promise<Checker> {
  return startChecker(task, process.execPath, [CHECKING, task, file], roundMs);
}

async function writeObjects(folder: string): Promise<{ readonly file: string; readonly count: number }> {
  const texts = readMixedObjects();
  const file = join(folder, 'mixed-objects.jsonl');
  await writeFile(file, texts.join('\n'));
  return { file, count: texts.length };
}
