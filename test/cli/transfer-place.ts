import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { openStore } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { listOf, makePlace, readDocument, runPollwatch, SAMPLE } from './run-pollwatch.ts';
import type { Environment, Place, Run } from './run-pollwatch.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'scripts', 'pollwatch.js');
const DEADLINE_MS = 30_000;
export const PASSWORD = 'correct horse battery staple';

/** Makes a place whose database holds the example and `count` more objects in the collection `reference`. */
export async function makeFilledPlace(count: number): Promise<Place> {
  const place = await makePlace();
  const run = (args: readonly string[], input?: string): Promise<object> =>
    readDocument(place.env, args, input);
  await run(['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
  await run(['org', 'add', 'nass', '--name', 'NASS "ж"', '--audience', 'state']);
  await run(['user', 'add', 'ann', '--org', 'dhs', '--role', 'analyst', '--password-stdin'], PASSWORD);
  await run(['user', 'add', 'bob', '--org', 'nass', '--role', 'partner', '--password-stdin'], PASSWORD);
  // Some of the example is refused, which is exit status 1: as outside, so here.
  await runPollwatch(place.env, ['upload', SAMPLE, '--as', 'ann']);
  if (count > 0) {
    const file = join(place.folder, 'tools.json');
    await writeFile(file, JSON.stringify({ type: 'bundle', id: toId('bundle', 0), objects: toTools(count) }));
    await run(['upload', file, '--as', 'ann', '--to', 'reference']);
  }
  return place;
}

function toId(type: string, number: number): string {
  return `${type}--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

function toTools(count: number): readonly object[] {
  return Array.from({ length: count }, (_, number) => ({
    type: 'tool',
    spec_version: '2.1',
    id: toId('tool', number + 1),
    created: '2018-08-21T00:00:00.000Z',
    modified: '2018-08-21T00:00:00.000Z',
    name: `Tool ${number} – ж`,
    description: 'what it is for '.repeat(number % 30),
  }));
}

/** The settings of another database in the same folder. */
export function atDatabase(place: Place, name: string): { env: Environment; url: string; path: string } {
  const path = join(place.folder, name);
  const url = `sqlite:${path}`;
  return { env: { ...place.env, POLLWATCH_DATABASE_URL: url }, url, path };
}

/** Whether a file has at least so many bytes. */
export function hasBytes(path: string, bytes: number): () => boolean {
  return () => (statSync(path, { throwIfNoEntry: false })?.size ?? -1) >= bytes;
}

/** Looks at how far an import into a database is, from another process than the one that imports. */
export interface ImportWatch {
  /** Whether an import is under way that has at least so many records. */
  has(records: number): () => Promise<boolean>;
  close(): Promise<void>;
}

export async function watchImport(env: Environment): Promise<ImportWatch> {
  const store = await openStore(loadSettings(env));
  return {
    has: (records) => async () => {
      const state = await store.importState();
      return state !== undefined && Number.parseInt(state.position ?? '0', 10) >= records;
    },
    close: () => store.close(),
  };
}

/** Starts a command, and sends it a signal as soon as a condition holds; it may have ended before. */
export async function interrupt(
  env: Environment,
  args: readonly string[],
  signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM',
  isTime: () => boolean | Promise<boolean>,
): Promise<Run & { readonly signal: string | null }> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('POLLWATCH_'));
  const child: ChildProcess = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...Object.fromEntries(own), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  const ended = Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isTime()) && child.exitCode === null) {
    assert.ok(performance.now() < deadline, 'the moment never came');
    await delay(1);
  }
  child.kill(signal);
  const [out, err] = await ended;
  return { exitCode: child.exitCode, signal: child.signalCode, stdout: out, stderr: err };
}

type Line = Readonly<Record<string, unknown>>;

/** The lines of a backup. */
export function readLines(file: string): readonly Line[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return listOf({ lines: lines.map((line): unknown => JSON.parse(line)) }, 'lines');
}

/** The records of a backup, without what a copy has of its own. */
export function readRecords(file: string): readonly Line[] {
  const records = readLines(file).filter(({ kind }) => !['header', 'batch', 'end'].includes(String(kind)));
  return records.map(({ generation: _, ...rest }) => rest);
}

/** The records of what a database holds now. */
export async function readDatabase(place: Place, env: Environment): Promise<readonly Line[]> {
  const file = join(place.folder, 'compare.backup');
  await readDocument(env, ['backup', '--force', file]);
  return readRecords(file);
}
