/** Runs every check that compares a generated or derived file with its source. Exit status 1 when one fails. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { requireNode } from './require-node.js';

requireNode();

const checks = [
  ['scripts/env-docs.ts', '--check'],
  ['scripts/generate-types.ts'],
  ['scripts/validation-docs.ts'],
  ['scripts/check-spec-map.ts'],
];

for (const [script, ...args] of checks) {
  if (!existsSync(script)) {
    console.error(`${script} is missing`);
    process.exitCode = 1;
    continue;
  }
  const { status, signal } = spawnSync(process.execPath, [script, ...args], { stdio: 'inherit' });
  if (status !== 0) {
    console.error(`${script} failed (${signal ?? `status ${String(status)}`})`);
    process.exitCode = 1;
  }
}
