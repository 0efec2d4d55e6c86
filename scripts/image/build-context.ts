import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tells whether a path, relative to the context and with `/`, is kept from the builder. */
export type IsIgnored = (path: string) => boolean;

interface Pattern {
  readonly keeps: boolean;
  readonly expression: RegExp;
}

/** Reads the `.dockerignore` of a folder; without one nothing is ignored. */
export function readIgnored(folder: string): IsIgnored {
  const file = join(folder, '.dockerignore');
  return parseIgnored(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

/**
 * Reads the text of a `.dockerignore` as Docker does: the last pattern that matches a path, or a folder above it,
 * decides; one that begins with `!` keeps.
 */
export function parseIgnored(text: string): IsIgnored {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(toPattern);
  return (path) => {
    const parts = path.split('/');
    const withFolders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    const last = patterns.findLast(({ expression }) => withFolders.some((each) => expression.test(each)));
    return last !== undefined && !last.keeps;
  };
}

function toPattern(line: string): Pattern {
  const keeps = line.startsWith('!');
  const glob = line.slice(keeps ? 1 : 0).replace(/^\/+|\/+$/g, '');
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (piece) => {
    if (piece === '**/') return '(?:.*/)?';
    if (piece === '**') return '.*';
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    return `\\${piece}`;
  });
  return { keeps, expression: new RegExp(`^${source}$`) };
}
