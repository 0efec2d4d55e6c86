/** A line that must not be committed, and why. */
export interface Leftover {
  readonly line: number;
  readonly why: string;
  readonly text: string;
}

interface Rule {
  readonly why: string;
  readonly pattern: RegExp;
}

// In pieces, so that this file is not found itself.
const unfinished = ['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'not ' + 'implemented'].join('|');

const rules: readonly Rule[] = [
  { why: 'unfinished work', pattern: new RegExp(`\\b(${unfinished})\\b`) },
  { why: 'a test left out', pattern: /\b(it|test|describe|suite)\.(only|skip|todo)\b/ },
];

const lockRules: readonly Rule[] = [{ why: 'a registry in the lock file', pattern: /"resolved": *"http/ }];

/** Folders that stand in texts for good reasons, wherever the checkout lies. */
const ordinary: ReadonlySet<string> = new Set([
  '/',
  '/tmp',
  '/var/tmp',
  '/home',
  '/root',
  '/opt',
  '/srv',
  '/mnt',
  '/data',
  '/app',
  '/usr/src',
]);

/**
 * What is left over in one file. `machinePaths` are folders of this machine (the checkout and the one above it)
 * that no text may name; ordinary ones such as /tmp are passed over.
 */
export function findLeftovers(
  file: string,
  text: string,
  machinePaths: readonly string[],
): readonly Leftover[] {
  const applied = file.endsWith('package-lock.json') ? lockRules : [...rules, ...toPathRules(machinePaths)];
  return text
    .split('\n')
    .flatMap((content, index) =>
      applied
        .filter(({ pattern }) => pattern.test(content))
        .map(({ why }) => ({ line: index + 1, why, text: content.trim().slice(0, 120) })),
    );
}

function toPathRules(paths: readonly string[]): readonly Rule[] {
  return paths
    .filter((path) => !ordinary.has(path))
    .map((path) => path.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .map((path) => ({ why: 'a path of this machine', pattern: new RegExp(`(?<![\\w.-])${path}/`) }));
}
