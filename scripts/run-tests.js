/**
 * Runs the tests and ends with one line, `N passed, N failed` (and `, N skipped` when there are any), that counts
 * what really ran. Exit status 1 when a test failed or none ran.
 *
 *   npm test -- [--long] [--list] [FILE or part of its path]...
 */
import { parseArgs } from 'node:util';
import { requireNode } from './require-node.js';

requireNode();
// Only now: older versions lack names that these modules export.
const { listTestFiles, runTestFiles } = await import('./test-run.js');

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const files = listTestFiles(process.cwd(), positionals);
if (values.list) {
  for (const file of files) console.log(file);
} else {
  if (values.long) process.env.POLLWATCH_TEST_LONG = '1';
  const tally = await runTestFiles(files, { timeoutMs: values.long ? 3_600_000 : 60_000 });
  for (const { name, file, reason } of tally.skipped) console.log(`SKIPPED: ${name} (${file}): ${reason}`);
  const skips = tally.skipped.length > 0 ? `, ${String(tally.skipped.length)} skipped` : '';
  console.log(`${String(tally.passed)} passed, ${String(tally.failed)} failed${skips}`);
  if (tally.failed > 0 || tally.passed === 0) process.exitCode = 1;
}
