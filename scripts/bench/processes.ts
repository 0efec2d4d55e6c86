import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A server under test, in a process of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

const START_MS = 30_000;
const STOP_MS = 10_000;
const POLL_MS = 20;
const LISTENS = /http:\/\/127\.0\.0\.1:(\d+)/;

const running = new Set<ChildProcess>();

/** Keeps a process from outliving this one. */
export function watchOver(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

/** Whatever ends this process ends its children. */
export function endOnSignals(): void {
  process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
}

/**
 * Starts a Node process and waits until its output names the port that it listens on.
 * @param folder takes the file that its output goes to
 */
export async function startServerProcess(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const log = join(folder, `server-${process.hrtime.bigint()}.log`);
  const output = openSync(log, 'w');
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', output, output] });
  closeSync(output);
  watchOver(child);
  const port = await waitForPort(child, log);
  return {
    pid: child.pid ?? 0,
    port,
    async [Symbol.asyncDispose]() {
      await stop(child);
      // One line a request is a lot after many rounds.
      await rm(log, { force: true });
    },
  };
}

async function waitForPort(child: ChildProcess, log: string): Promise<number> {
  const deadline = performance.now() + START_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    const port = LISTENS.exec(readFileSync(log, 'utf8'))?.[1];
    if (port !== undefined) return Number(port);
    await delay(POLL_MS);
  }
  await stop(child);
  throw new Error(`a server did not start:\n${readFileSync(log, 'utf8').slice(0, 2000)}`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
