import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { makeTestDatabase } from '../support/test-database.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'scripts', 'pollwatch.js');
export const COLLECTIONS = join(ROOT, 'collections');
export const SAMPLE = join(COLLECTIONS, 'samples', 'august-2018.json');
const STOP_MS = 20_000;

export type Environment = Readonly<Record<string, string>>;

export interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a database of its own. */
export interface Place {
  readonly folder: string;
  readonly env: Environment;
  remove(): Promise<void>;
}

export async function makePlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-cli-'));
  const database = await makeTestDatabase(folder);
  return {
    folder,
    env: {
      POLLWATCH_DATABASE_URL: database.url,
      POLLWATCH_COLLECTIONS_DIR: COLLECTIONS,
      POLLWATCH_PORT: '0',
      // Halves the time that each process takes to start.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    },
    async remove() {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function start(args: readonly string[], env: Environment): ChildProcess {
  // The settings of whoever runs the tests must not count.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('POLLWATCH_'));
  return spawn(process.execPath, [PROGRAM, ...args], { env: { ...Object.fromEntries(own), ...env } });
}

/** Runs one command to its end, as a shell would. */
export async function runPollwatch(
  env: Environment,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Run> {
  const child = start(args, env);
  const { stdin, stdout, stderr } = child;
  assert.ok(stdin && stdout && stderr);
  // A command that does not read its input may end first.
  stdin.on('error', () => undefined);
  stdin.end(input);
  const [out, err] = await Promise.all([text(stdout), text(stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout: out, stderr: err };
}

/** Runs a command that has to succeed, and reads the one JSON document that it prints. */
export async function readDocument(
  env: Environment,
  args: readonly string[],
  input?: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { exitCode, stdout, stderr } = await runPollwatch(env, [...args, '--json'], input);
  assert.equal(exitCode, 0, stderr);
  return parseDocument(stdout);
}

/** The JSON object that is the whole of an output. */
export function parseDocument(output: string): Readonly<Record<string, unknown>> {
  const found: unknown = JSON.parse(output);
  assert.ok(typeof found === 'object' && found !== null && !Array.isArray(found), output);
  return Object.fromEntries(Object.entries(found));
}

/** The list of objects that a document has under a name. */
export function listOf(
  document: Readonly<Record<string, unknown>>,
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  const list = document[name];
  assert.ok(Array.isArray(list), `no list "${name}"`);
  return list.map((each: unknown) => parseDocument(JSON.stringify(each)));
}

export interface RunningServer {
  readonly url: string;
  /** What it printed first. */
  readonly greeting: string;
  /** @returns the exit status after SIGTERM */
  stop(): Promise<number | null>;
}

/** Starts `serve` and waits until it says where it listens. */
export async function startServer(env: Environment, args: readonly string[] = []): Promise<RunningServer> {
  const child = start(['serve', ...args], env);
  const { stdout, stderr } = child;
  assert.ok(stdout && stderr);
  let output = '';
  const collect = (chunk: unknown): void => {
    output += String(chunk);
  };
  stdout.on('data', collect);
  stderr.on('data', collect);
  const ended = once(child, 'close');
  const deadline = performance.now() + STOP_MS;
  for (;;) {
    const url = /https?:\/\/[^\s"]+:\d+/.exec(output)?.[0];
    if (url !== undefined) {
      return {
        url,
        greeting: output,
        async stop() {
          child.kill('SIGTERM');
          const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
          await ended;
          clearTimeout(force);
          return child.exitCode;
        },
      };
    }
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      await ended;
      throw new Error(`the server did not start: ${output}`);
    }
    await delay(20);
  }
}
