import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const leakWatch = new URL('../test/support/leak-watch.js', import.meta.url).href;

/**
 * The test files under `root`, sorted, that match one of `wanted` (a path or a part of one; all when it is empty).
 * Checks with stock clients (test/interop) need more than Node and are not among them.
 */
export function listTestFiles(root, wanted) {
  const parts = wanted.map((part) =>
    part.startsWith('/') ? relative(root, part) : part.replace(/^\.\//, ''),
  );
  return globSync('test/**/*.test.ts', { cwd: root })
    .filter((file) => !file.startsWith('test/interop/') && !file.includes('-fixture/'))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

/** What came of tests. */
export function createTally() {
  return { passed: 0, failed: 0, skipped: [] };
}

/**
 * Runs each file in a process of its own, prints the report, and answers the counts once all have ended: one for each
 * of the groups of files. `timeoutMs` bounds each test that sets no bound itself.
 */
export async function runTestFiles(groups, { timeoutMs }) {
  const tallies = groups.map(createTally);
  const files = groups.flat().map((file) => resolve(file));
  if (files.length === 0) return tallies;
  const abort = new AbortController();
  const stop = () => abort.abort();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

  const events = run({
    files: files.sort(),
    concurrency: Math.min(4, availableParallelism()),
    timeout: timeoutMs,
    execArgv: ['--import', leakWatch],
    signal: abort.signal,
  });
  const tallyOf = new Map(
    groups.flatMap((group, index) => group.map((file) => [resolve(file), tallies[index]])),
  );
  countInto((file) => tallyOf.get(file) ?? tallies[0], events);
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((done, fail) => report.once('end', done).once('error', fail));
  for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, stop);
  return tallies;
}

/** Counts leaves only: a suite or a test with subtests says nothing that these have not said. */
function countInto(tallyOf, events) {
  const lastNesting = new Map();
  const isLeaf = ({ file, nesting }) => {
    const before = lastNesting.get(file) ?? 0;
    lastNesting.set(file, nesting);
    return before <= nesting;
  };
  events.on('test:pass', (event) => {
    if (!isLeaf(event) || event.details.type === 'suite') return;
    const tally = tallyOf(event.file);
    if (event.skip !== undefined || event.todo !== undefined) tally.skipped.push(toSkip(event));
    else if (event.name === event.file) failEmptyFile(tally, event);
    else tally.passed += 1;
  });
  events.on('test:fail', (event) => {
    const leaf = isLeaf(event);
    const tally = tallyOf(event.file);
    if (event.todo !== undefined) tally.skipped.push(toSkip(event));
    else if (leaf || event.details.error?.failureType !== 'subtestsFailed') tally.failed += 1;
  });
}

function toSkip({ name, file, skip, todo }) {
  const reason = [skip, todo].find((why) => typeof why === 'string') ?? 'no reason given';
  return { name, file: relative(process.cwd(), file), reason };
}

/** The runner passes a file that holds no test; here that is a failure, for it proves nothing. */
function failEmptyFile(tally, { file }) {
  tally.failed += 1;
  console.error(`No test in ${relative(process.cwd(), file)}`);
}
