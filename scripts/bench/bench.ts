import { parseArgs } from 'node:util';
import { measureColdPage } from './cold-page.ts';
import { measureGrowth, measureMongoGrowth } from './growth.ts';
import { measureHotPage } from './hot-page.ts';
import { describeMachine } from './machine.ts';
import { measureMongoColdPage } from './mongo-cold-page.ts';
import { measureMongoHotPage } from './mongo-hot-page.ts';
import { measureNothingNew } from './nothing-new.ts';
import { measurePosting, measureReleasing } from './posting.ts';
import { endOnSignals } from './processes.ts';
import { countUp, toTable, type RowResult } from './report.ts';
import { measurePulling } from './pulling.ts';
import { FULL, QUICK, type Effort } from './rounds.ts';
import { makeFolder } from './stage.ts';
import { measureUploadMemory } from './upload-memory.ts';
import { measureOasis, measureValidation } from './validation.ts';

/** One row of the table, measured in a folder of its own. */
type MeasureRow = (folder: string, effort: Effort) => Promise<RowResult>;

/** Short rounds on a busy machine differ by a third: they guard against a fall, the full run measures. */
const QUICK_SHARE = 0.5;

const MEMORY_ROW = 7;

const ROWS: ReadonlyMap<string, MeasureRow> = new Map([
  ['1', measureHotPage],
  ['2', measureColdPage],
  ['3', measureNothingNew],
  ['4', measurePosting],
  ['5', measureReleasing],
  ['6', measureGrowth],
  ['7', (folder, effort) => measureUploadMemory(folder, effort === QUICK ? 60 : 500)],
  ['8', measureValidation],
  ['9', measureOasis],
  ['10', measureMongoColdPage],
  ['11', measureMongoHotPage],
  ['12', measureMongoGrowth],
  ['13', measurePulling],
]);

/**
 * Runs the rows that the arguments name, all of them by default.
 * @returns the exit status: 0 when every row with a wanted value that was measured reached it
 */
export async function runBench(argv: readonly string[]): Promise<number> {
  const options = { quick: { type: 'boolean', default: false }, rows: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...argv], options });
  const chosen = values.rows?.split(',') ?? [...ROWS.keys()];
  const unknown = chosen.filter((row) => !ROWS.has(row));
  if (unknown.length > 0) {
    process.stderr.write(`There is no row ${unknown.join(', ')}. Rows: ${[...ROWS.keys()].join(', ')}.\n`);
    return 2;
  }
  endOnSignals();
  const effort = values.quick ? QUICK : FULL;
  process.stdout.write(`${describeMachine()}\n\n`);
  const results: RowResult[] = [];
  for (const [number, measure] of ROWS) {
    if (!chosen.includes(number)) continue;
    await using folder = await makeFolder();
    process.stderr.write(`row ${number}…\n`);
    results.push(await measure(folder.path, effort));
  }
  process.stdout.write(`${toTable(results)}\n\n`);
  for (const { row, notes, missing } of results) {
    for (const note of notes) process.stdout.write(`row ${row}: ${note}\n`);
    if (missing !== undefined) process.stdout.write(`row ${row} WAS NOT MEASURED: ${missing}\n`);
  }
  const share = values.quick ? QUICK_SHARE : 1;
  if (values.quick) process.stdout.write(`A short run passes at ${QUICK_SHARE * 100} % of what is wanted.\n`);
  const { line, hasFailed } = countUp(
    results.map((result) => toCounted(result, share)),
    share,
  );
  process.stdout.write(`\n${line}\n`);
  return hasFailed ? 1 : 0;
}

/** Memory is not measured any worse in a short run, so that row keeps all of its bound: it comes down as the share does. */
function toCounted(result: RowResult, share: number): RowResult {
  const { row, wanted } = result;
  if (row !== MEMORY_ROW || !wanted || !('atMost' in wanted)) return result;
  return { ...result, wanted: { atMost: wanted.atMost * share } };
}
