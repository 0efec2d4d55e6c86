import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { History } from './history.ts';

/** Stands for whichever worker takes the connection. */
export const ANY_SERVER = -1;

/** Where a server is reached while it runs. */
export interface Address {
  /** Its number, or ANY_SERVER. */
  readonly server: number;
  readonly port: number;
  readonly agent: Agent;
}

/** Servers over one database, which die, pause and have wrong clocks when they are told to. */
export interface Fleet {
  readonly size: number;
  /** A server that runs, sometimes one that is stopped; waits until there is one. */
  pick(random: (below: number) => number): Promise<Address>;
  /** All that run now, also stopped ones. */
  addresses(): readonly Address[];
  /** Calls back at once when the server is stopped, or as soon as it is. @returns what ends that */
  whenStopped(server: number, call: () => void): () => void;
  /** SIGKILL. Answers when its successor listens. */
  kill(server: number): Promise<void>;
  /** SIGSTOP. */
  stop(server: number): void;
  /** SIGCONT. */
  resume(server: number): void;
  setClock(server: number, offsetMs: number): void;
  /** What the servers last said when something was wrong. */
  complaints(): string;
  close(): Promise<void>;
}

export interface FleetOptions {
  readonly size: number;
  readonly folder: string;
  /** Settings of the servers, by their whole names. */
  readonly settings: Readonly<Record<string, string>>;
  readonly history: History;
}

/** One place in the fleet, taken by one process after another. */
interface Slot {
  readonly server: number;
  readonly stopCalls: Set<() => void>;
  child?: ChildProcess | undefined;
  address?: Address | undefined;
  isStopped: boolean;
  offsetMs: number;
  said: string;
}

const START_MS = 40_000;
const LOOK_AGAIN_MS = 20;
const SAID_MAX = 4000;
/** One pick in so many does not look whether the server is stopped, as a load balancer does not know it at once. */
const BLIND_PICK = 10;

/** Starts all servers and waits until they listen. */
export async function startFleet({ size, folder, settings, history }: FleetOptions): Promise<Fleet> {
  const slots = Array.from({ length: size }, (_, server): Slot => ({
    server,
    stopCalls: new Set(),
    isStopped: false,
    offsetMs: 0,
    said: '',
  }));
  let isClosing = false;
  const slotOf = (server: number): Slot => {
    const slot = slots[server];
    if (!slot) throw new Error(`there is no server ${server}`);
    return slot;
  };

  /** Starts a process as often as it takes: there may be no database just now. */
  async function start(slot: Slot): Promise<void> {
    const deadline = performance.now() + START_MS;
    while (!isClosing) {
      const port = await startOnce(slot, folder, settings);
      if (port !== undefined) {
        slot.address = { server: slot.server, port, agent: new Agent({ keepAlive: true }) };
        watch(slot);
        history.note({ action: 'up', server: slot.server });
        return;
      }
      if (performance.now() > deadline) throw new Error(`server ${slot.server} does not start: ${slot.said}`);
      await delay(LOOK_AGAIN_MS);
    }
  }

  function watch(slot: Slot): void {
    const { child } = slot;
    child?.once('exit', () => {
      if (isClosing || slot.child !== child) return;
      slot.address = undefined;
      history.note({ action: 'died', server: slot.server });
    });
  }

  async function endProcess(slot: Slot, signal: NodeJS.Signals): Promise<void> {
    const { child, address } = slot;
    slot.child = undefined;
    slot.address = undefined;
    if (child && isRunning(child)) {
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    }
    address?.agent.destroy();
  }

  const fleet: Fleet = {
    size,
    async pick(random) {
      const deadline = performance.now() + START_MS;
      for (;;) {
        const running = slots.filter(({ address }) => address !== undefined);
        const awake = running.filter(({ isStopped }) => !isStopped);
        const among = awake.length === 0 || random(BLIND_PICK) === 0 ? running : awake;
        const address = among[random(among.length)]?.address;
        if (address) return address;
        if (performance.now() > deadline) throw new Error('no server has run for long');
        await delay(LOOK_AGAIN_MS);
      }
    },
    addresses: () => slots.flatMap(({ address }) => address ?? []),
    whenStopped(server, call) {
      const slot = slotOf(server);
      if (slot.isStopped) call();
      slot.stopCalls.add(call);
      return () => slot.stopCalls.delete(call);
    },
    async kill(server) {
      const slot = slotOf(server);
      history.note({ action: 'kill', server });
      await endProcess(slot, 'SIGKILL');
      await start(slot);
    },
    stop(server) {
      const slot = slotOf(server);
      history.note({ action: 'stop', server });
      slot.child?.kill('SIGSTOP');
      slot.isStopped = true;
      for (const call of [...slot.stopCalls]) call();
    },
    resume(server) {
      const slot = slotOf(server);
      history.note({ action: 'continue', server });
      slot.isStopped = false;
      slot.child?.kill('SIGCONT');
    },
    setClock(server, offsetMs) {
      const slot = slotOf(server);
      history.note({ action: 'clock', server, offsetMs });
      slot.offsetMs = offsetMs;
      slot.child?.send(offsetMs);
    },
    complaints: () =>
      slots
        .filter(({ said }) => said !== '')
        .map(({ server, said }) => `server ${server}: ${said}`)
        .join('\n'),
    async close() {
      isClosing = true;
      await Promise.all(slots.map((slot) => endProcess(slot, 'SIGKILL')));
    },
  };
  try {
    await Promise.all(slots.map(start));
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return fleet;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** @returns the port, or undefined when the process ended before it listened */
async function startOnce(
  slot: Slot,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(POLLWATCH|NODE)_/.test(name));
  const main = join(import.meta.dirname, 'server-main.ts');
  const child = spawn(process.execPath, [main, String(slot.offsetMs)], {
    cwd: folder,
    env: {
      ...Object.fromEntries(inherited),
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
      POLLWATCH_PORT: '0',
      POLLWATCH_LOG_LEVEL: 'error',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  slot.child = child;
  const listen = (text: string): void => {
    slot.said = (slot.said + text).slice(-SAID_MAX);
  };
  child.stdout?.setEncoding('utf8').on('data', listen);
  child.stderr?.setEncoding('utf8').on('data', listen);
  const endNow = (): void => void child.kill('SIGKILL');
  process.once('exit', endNow);
  child.once('exit', () => process.off('exit', endNow));
  const told = once(child, 'message').then(([url]: unknown[]) => Number(new URL(String(url)).port));
  const ended = once(child, 'exit').then(() => undefined);
  return Promise.race([told, ended]);
}
