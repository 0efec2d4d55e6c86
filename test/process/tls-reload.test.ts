import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeAuthority, named, type Authority } from '../http/tls-certificates.ts';
import { ask, makePemFolder, openTls, type PemFolder } from '../http/tls-client.ts';
import { childrenOf } from './process-tree.ts';

const DEADLINE_MS = 20_000;
const BOUND = { timeout: 60_000 };

interface Running {
  readonly port: number;
  readonly pid: number;
  /** What it wrote so far. */
  readonly output: () => string;
  readonly hangUp: () => void;
  /** SIGTERM; answers the exit code. */
  readonly terminate: () => Promise<number | null>;
}

/** Polls until it is so. */
async function until(isSo: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, what());
    await delay(10);
  }
}

async function start(
  t: TestContext,
  settings: Readonly<Record<string, string>>,
  meanwhile: (pid: number) => Promise<void> = async () => undefined,
): Promise<Running> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(POLLWATCH|NODE)_/.test(name));
  const child = spawn(process.execPath, [resolve('scripts/pollwatch.js'), 'serve'], {
    env: {
      ...Object.fromEntries(inherited),
      POLLWATCH_PORT: '0',
      POLLWATCH_DATABASE_URL: 'sqlite::memory:',
      POLLWATCH_COLLECTIONS_DIR: resolve('collections'),
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const pid = child.pid ?? 0;
  await meanwhile(pid);
  const listens = (): RegExpExecArray | null => /listens on https?:\/\/127\.0\.0\.1:(\d+) /.exec(output);
  await until(
    () => listens() !== null,
    () => output,
  );
  return {
    port: Number(listens()?.[1]),
    pid,
    output: () => output,
    hangUp: () => void child.kill('SIGHUP'),
    async terminate() {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
  };
}

async function serialOf(port: number): Promise<string | undefined> {
  using connection = await openTls(port);
  return connection.socket.getPeerX509Certificate()?.serialNumber;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

const READ = 'the TLS files were read again';
const REFUSED = 'the TLS files were not taken';

/** Puts a new certificate and key where the server reads them. @returns its serial number */
function renew(folder: PemFolder, authority: Authority): string {
  const { cert, key } = authority.issue({ subject: named('localhost'), use: 'serverAuth' });
  folder.write('server.pem', cert);
  folder.write('server.key', key);
  return new X509Certificate(cert).serialNumber;
}

test('SIGHUP serves another certificate, keeps connections, and refuses a broken file', BOUND, async (t) => {
  using folder = makePemFolder();
  const authority = makeAuthority('Servers');
  const partners = makeAuthority('Partners');
  const first = renew(folder, authority);
  const server = await start(t, {
    POLLWATCH_TLS_CERT_FILE: join(folder.path, 'server.pem'),
    POLLWATCH_TLS_KEY_FILE: join(folder.path, 'server.key'),
    POLLWATCH_TLS_CLIENT_CA_FILE: folder.write('clients.pem', partners.cert),
  });
  const { port } = server;
  const client = partners.issue({ subject: named('client') });
  using kept = await openTls(port);
  using certified = await openTls(port, client);
  const polls = async (): Promise<void> => {
    assert.match((await kept.ask()).text, /"auth\.required"/);
    assert.match((await certified.ask()).text, /No user signs in .* subject CN=client"/);
  };
  await polls();
  assert.equal(await serialOf(port), first);

  const second = renew(folder, authority);
  assert.equal(await serialOf(port), first);
  server.hangUp();
  await until(() => count(server.output(), READ) === 1, server.output);
  assert.match(server.output(), new RegExp(`"subject":"CN=localhost","serialNumber":"${second}"`));
  assert.equal(await serialOf(port), second);
  await polls();

  folder.write('server.pem', 'broken');
  server.hangUp();
  await until(() => count(server.output(), REFUSED) === 1, server.output);
  assert.match(server.output(), /"level":50,.*POLLWATCH_TLS_CERT_FILE: wanted a certificate/);
  assert.equal(await serialOf(port), second);
  await polls();

  const third = renew(folder, authority);
  folder.write('clients.pem', authority.cert);
  server.hangUp();
  await until(() => count(server.output(), READ) === 2, server.output);
  assert.equal(await serialOf(port), third);
  await certified.closed;
  assert.match((await kept.ask()).text, /"auth\.required"/);
  assert.match((await ask(port, { with: client })).text, /The client certificate is refused/);

  // Otherwise it waits for those who are connected.
  kept.socket.destroy();
  assert.equal(await server.terminate(), 0);
  assert.doesNotMatch(server.output(), /PRIVATE KEY/);
});

test('SIGHUP without TLS changes nothing and does not end the process', BOUND, async (t) => {
  const server = await start(t, {});
  const poll = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}/health/live`)).status;
  for (let times = 0; times < 3; times += 1) {
    server.hangUp();
    assert.equal(await poll(), 200);
  }
  assert.equal(await server.terminate(), 0);
  assert.doesNotMatch(server.output(), /TLS files/);
});

/** Whether a process has a handler for SIGHUP; without one the signal ends it. */
function bearsHangUp(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

test(
  'SIGHUP while the server starts, when the files may have been read, is made up for',
  BOUND,
  async (t) => {
    if (!existsSync('/proc/self/status')) {
      t.skip('there is no /proc that says when a process has a handler');
      return;
    }
    using folder = makePemFolder();
    renew(folder, makeAuthority('Servers'));
    const settings = {
      POLLWATCH_TLS_CERT_FILE: join(folder.path, 'server.pem'),
      POLLWATCH_TLS_KEY_FILE: join(folder.path, 'server.key'),
    };
    const server = await start(t, settings, async (pid) => {
      await until(
        () => bearsHangUp(pid),
        () => 'no handler',
      );
      process.kill(pid, 'SIGHUP');
    });
    await until(() => count(server.output(), READ) === 1, server.output);
    assert.equal(await server.terminate(), 0);
  },
);

test('SIGHUP while a worker starts in the place of another one reaches it as well', BOUND, async (t) => {
  using folder = makePemFolder();
  renew(folder, makeAuthority('Servers'));
  const server = await start(t, {
    POLLWATCH_TLS_CERT_FILE: join(folder.path, 'server.pem'),
    POLLWATCH_TLS_KEY_FILE: join(folder.path, 'server.key'),
    POLLWATCH_DATABASE_URL: `sqlite:${join(folder.path, 'test.db')}`,
    POLLWATCH_WORKERS: '2',
  });
  const before = childrenOf(server.pid);
  process.kill(before[0] ?? 0, 'SIGKILL');
  await until(
    () => childrenOf(server.pid).some((pid) => !before.includes(pid)),
    () => 'no new worker',
  );
  server.hangUp();
  for (const worker of [1, 2]) {
    const line = new RegExp(`"worker":${worker},.*${READ}`);
    await until(() => line.test(server.output()), server.output);
  }
  assert.equal(await server.terminate(), 0);
});
