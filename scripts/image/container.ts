import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Image } from './build-image.ts';

/** What a command of the image said, and how it ended. */
export interface Ended {
  /** The exit status, or the signal that ended it. */
  readonly status: number | string | null;
  readonly output: string;
}

/** The main process of the image, while it runs. */
export interface Container {
  /** Runs a command beside it, with the same settings. */
  exec(words: readonly string[]): Ended;
  /** Sends the signal that the image names and waits for the end. @throws Error when it does not end in time */
  stop(): Promise<Ended>;
  /** Ends it at once, if it still runs. */
  kill(): Promise<void>;
}

const STOP_MS = 20_000;
const COMMAND_MS = 30_000;

/** The environment of a container: what the image sets, and what its operator adds; nothing of this machine's. */
function toOptions(image: Image, settings: Readonly<Record<string, string>>): SpawnOptions {
  const [uid, gid] = image.user.split(':').map(Number);
  const isRoot = process.getuid?.() === 0;
  return {
    cwd: image.folder,
    env: { ...image.env, HOSTNAME: 'container', ...settings },
    ...(isRoot && uid !== undefined && gid !== undefined ? { uid, gid } : {}),
  };
}

/** The program by its path: the process that looks it up has another PATH. */
function toProgram(image: Image, words: readonly string[]): readonly [string, readonly string[]] {
  const [program = '', ...rest] = words;
  return [program === 'node' ? join(image.root, 'usr/local/bin/node') : program, rest];
}

/** Runs one command to its end, as `docker run IMAGE …` with these words after the entry point. */
export function runCommand(
  image: Image,
  words: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Ended {
  return runWords(image, [...image.entrypoint, ...words], settings);
}

function runWords(image: Image, words: readonly string[], settings: Readonly<Record<string, string>>): Ended {
  const [program, rest] = toProgram(image, words);
  const options = { ...toOptions(image, settings), encoding: 'utf8', timeout: COMMAND_MS } as const;
  const { status, signal, stdout, stderr, error } = spawnSync(program, rest, options);
  if (error) throw error;
  return { status: signal ?? status, output: `${stdout}${stderr}` };
}

/** Starts what the image runs; without a shell, as Docker does it. */
export function startContainer(image: Image, settings: Readonly<Record<string, string>>): Container {
  const [program, rest] = toProgram(image, [...image.entrypoint, ...image.command]);
  const child = spawn(program, rest, {
    ...toOptions(image, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {
    exec: (words) => runWords(image, words, settings),
    async stop() {
      child.kill(toSignal(image.stopSignal));
      const isOver = await Promise.race([ended.then(() => true), delay(STOP_MS, false, { ref: false })]);
      if (!isOver) throw new Error(`it did not end after ${image.stopSignal}: ${output}`);
      return { status: child.signalCode ?? child.exitCode, output };
    },
    async kill() {
      if (!isRunning(child)) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function toSignal(name: string): 'SIGTERM' | 'SIGINT' {
  if (name === 'SIGTERM' || name === 'SIGINT') return name;
  throw new Error(`the server does not end in order after ${name}`);
}
