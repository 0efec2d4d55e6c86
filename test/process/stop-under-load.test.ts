import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { makePlace, startServerProcess } from './server-process.ts';

const BOUND = { timeout: 60_000 };
const MEDIA_TYPE = 'application/taxii+json;version=2.1';
const TIME = '2026-10-01T08:00:00.000Z';
const PATH = '/feed/collections/exchange/objects/';

interface Loop {
  readonly answers: number;
  readonly ending: string;
  /** What the last answer said of the connection. */
  readonly last: string | undefined;
}

interface Ask {
  readonly port: number;
  readonly authorization: string;
  readonly method: 'GET' | 'POST';
}

/** One connection that is kept and used without a pause, until there is none to be had. */
async function askUntilRefused({ port, authorization, method }: Ask, count: () => void): Promise<Loop> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answers = 0;
  let last: string | undefined;
  for (;;) {
    const campaign = { type: 'campaign', spec_version: '2.1', id: `campaign--${randomUUID()}` };
    const object = { ...campaign, created: TIME, modified: TIME, name: 'x' };
    const body = method === 'POST' ? JSON.stringify({ objects: [object] }) : '';
    const headers = { Authorization: authorization, Accept: MEDIA_TYPE, 'Content-Length': body.length };
    const type = body === '' ? {} : { 'Content-Type': MEDIA_TYPE };
    try {
      last = await new Promise((resolve, reject) => {
        const where = { host: '127.0.0.1', port, path: PATH, agent, method };
        const sent = request({ ...where, headers: { ...headers, ...type } }, (response) => {
          assert.equal(response.statusCode, method === 'GET' ? 200 : 202);
          response.on('error', reject).resume();
          response.on('end', () => resolve(response.headers.connection));
        });
        sent.on('error', reject).end(body);
      });
    } catch (error) {
      agent.destroy();
      return { answers, last, ending: error instanceof Error && 'code' in error ? String(error.code) : '' };
    }
    answers += 1;
    count();
  }
}

test(
  'SIGTERM under load resets nothing: each connection gets a last answer that closes it, and idle ones end',
  BOUND,
  async (t) => {
    const place = await makePlace(t);
    const server = await startServerProcess(t, place);
    const { port } = server;
    const password = server.users.get('nass') ?? '';
    const authorization = `Basic ${Buffer.from(`nass:${password}`).toString('base64')}`;
    const silent = connect(port, '127.0.0.1');
    const idle = connect(port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(idle, 'connect')]);
    idle.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle, 'data');
    const gone = Promise.all([silent, idle].map((socket) => once(socket.resume(), 'close')));

    let answered = 0;
    const count = (): void => void (answered += 1);
    const methods = [...Array<'GET'>(10).fill('GET'), ...Array<'POST'>(6).fill('POST')];
    const loops = Promise.all(
      methods.map((method) => askUntilRefused({ port, authorization, method }, count)),
    );
    while (answered < 200) await turn();
    const started = performance.now();
    const ended = server.terminate();
    for (const loop of await loops) {
      assert.equal(loop.ending, 'ECONNREFUSED', JSON.stringify(loop));
      assert.equal(loop.last, 'close', JSON.stringify(loop));
    }
    await gone;
    assert.equal(await ended, 0);
    // Far from the 30 s after which what is left would be cut off.
    assert.ok(performance.now() - started < 15_000);
  },
);

test(
  'SIGTERM lets a request that was begun be sent to its end, and answers it with a close',
  BOUND,
  async (t) => {
    const place = await makePlace(t);
    const server = await startServerProcess(t, place);
    const socket = connect(server.port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    await once(socket, 'connect');
    const get = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n';
    socket.write(`${get}\r\n`);
    await once(socket, 'data');
    const idle = connect(server.port, '127.0.0.1');
    idle.write(`${get}\r\n`);
    await once(idle, 'data');
    const idleGone = once(idle.resume(), 'close');
    socket.write(get);
    const ended = server.terminate();
    // Idle connections are closed by now, and this one is none of them.
    await idleGone;
    socket.write('\r\n');
    await once(socket, 'close');
    const heads = received.split('HTTP/1.1 200').slice(1);
    assert.equal(heads.length, 2, received);
    assert.match(heads[1] ?? '', /\r\nConnection: close\r\n/i);
    assert.equal(await ended, 0);
  },
);
