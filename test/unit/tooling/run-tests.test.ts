import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';

const script = resolve('scripts/run-tests.js');

/** A folder with these files under test/, removed after the test. */
function makeProject(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-run-tests-'));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  for (const [name, body] of Object.entries(files)) {
    mkdirSync(join(folder, 'test', name, '..'), { recursive: true });
    const source = `import { after, before, describe, test } from 'node:test';\nimport assert from 'node:assert/strict';\n`;
    writeFileSync(join(folder, 'test', name), source + body);
  }
  return folder;
}

function runTests(
  folder: string,
  ...args: readonly string[]
): { status: number | null; lines: readonly string[] } {
  return runTestsIn(folder, {}, ...args);
}

function runTestsIn(
  folder: string,
  settings: Readonly<Record<string, string | undefined>>,
  ...args: readonly string[]
): { status: number | null; lines: readonly string[] } {
  // Without this the runner takes itself for a file of the run that is going on and runs nothing.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, ...settings };
  const { status, stdout } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

test('the test run counts the tests themselves, not suites and not the parents of subtests', (t) => {
  const folder = makeProject(t, {
    'a.test.ts': `
      test('one', () => {});
      describe('group', () => { test('two', () => {}); describe('inner', () => { test('three', () => {}); }); });
      test('parent', async (t) => { await t.test('four', () => {}); });`,
    'deep/b.test.ts': `test('five', () => {});`,
  });
  const { status, lines } = runTests(folder);
  assert.equal(lines.at(-1), '5 passed, 0 failed');
  assert.equal(lines.filter((line) => /^\d+ passed, \d+ failed/.test(line)).length, 1);
  assert.equal(status, 0);
});

test('the test run fails when a test, a subtest, a hook or the loading of a file fails', (t) => {
  const folder = makeProject(t, {
    'assertion.test.ts': `test('one', () => { assert.equal(1, 2); });\ntest('two', () => {});`,
    'subtest.test.ts': `test('parent', async (t) => { await t.test('child', () => { assert.fail('no'); }); });`,
    'hook.test.ts': `describe('group', () => { after(() => { throw new Error('hook'); }); test('inside', () => {}); });`,
    'load.test.ts': `throw new Error('load');`,
  });
  const { status, lines } = runTests(folder);
  assert.equal(lines.at(-1), '2 passed, 4 failed');
  assert.equal(status, 1);
});

test('the test run fails when no test ran', (t) => {
  const folder = makeProject(t, { 'a.test.ts': `test('one', () => {});`, 'empty.test.ts': '' });
  assert.deepEqual(runTests(folder, 'no-such-file'), { status: 1, lines: ['0 passed, 0 failed'] });
  const empty = runTests(folder, 'empty');
  assert.equal(empty.lines.at(-1), '0 passed, 1 failed');
  assert.equal(empty.status, 1);
});

test('the test run names each test that was left out and counts it apart', (t) => {
  const folder = makeProject(t, {
    'a.test.ts': `test('one', () => {});\ntest('two', { skip: 'no database' }, () => {});`,
  });
  const { status, lines } = runTests(folder);
  assert.deepEqual(lines.slice(-2), [
    'SKIPPED: two (test/a.test.ts): no database',
    '1 passed, 0 failed, 1 skipped',
  ]);
  assert.equal(status, 0);
});

test('a file that leaves something open after its last test fails instead of hanging', (t) => {
  const folder = makeProject(t, { 'a.test.ts': `test('one', () => { setInterval(() => {}, 1000); });` });
  const { status, lines } = runTests(folder);
  assert.ok(
    lines.some((line) => line.includes('Left open after the last test') && line.endsWith(': Timeout')),
  );
  assert.equal(lines.at(-1), '1 passed, 1 failed');
  assert.equal(status, 1);
});

test('the long run sets the variable that tests read, and parts of paths narrow what runs', (t) => {
  const body = `test('one', () => { assert.equal(process.env.POLLWATCH_TEST_LONG, '1'); });`;
  const folder = makeProject(t, {
    'size.test.ts': body,
    'other.test.ts': `test('two', () => { assert.fail('no'); });`,
  });
  const { status, lines } = runTests(folder, '--long', 'size');
  assert.equal(lines.at(-1), '1 passed, 0 failed');
  assert.equal(status, 0);
  assert.deepEqual(runTests(folder, '--list').lines, ['test/other.test.ts', 'test/size.test.ts']);
});

/** Files that open a store, directly and by way of others, one that opens none, and one over each store alone. */
const OVER_STORES = {
  'support/test-database.ts': '',
  'support/server.ts': `export * from './test-database.ts';`,
  'near.test.ts': `import './support/far.ts';
    import {} from './support/test-database.ts';
    test(\`near over \${process.env.POLLWATCH_TEST_STORE}\`, () => {});`,
  'support/far.ts': '',
  'far.test.ts': `import {} from './support/server.ts';
    test(\`far over \${process.env.POLLWATCH_TEST_STORE}\`, () => {});`,
  'none.test.ts': `test('none', () => {});`,
  'contract/sqlite.test.ts': `test('only sqlite', () => {});`,
  'contract/mongo.test.ts': `test('only mongo', () => {});`,
} as const;

const SERVER = { POLLWATCH_TEST_MONGO_URL: 'mongodb://127.0.0.1:1' };

test('what opens a store runs over each, the rest once, and the numbers of each are printed', (t) => {
  const folder = makeProject(t, OVER_STORES);
  const { status, lines } = runTestsIn(folder, SERVER);
  assert.deepEqual(
    lines.slice(-4).map((line) => line.replace(/ \(\d+ s\)$/, '')),
    [
      'over SQLite: 3 passed, 0 failed',
      'over no store: 1 passed, 0 failed',
      'over MongoDB: 3 passed, 0 failed',
      '7 passed, 0 failed',
    ],
  );
  for (const name of ['near over sqlite', 'near over mongodb', 'far over sqlite', 'far over mongodb']) {
    assert.ok(
      lines.some((line) => line.includes(name)),
      name,
    );
  }
  assert.equal(lines.filter((line) => line.includes('✔ only')).length, 2);
  assert.equal(status, 0);
  assert.equal(runTestsIn(folder, SERVER, '--store', 'mongodb').lines.at(-1), '3 passed, 0 failed');
  assert.equal(runTestsIn(folder, SERVER, '--store', 'sqlite').lines.at(-1), '4 passed, 0 failed');
  assert.equal(runTestsIn(folder, SERVER, '--store', 'other').status, 2);
});

test('without a server the tests over MongoDB are skipped file by file, and failed where they were asked for', (t) => {
  const folder = makeProject(t, OVER_STORES);
  // With nothing on the path there is no Java.
  const nothing = { POLLWATCH_TEST_MONGO_URL: undefined, PATH: folder };
  const skipped = runTestsIn(folder, nothing);
  assert.ok(skipped.lines.some((line) => line.startsWith('over MongoDB: SKIPPED, nothing ran: ')));
  assert.equal(skipped.lines.at(-1), '4 passed, 0 failed, 3 skipped');
  assert.equal(skipped.status, 0);
  const demanded = runTestsIn(folder, nothing, '--store', 'both');
  assert.equal(demanded.lines.at(-1), '4 passed, 3 failed');
  assert.equal(demanded.status, 1);
});
