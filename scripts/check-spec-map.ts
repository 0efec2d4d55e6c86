/** Fails when docs/spec-map.md names a test that does not exist, or a rule without a test. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { findCheckTitles, findSpecMapFaults, findTestTitles, parseSpecMap } from './spec-map.ts';

const file = 'docs/spec-map.md';

function readTitles(): ReadonlySet<string> {
  const read = (pattern: string, find: (source: string) => readonly string[]): readonly string[] =>
    globSync(pattern).flatMap((name) => find(readFileSync(name, 'utf8')));
  return new Set([...read('test/**/*.ts', findTestTitles), ...read('test/interop/*.py', findCheckTitles)]);
}

if (existsSync(file)) {
  const markdown = readFileSync(file, 'utf8');
  const faults = findSpecMapFaults(markdown, readTitles());
  for (const fault of faults) process.stderr.write(`${file}: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
  else process.stdout.write(`${file}: ${String(parseSpecMap(markdown).length)} rules, each with its test\n`);
} else {
  process.stderr.write(`${file} is missing\n`);
  process.exitCode = 1;
}
