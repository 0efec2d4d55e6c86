import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createHttpServer, type HttpOptions, type HttpServer } from '../../server/http-server.ts';
import { createFakeIds } from '../support/fake-ids.ts';
import { startTestServer } from '../support/test-server.ts';
import { makeAuthority, named } from './tls-certificates.ts';
import { makePemFolder } from './tls-client.ts';

const SEND_TIMEOUT_MS = 400;
const DEADLINE_MS = 20_000;
// So long that the system cannot hold all that 30,000 requests bring.
const SMALL = 'small'.padEnd(1000);
const LARGE = Buffer.alloc(32 << 20, 'a');

const serverFiles = makeAuthority('Tests').issue({ subject: named('localhost'), use: 'serverAuth' });

interface Running extends AsyncDisposable {
  readonly http: HttpServer;
  /** Answers that were asked for at `/held` and are still to be given. */
  readonly held: ServerResponse[];
  /** A connection that reads nothing until it is told to. */
  open(): Promise<Socket>;
}

/** `/small` and `/large` are answered at once, `/half` and `/held` by the test; `/half` has begun. */
async function start(scheme: Scheme): Promise<Running> {
  const folder = makePemFolder();
  const held: ServerResponse[] = [];
  const clients: Socket[] = [];
  const answer: RequestListener = (req, res) => {
    if (req.url === '/large') res.setHeader('Content-Length', LARGE.length).end(LARGE);
    else if (req.url === '/small') res.setHeader('Content-Length', SMALL.length).end(SMALL);
    else held.push(res);
    if (req.url === '/half') res.setHeader('Content-Length', 8).write('half');
  };
  const bounds: HttpOptions = {
    ...{ maxHeaderBytes: 65_536, maxConnections: 100, sendTimeoutMs: SEND_TIMEOUT_MS },
    ...{ requestTimeoutMs: 60_000, headersTimeoutMs: 60_000, keepAliveTimeoutMs: 60_000 },
    ...{ tlsCertFile: undefined, tlsKeyFile: undefined, tlsClientCaFile: undefined },
  };
  const files = {
    tlsCertFile: folder.write('server.pem', serverFiles.cert),
    tlsKeyFile: folder.write('server.key', serverFiles.key),
  };
  const options = scheme === 'https' ? { ...bounds, ...files } : bounds;
  const http = createHttpServer(answer, options, createFakeIds(7));
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  const port = toPort(http);
  return {
    ...{ http, held },
    async open() {
      const socket = await connectTo(port, scheme);
      clients.push(socket);
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await http.stop(100);
      folder[Symbol.dispose]();
    },
  };
}

function toPort({ server }: HttpServer): number {
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

type Scheme = 'http' | 'https';

async function connectTo(port: number, scheme: Scheme): Promise<Socket> {
  const socket =
    scheme === 'https'
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connectTcp({ port, host: '127.0.0.1' });
  // A reset is the way in which the server ends such a connection.
  socket.on('error', () => undefined);
  await once(socket, scheme === 'https' ? 'secureConnect' : 'connect');
  socket.pause();
  return socket;
}

function ask(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

function countConnections({ server }: HttpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

async function waitFor(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) assert.fail(`not in time: ${what}`);
    await pause(20);
  }
}

/** Reads on. @returns how many bytes came, and what of them was asked about */
function read(socket: Socket, pattern: RegExp): { bytes: number; matches: number } {
  const came = { bytes: 0, matches: 0 };
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    came.bytes += chunk.length;
    // The end of a chunk may be the beginning of a match.
    rest += chunk.toString('latin1');
    const found = [...rest.matchAll(pattern)];
    came.matches += found.length;
    const last = found.at(-1);
    rest = rest.slice(last ? last.index + last[0].length : 0).slice(-100);
  });
  socket.resume();
  return came;
}

for (const scheme of ['http', 'https'] as const) {
  describe(`who does not read over ${scheme}`, { timeout: 60_000 }, () => {
    test('a client that asks 30,000 times and never reads is cut off', async () => {
      await using running = await start(scheme);
      const socket = await running.open();
      socket.write(ask('/small').repeat(30_000));
      await waitFor('the connection is taken in', async () => (await countConnections(running.http)) === 1);
      await waitFor('the connection is closed', async () => (await countConnections(running.http)) === 0);
    });

    test('a client that never reads one large answer is cut off, also when it goes on asking', async () => {
      await using running = await start(scheme);
      const socket = await running.open();
      socket.write(ask('/large'));
      const asking = setInterval(() => socket.write(ask('/small')), SEND_TIMEOUT_MS / 4);
      await waitFor('the connection is taken in', async () => (await countConnections(running.http)) === 1);
      await waitFor('the connection is closed', async () => (await countConnections(running.http)) === 0);
      clearInterval(asking);
    });

    test('a client that waits for its answer, or for the rest of it, is not cut off', async () => {
      await using running = await start(scheme);
      const { held } = running;
      const waiting = [await running.open(), await running.open()];
      for (const [index, socket] of waiting.entries()) socket.write(ask(['/held', '/half'][index] ?? ''));
      await waitFor('both are asked', () => held.length === 2);
      const slow = await running.open();
      slow.write(ask('/large'));
      await waitFor('the third is taken in', async () => (await countConnections(running.http)) === 3);
      await waitFor('the third is closed', async () => (await countConnections(running.http)) === 2);
      for (const res of held) {
        if (!res.headersSent) res.setHeader('Content-Length', 4);
        res.end('done');
      }
      const came = waiting.map((socket) => read(socket, /done/g));
      await waitFor('both are answered', () => came.every(({ matches }) => matches === 1));
    });

    test('a client that reads slowly and steadily has its large answer for longer than one that never reads', async () => {
      await using running = await start(scheme);
      const steady = await running.open();
      const never = await running.open();
      let cameBytes = 0;
      steady.on('data', (chunk: Buffer) => {
        const before = cameBytes;
        cameBytes += chunk.length;
        if (cameBytes >> 20 === before >> 20) return;
        steady.pause();
        setTimeout(() => steady.resume(), SEND_TIMEOUT_MS / 7);
      });
      steady.write(ask('/large'));
      never.write(ask('/large'));
      steady.resume();
      await waitFor('both are taken in', async () => (await countConnections(running.http)) === 2);
      await waitFor('one is cut off', async () => (await countConnections(running.http)) === 1);
      const cutAt = cameBytes;
      await waitFor('the other has it all', () => cameBytes > LARGE.length || steady.destroyed);
      assert.ok(cameBytes > LARGE.length, `only ${cameBytes} bytes came`);
      assert.ok(cutAt < LARGE.length / 2, `it was slow for too short a time: ${cutAt} bytes`);
    });

    test('only some requests of one connection are taken in before their answers are, and none is lost', async () => {
      await using running = await start(scheme);
      const { held } = running;
      const socket = await running.open();
      const request = ask('/held');
      const count = 30_000;
      socket.write(request.repeat(count));
      await waitFor('the first are taken in', () => held.length >= 100);
      // Whoever comes later is answered only after what the first one sent could have been taken in.
      const other = await running.open();
      const otherCame = read(other, /small/g);
      for (let round = 1; round <= 20; round += 1) {
        other.write(ask('/small'));
        await waitFor('the other is answered', () => otherCame.matches === round);
      }
      assert.ok(held.length <= 100 + 65_536 / request.length, `${held.length} were taken in`);
      const came = read(socket, /done/g);
      await waitFor('all are answered', () => {
        for (const res of held.splice(0)) res.setHeader('Content-Length', 4).end('done');
        return came.matches === count;
      });
    });
  });
}

test('the server takes its bound for slow readers from SEND_TIMEOUT', { timeout: 60_000 }, async () => {
  await using server = await startTestServer({ SEND_TIMEOUT: '1s' });
  const socket = await connectTo(server.port, 'http');
  let isClosed = false;
  socket.once('close', () => (isClosed = true));
  socket.write(ask('/health/live').repeat(30_000));
  // Who does not read sees a reset only when it writes.
  await waitFor('the connection is closed', () => {
    if (!isClosed) socket.write(ask('/health/live'));
    return isClosed;
  });
});
