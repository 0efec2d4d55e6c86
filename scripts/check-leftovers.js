/**
 * Fails on what must not be committed: notes of unfinished work, tests that are left out, paths of this machine,
 * and a lock file that names a registry. Looks at what git knows and at what it would add.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { requireNode } from './require-node.js';

requireNode();
const { findLeftovers } = await import('./leftovers.ts');

const files = listFiles();
const machinePaths = [process.cwd(), dirname(process.cwd())];
let found = 0;
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  if (text.includes('\0')) continue;
  for (const { line, why, text: content } of findLeftovers(file, text, machinePaths)) {
    found += 1;
    console.error(`${file}:${String(line)}: ${why}: ${content}`);
  }
}
console.log(`${String(found)} leftovers in ${String(files.length)} files`);
if (found > 0 || files.length === 0) process.exitCode = 1;

function listFiles() {
  const { status, stdout, stderr, error } = spawnSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`git ls-files failed: ${stderr ?? ''}`, { cause: error });
  return [...new Set(stdout.split('\0'))].filter((file) => file !== '' && existsSync(file));
}
