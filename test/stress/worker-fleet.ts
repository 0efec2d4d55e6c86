import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ANY_SERVER, type Address, type Fleet, type FleetOptions } from './fleet.ts';

const START_MS = 40_000;
const LOOK_AGAIN_MS = 20;
const SAID_MAX = 4000;
const PORT = /Pollwatch listens on http:\/\/127\.0\.0\.1:(\d+) /;

/**
 * Starts `serve` with so many workers, which share one port: who answers a request is up to the operating system.
 * The demon does to workers what it does to servers; the main process starts them again.
 */
export async function startWorkerFleet(options: FleetOptions): Promise<Fleet> {
  const { size, folder, settings, history } = options;
  const inherited = Object.entries(process.env).filter(([name]) => !/^(POLLWATCH|NODE)_/.test(name));
  const clocks = join(folder, 'clocks');
  mkdirSync(clocks);
  const clock = join(import.meta.dirname, 'shifted-clock.ts');
  const main = resolve(import.meta.dirname, '../../scripts/pollwatch.js');
  const child = spawn(process.execPath, ['--import', clock, main, 'serve'], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      POLLWATCH_TEST_CLOCKS: clocks,
      POLLWATCH_PORT: '0',
      POLLWATCH_LOG_LEVEL: 'error',
      POLLWATCH_WORKERS: String(size),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(() => undefined);
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  let said = '';
  let isClosing = false;
  const listen = (text: string): void => {
    said = (said + text).slice(-SAID_MAX);
  };
  child.stderr.setEncoding('utf8').on('data', listen);
  const listening = new Promise<number>((tell) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      listen(text);
      const port = PORT.exec(said)?.[1];
      if (port !== undefined) tell(Number(port));
    });
  });
  const port = await Promise.race([listening, ended, delay(START_MS, undefined, { ref: false })]);
  if (port === undefined) {
    endNow();
    throw new Error(`the workers did not start: ${said}`);
  }
  child.once('exit', () => {
    if (!isClosing) history.note({ action: 'died' });
  });
  // Each has connections of its own, which mostly come to different workers.
  const addresses = Array.from({ length: size }, (): Address => ({
    server: ANY_SERVER,
    port,
    agent: new Agent({ keepAlive: true }),
  }));
  const stopped = new Map<number, number>();
  const stopCalls = new Set<() => void>();

  /** A number stands for the worker with that place among those that run. */
  function pidOf(server: number): number | undefined {
    return readWorkers(child.pid)[server];
  }

  return {
    size,
    async pick(random) {
      const address = addresses[random(addresses.length)];
      if (!address) throw new Error('there are no workers');
      return address;
    },
    addresses: () => addresses,
    whenStopped(_server, call) {
      if (stopped.size > 0) call();
      stopCalls.add(call);
      return () => stopCalls.delete(call);
    },
    async kill(server) {
      const pid = pidOf(server);
      // Its successor has not been started yet; one that is stopped goes on first.
      if (pid === undefined || [...stopped.values()].includes(pid)) return;
      history.note({ action: 'kill', server });
      process.kill(pid, 'SIGKILL');
      const deadline = performance.now() + START_MS;
      while (readWorkers(child.pid).length < size || readWorkers(child.pid).includes(pid)) {
        if (performance.now() > deadline) throw new Error('a worker was not started again');
        await delay(LOOK_AGAIN_MS);
      }
    },
    stop(server) {
      const pid = pidOf(server);
      if (pid === undefined) return;
      history.note({ action: 'stop', server });
      process.kill(pid, 'SIGSTOP');
      stopped.set(server, pid);
      for (const call of [...stopCalls]) call();
    },
    resume(server) {
      const pid = stopped.get(server);
      if (pid === undefined) return;
      stopped.delete(server);
      history.note({ action: 'continue', server });
      process.kill(pid, 'SIGCONT');
    },
    setClock(server, offsetMs) {
      const pid = pidOf(server);
      if (pid === undefined) return;
      history.note({ action: 'clock', server, offsetMs });
      // In one step: a worker reads it at any time.
      writeFileSync(join(clocks, 'next'), String(offsetMs));
      renameSync(join(clocks, 'next'), join(clocks, String(pid)));
    },
    complaints: () => said,
    async close() {
      isClosing = true;
      process.off('exit', endNow);
      for (const pid of stopped.values()) process.kill(pid, 'SIGCONT');
      for (const { agent } of addresses) agent.destroy();
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The pids of a main process's workers, from /proc. */
function readWorkers(pid: number | undefined): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
