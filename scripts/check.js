/**
 * `npm run check`: runs every script of package.json called `check:…`, in their order and all of them, and ends with
 * one line `N passed, N failed`. Exit status 1 when one failed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { requireNode } from './require-node.js';

requireNode();

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const steps = Object.keys(scripts).filter((name) => name.startsWith('check:'));
const failed = [];

for (const step of steps) {
  const started = performance.now();
  console.log(`\n== ${step}`);
  const { status } = spawnSync('npm', ['run', '--silent', step], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) failed.push(step);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${step}: ${status === 0 ? 'passed' : 'FAILED'} after ${seconds} s`);
}

console.log(`\n${failed.length > 0 ? `Failed: ${failed.join(', ')}\n` : ''}`.trimEnd());
console.log(`${String(steps.length - failed.length)} passed, ${String(failed.length)} failed`);
if (failed.length > 0 || steps.length === 0) process.exitCode = 1;
