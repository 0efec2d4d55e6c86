/**
 * Runs the tests over each store and ends with one line, `N passed, N failed` (and `, N skipped` when there are any),
 * that counts what really ran. Exit status 1 when a test failed or none ran.
 *
 *   npm test -- [--long] [--list] [--store sqlite|mongodb|both] [FILE or part of its path]...
 *
 * Without --store the tests over MongoDB are skipped, loudly, where there is neither POLLWATCH_TEST_MONGO_URL nor what
 * the server in test/support/mongo needs; with it that is a failure.
 */
import { parseArgs } from 'node:util';
import { requireNode } from './require-node.js';

requireNode();
// Only now: older versions lack names that these modules export.
const { listTestFiles, runTestFiles, createTally } = await import('./test-run.js');
const { storesOf } = await import('./test-stores.js');

const { values, positionals } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    store: { type: 'string' },
  },
  allowPositionals: true,
});
/** Random cases of each property over MongoDB, where each costs many times as much as over SQLite. */
const FEWER_RUNS = '10';
/** For a test that sets no bound itself. */
const TIMEOUT_MS = { sqlite: 60_000, mongodb: 120_000 };
const NAMES = { sqlite: 'SQLite', mongodb: 'MongoDB' };
const wanted = !values.store || values.store === 'both' ? ['sqlite', 'mongodb'] : [values.store];
if (!wanted.every((store) => store in NAMES)) {
  console.error(`--store is sqlite, mongodb or both, and not "${values.store}"`);
  process.exit(2);
}

const files = listTestFiles(process.cwd(), positionals).map((file) => ({
  file,
  stores: storesOf(process.cwd(), file),
}));
const filesOver = (store) => files.filter(({ stores }) => stores.includes(store)).map(({ file }) => file);
// What needs no store runs once, with what runs over SQLite.
const runs = wanted
  .map((store) => ({
    store,
    over: filesOver(store),
    beside:
      store === 'sqlite' ? files.filter(({ stores }) => stores.length === 0).map(({ file }) => file) : [],
  }))
  .filter(({ over, beside }) => over.length + beside.length > 0);

if (values.list) {
  for (const { store, over, beside } of runs) {
    for (const file of [...over, ...beside].sort())
      console.log(store === 'sqlite' ? file : `${file} (${store})`);
  }
} else {
  if (values.long) process.env.POLLWATCH_TEST_LONG = '1';
  await runAll();
}

async function runAll() {
  const total = createTally();
  const lines = [];
  const server = runs.some(({ store }) => store === 'mongodb') ? await startServer() : {};
  try {
    for (const { store, over, beside } of runs) {
      if (store === 'mongodb' && server.reason) {
        lines.push(leaveOut(total, over, server.reason));
        continue;
      }
      console.log(
        `\n=== over ${NAMES[store]}: ${over.length} files, and ${beside.length} that open no store\n`,
      );
      process.env.POLLWATCH_TEST_STORE = store;
      if (store === 'mongodb' && !values.long) process.env.POLLWATCH_TEST_RUNS ??= FEWER_RUNS;
      const started = performance.now();
      const tallies = await runTestFiles([over, beside], {
        timeoutMs: values.long ? 3_600_000 : TIMEOUT_MS[store],
      });
      for (const tally of tallies) {
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.skipped.push(...tally.skipped);
      }
      const seconds = Math.round((performance.now() - started) / 1000);
      if (over.length > 0) lines.push(`over ${NAMES[store]}: ${toText(tallies[0])} (${seconds} s)`);
      if (beside.length > 0) lines.push(`over no store: ${toText(tallies[1])}`);
    }
  } finally {
    await server.stop?.();
  }
  for (const line of lines) console.log(line);
  for (const { name, file, reason } of total.skipped) console.log(`SKIPPED: ${name} (${file}): ${reason}`);
  console.log(toText(total));
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

async function startServer() {
  const { startTestMongo } = await import('./test-mongo.js');
  return startTestMongo();
}

/** Without a server: each file counts as skipped, or as failed where its store was asked for. */
function leaveOut(total, over, reason) {
  if (values.store) total.failed += over.length;
  else for (const file of over) total.skipped.push({ name: 'all of it over MongoDB', file, reason });
  return `over MongoDB: SKIPPED, nothing ran: ${reason}`;
}

function toText({ passed, failed, skipped }) {
  const skips = skipped.length > 0 ? `, ${String(skipped.length)} skipped` : '';
  return `${String(passed)} passed, ${String(failed)} failed${skips}`;
}
