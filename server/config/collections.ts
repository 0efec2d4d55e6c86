import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Collection, Grant } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import { createCollectionParser } from './collection-file.ts';
import { findBrokenRules, type NamedCollection } from './collection-rules.ts';
import { isCoveredByAny } from './grant-cover.ts';

const UNREADABLE = {
  problems: ['found a file that cannot be read as UTF-8, wanted one that can. Correct or remove it.'],
};

/**
 * Reads every `*.json` of a folder, not of the folders inside it, as a collection.
 * @returns the collections, ascending by id.
 * @throws AppError `config.invalid` with one line for each problem of all files together.
 */
export async function loadCollections(dir: string): Promise<readonly Collection[]> {
  const parse = createCollectionParser();
  const named: NamedCollection[] = [];
  const problems: string[] = [];
  for (const file of await listFiles(dir)) {
    const text = await readText(dir, file);
    const parsed = text === undefined ? UNREADABLE : parse(text);
    if ('collection' in parsed) named.push({ file, collection: parsed.collection });
    else problems.push(...parsed.problems.map((problem) => `${file}: ${problem}`));
  }
  problems.push(...findBrokenRules(named));
  if (problems.length > 0) throw fail(dir, problems);
  return named.map(({ collection }) => collection).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function fail(dir: string, problems: readonly string[]): AppError {
  const title = `The collection files in ${JSON.stringify(dir)} are not right:`;
  return new AppError('config.invalid', { detail: [title, ...problems].join('\n') });
}

async function listFiles(dir: string): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = (await readdir(dir)).filter((name) => name.endsWith('.json')).sort();
  } catch {
    throw fail(dir, [
      'found no folder that can be read, wanted one. Set POLLWATCH_COLLECTIONS_DIR to the folder.',
    ]);
  }
  const files: string[] = [];
  // Not the kind of the folder's entry: a mounted file is often a link to one.
  for (const name of names) if (await isFile(join(dir, name))) files.push(name);
  if (files.length > 0) return files;
  throw fail(dir, [
    'found no *.json file, wanted one for each collection. Add them, or set POLLWATCH_COLLECTIONS_DIR.',
  ]);
}

async function isFile(file: string): Promise<boolean> {
  try {
    return !(await stat(file)).isDirectory();
  } catch {
    // A link that leads nowhere is a problem to report, not a file to pass over.
    return true;
  }
}

async function readText(dir: string, file: string): Promise<string | undefined> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(join(dir, file)));
  } catch {
    return undefined;
  }
}

/**
 * Looks for audience collections that one grant may read together (release rules, 5). `public` is left out: what it
 * shows is for everybody as it is.
 * @returns one warning for each set of such collections, to be logged at start.
 */
export function overlapWarnings(collections: readonly Collection[]): readonly string[] {
  const forAudience = collections.filter(
    ({ release }) => release.policy === 'audience' && release.audience !== 'public',
  );
  const grantsBySet = new Map<string, Grant[]>();
  for (const grant of new Set(forAudience.flatMap(({ read }) => read))) {
    const readable = forAudience.filter(({ read }) => isCoveredByAny(grant, read)).map(({ alias }) => alias);
    if (readable.length < 2) continue;
    const names = readable.sort().join(', ');
    grantsBySet.set(names, [...(grantsBySet.get(names) ?? []), grant]);
  }
  return [...grantsBySet].map(
    ([names, grants]) =>
      `The collections ${names} can be read together by ${grants.sort().join(', ')}: who reads more than one may ` +
      'hold an object both as it was sent and as it was derived, and is entitled to the former.',
  );
}
