/**
 * Loaded before each test file by scripts/run-tests.js: a file whose process is still held open some seconds after
 * its last test fails, and says by what. Without this a server left listening would hang the whole run.
 */
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

const GRACE_MS = 5_000;

// Workers and forked processes inherit the flag that loads this file; only the test file itself is watched.
if (isMainThread && process.argv[1]?.endsWith('.test.ts')) {
  after(() => {
    setTimeout(() => {
      // The two pipes are the process's own output.
      const open = process
        .getActiveResourcesInfo()
        .filter((kind) => kind !== 'PipeWrap' && kind !== 'TTYWrap');
      process.stderr.write(`Left open after the last test of ${process.argv[1]}: ${open.join(', ')}\n`);
      process.exit(1);
    }, GRACE_MS).unref();
  });
}
