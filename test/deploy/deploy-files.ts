import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { PREFIX, SETTINGS } from '../../server/config/settings.ts';

/** A value of a YAML file, of which nothing is known. */
export type Tree = Readonly<Record<string, unknown>>;

/** Every text that a deployment is made from. */
export const DEPLOY_FILES: readonly string[] = [
  'Dockerfile',
  'compose.yaml',
  'scripts/health-check.js',
  ...globSync('deploy/**/*.*').sort(),
];

/** The documents of a YAML file. @throws Error for a fault or a warning of the parser */
export function readDocuments(file: string): readonly Tree[] {
  return parseAllDocuments(readFileSync(file, 'utf8'), { merge: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem) throw new Error(`${file}: ${problem.message}`);
    return parseTree(document.toJS(), file);
  });
}

/** The one document of a file. */
export function readDocument(file: string): Tree {
  const [first, ...others] = readDocuments(file);
  if (!first || others.length > 0) throw new Error(`${file}: one document is wanted`);
  return first;
}

/** What lies at a path of names and positions; undefined when something on the way is not there. */
export function at(tree: unknown, ...path: readonly (string | number)[]): unknown {
  let value = tree;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = parseMembers(value)[name];
  }
  return value;
}

/** @throws Error when it is no mapping */
export function treeAt(tree: unknown, ...path: readonly (string | number)[]): Tree {
  return parseTree(at(tree, ...path), path.join('.'));
}

/** A list of mappings; empty when there is none. */
export function treesAt(tree: unknown, ...path: readonly (string | number)[]): readonly Tree[] {
  return listAt(tree, ...path).map((value) => parseTree(value, path.join('.')));
}

/** A list of texts; empty when there is none. */
export function textsAt(tree: unknown, ...path: readonly (string | number)[]): readonly string[] {
  return listAt(tree, ...path).map((value) => {
    if (typeof value !== 'string') throw new Error(`${path.join('.')}: a text is wanted`);
    return value;
  });
}

export function textAt(tree: unknown, ...path: readonly (string | number)[]): string {
  const value = at(tree, ...path);
  if (typeof value !== 'string') throw new Error(`${path.join('.')}: a text is wanted`);
  return value;
}

/** A duration such as 45s or 2m. @returns seconds */
export function parseSeconds(text: string): number {
  const match = /^(\d+)(s|m)$/.exec(text);
  if (!match) throw new Error(`${text}: seconds or minutes are wanted`);
  return Number(match[1]) * (match[2] === 'm' ? 60 : 1);
}

/** Seconds that a server is given to finish what is in flight, unless SHUTDOWN_TIMEOUT is set. */
export const SHUTDOWN_SECONDS = parseSeconds(SETTINGS.shutdownTimeoutMs.defaultText);

/** Names with our prefix that stand in a text and are no setting. */
export function findUnknownSettings(text: string): readonly string[] {
  const known = new Set(Object.values(SETTINGS).map(({ name }) => `${PREFIX}${name}`));
  const found = new Set(text.match(/\bPOLLWATCH_[A-Z0-9_]+/g) ?? []);
  return [...found].filter((name) => !known.has(name));
}

/** The setting that holds a password; what else is never printed (PUBLIC_URL) must not have one. */
export const SECRET_SETTING = `${PREFIX}${SETTINGS.databaseUrl.name}`;

/** The collection files that ship. */
export function listCollectionFiles(): readonly string[] {
  return globSync('*.json', { cwd: join('collections') }).sort();
}

function listAt(tree: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const value = at(tree, ...path) ?? [];
  if (!Array.isArray(value)) throw new Error(`${path.join('.')}: a list is wanted`);
  return value;
}

function parseMembers(value: object): Readonly<Record<string | number, unknown>> {
  return value as Readonly<Record<string | number, unknown>>;
}

function parseTree(value: unknown, where: string): Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${where}: a mapping is wanted`);
  }
  return value as Tree;
}
