import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildMongo } from './build-mongo.ts';

/** Not a tool of this package, so it is no literal where the check for those looks. */
const JAVA = 'java';
const START_MS = 30_000;
const STOP_MS = 10_000;
const LISTENING = /^listening (\d+)$/;

/** A MongoDB-compatible server in a process of its own. */
export interface MongoServer extends AsyncDisposable {
  /** `mongodb://127.0.0.1:PORT`, without a database. */
  readonly url: string;
  readonly port: number;
  /** The process that runs now; undefined while none does. */
  readonly pid: number | undefined;
  /** SIGTERM; what it kept is removed. */
  stop(): Promise<void>;
  /** SIGKILL; what it kept in a file stays for `restart`. */
  kill(): Promise<void>;
  /** Ends the process if it runs and starts one on the same port: with the same data when kept in a file, else empty. */
  restart(): Promise<void>;
  /** Lets this process end while the server runs, which then ends, too. */
  unref(): void;
}

export interface MongoOptions {
  /** Where the data is; `file` outlives the process, also one that is killed. */
  readonly keep?: 'memory' | 'file';
}

/**
 * Starts a server of its own for the caller, who stops it. It ends by itself when this process does.
 * @throws Error when it cannot be built or does not start; ask `mongoAvailability` first
 */
export async function startMongo({ keep = 'memory' }: MongoOptions = {}): Promise<MongoServer> {
  const build = await buildMongo();
  if ('reason' in build) throw new Error(`There is no server to test against: ${build.reason}`);
  const { classPath } = build;
  const folder = keep === 'file' ? await mkdtemp(join(tmpdir(), 'pollwatch-mongo-')) : undefined;
  const place = folder === undefined ? 'memory' : join(folder, 'data.mv');
  let running = await startProcess(classPath, 0, place);
  const { port } = running;

  const end = (signal: NodeJS.Signals): Promise<void> => endProcess(running.child, signal);
  const stop = async (): Promise<void> => {
    await end('SIGTERM');
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  return {
    url: `mongodb://127.0.0.1:${String(port)}`,
    port,
    get pid() {
      return hasEnded(running.child) ? undefined : running.child.pid;
    },
    stop,
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGTERM');
      running = await startProcess(classPath, port, place);
    },
    unref: () => unrefProcess(running.child),
    [Symbol.asyncDispose]: stop,
  };
}

function unrefProcess(child: ChildProcess): void {
  child.unref();
  for (const stream of [child.stdin, child.stdout]) if (stream instanceof Socket) stream.unref();
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
}

async function startProcess(classPath: string, port: number, place: string): Promise<Running> {
  const child = spawn(
    JAVA,
    [
      '-XX:+UseSerialGC',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=off',
      '-cp',
      classPath,
      'MongoMain',
      String(port),
      place,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const listening = LISTENING.exec(line)?.[1];
      if (listening === undefined) continue;
      child.stdout.resume();
      return { child, port: Number(listening) };
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`The server to test against did not start on port ${String(port)}`);
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const exit = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await exit;
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
