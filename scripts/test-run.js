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

/**
 * Runs each file in a process of its own, prints the report, and answers the counts once all have ended.
 * `timeoutMs` bounds each test that sets no bound itself.
 */
export async function runTestFiles(files, { timeoutMs }) {
  const tally = { passed: 0, failed: 0, skipped: [] };
  if (files.length === 0) return tally;
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => abort.abort());

  const events = run({
    files: files.map((file) => resolve(file)),
    concurrency: Math.min(4, availableParallelism()),
    timeout: timeoutMs,
    execArgv: ['--import', leakWatch],
    signal: abort.signal,
  });
  countInto(tally, events);
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((done, fail) => report.once('end', done).once('error', fail));
  return tally;
}

/** Counts leaves only: a suite or a test with subtests says nothing that these have not said. */
function countInto(tally, events) {
  const lastNesting = new Map();
  const isLeaf = ({ file, nesting }) => {
    const before = lastNesting.get(file) ?? 0;
    lastNesting.set(file, nesting);
    return before <= nesting;
  };
  events.on('test:pass', (event) => {
    if (!isLeaf(event) || event.details.type === 'suite') return;
    if (event.skip !== undefined || event.todo !== undefined) tally.skipped.push(toSkip(event));
    else if (event.name === event.file) failEmptyFile(tally, event);
    else tally.passed += 1;
  });
  events.on('test:fail', (event) => {
    const leaf = isLeaf(event);
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
