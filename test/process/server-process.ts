import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TEST_STORE } from '../support/test-database.ts';
import { makeFilledDatabase } from './filled-database.ts';

/** A plain collection that a partner reads and writes. */
const EXCHANGE = {
  id: '2d6b0f0e-7c1a-4f5e-9a38-6f1f4f3c8b57',
  alias: 'exchange',
  title: 'Exchange of state associations',
  release: { policy: 'as-posted' },
  read: ['org:nass'],
  write: ['org:nass'],
};

/** A folder with collections and, once a server ran there, a database. */
export interface Place {
  readonly folder: string;
  readonly collections: string;
  /** The file that a server makes here which is told of no database. */
  readonly database: string;
  /** The same as a setting; or the database that servers here are told of. */
  readonly databaseUrl: string;
  /** By their whole names, for every server here. */
  readonly settings: Readonly<Record<string, string>>;
  /** Of the users that were there before the first start. */
  readonly users: ReadonlyMap<string, string>;
}

/** A server in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** What it has written to standard output so far. */
  readonly output: () => string;
  /** The passwords of the example's users; those that are printed are so at the first start alone. */
  readonly users: ReadonlyMap<string, string>;
  /** SIGKILL; answers once the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; answers the exit code, or the signal that ended it. */
  terminate(): Promise<number | string | null>;
}

const START_MS = 30_000;
const STOP_MS = 20_000;
const PORT = /Pollwatch listens on http:\/\/127\.0\.0\.1:(\d+) /;
const LAST_LINE = /^Pollwatch listens on .*\n\n/m;

/** Makes a folder with the shipped collections and one more; it goes when the test ends. */
export async function makePlace(t: TestContext): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-process-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const collections = join(folder, 'collections');
  await mkdir(collections);
  const shipped = await readdir('collections');
  for (const name of shipped.filter((each) => each.endsWith('.json'))) {
    await copyFile(join('collections', name), join(collections, name));
  }
  await writeFile(join(collections, 'exchange.json'), JSON.stringify(EXCHANGE));
  const database = join(folder, 'data', 'pollwatch.db');
  const place = { folder, collections, database };
  if (TEST_STORE === 'sqlite') {
    return { ...place, databaseUrl: `sqlite:${database}`, settings: {}, users: new Map() };
  }
  const { settings, users } = await makeFilledDatabase(t, collections);
  return { ...place, databaseUrl: settings['POLLWATCH_DATABASE_URL'] ?? '', settings, users };
}

/** Starts the server as an operator does and waits until it listens; it does not outlive the test. */
export async function startServerProcess(
  t: TestContext,
  place: Place,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(POLLWATCH|NODE)_/.test(name));
  const child = spawn(process.execPath, [resolve('scripts/pollwatch.js'), 'serve'], {
    cwd: place.folder,
    env: {
      ...Object.fromEntries(inherited),
      POLLWATCH_PORT: '0',
      POLLWATCH_COLLECTIONS_DIR: place.collections,
      POLLWATCH_LOG_LEVEL: 'error',
      ...place.settings,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const endNow = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endNow);
  child.once('exit', () => process.off('exit', endNow));
  t.after(async () => {
    endNow();
    await ended;
  });
  let output = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const listening = new Promise<void>((done) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (LAST_LINE.test(output) && (output.endsWith('\n\n') || output.includes('curl -u'))) done();
    });
  });
  const isUp = await Promise.race([
    listening.then(() => true),
    ended.then(() => false),
    delay(START_MS, false, { ref: false }),
  ]);
  const port = PORT.exec(output)?.[1];
  if (!isUp || port === undefined) throw new Error(`the server did not start: ${output}${errors}`);

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string | null> {
    child.kill(signal);
    const inTime = await Promise.race([ended.then(() => true), delay(STOP_MS, false, { ref: false })]);
    if (!inTime) throw new Error(`the server did not end after ${signal}: ${errors}`);
    if (errors !== '') throw new Error(`the server complained: ${errors}`);
    return child.signalCode ?? child.exitCode;
  }

  return {
    port: Number(port),
    pid: child.pid ?? 0,
    ended: ended.then(() => child.signalCode ?? child.exitCode),
    output: () => output,
    users: new Map([
      ...place.users,
      ...[...output.matchAll(/^ {2}([a-z-]+) +(\S+) {2}(?:federal|state|private), /gm)].map(toUser),
    ]),
    async kill() {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
  };
}

function toUser([, name = '', password = '']: RegExpExecArray): [string, string] {
  return [name, password];
}
