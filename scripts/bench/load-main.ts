/*
 * The load generator: a process of its own that keeps connections busy and checks every answer. It speaks to plain
 * sockets, for it has to cost less than the servers that it measures.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { LoadPlan, LoadResult } from './load.ts';
import { cpuSecondsOf } from './machine.ts';

const RECEIVE_BYTES = 256 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');
const LENGTH = /\r\ncontent-length: *(\d+)/i;

interface Client {
  send(request: Buffer): void;
  close(): void;
}

type OnAnswer = (client: Client) => void;

/** Opens a connection that sends one request at a time. `fail` is told of any answer that is not as expected. */
function openClient(plan: LoadPlan, onAnswer: OnAnswer, fail: (why: string) => void): Promise<Client> {
  let head = Buffer.alloc(0);
  let isInBody = false;
  let missing = 0;
  let isClosed = false;

  function readHead(chunk: Buffer): Buffer {
    const all = head.byteLength === 0 ? chunk : Buffer.concat([head, chunk]);
    const end = all.indexOf(HEAD_END);
    if (end < 0) {
      head = Buffer.from(all);
      return all.subarray(all.byteLength);
    }
    head = Buffer.alloc(0);
    const text = all.toString('latin1', 0, end);
    const status = Number(text.slice(9, 12));
    const bytes = Number(LENGTH.exec(text)?.[1] ?? -1);
    const { expected } = plan;
    if (status !== expected.status || bytes !== expected.bytes) {
      fail(`wanted ${expected.status} with ${expected.bytes} bytes, found ${status} with ${bytes}`);
    }
    isInBody = true;
    missing = bytes;
    return all.subarray(end + HEAD_END.byteLength);
  }

  function take(chunk: Buffer): void {
    const body = isInBody ? chunk : readHead(chunk);
    if (!isInBody) return;
    missing -= body.byteLength;
    if (missing < 0) fail('an answer is longer than it says');
    if (missing !== 0) return;
    isInBody = false;
    onAnswer(client);
  }

  const buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  const onread = {
    buffer,
    callback(count: number): boolean {
      take(buffer.subarray(0, count));
      return true;
    },
  };
  const socket: Socket = connect({ host: '127.0.0.1', port: plan.port, noDelay: true, onread });
  const client: Client = {
    send: (request) => void socket.write(request),
    close() {
      isClosed = true;
      socket.destroy();
    },
  };
  socket.on('error', (error) => {
    fail(error.message);
  });
  socket.on('close', () => {
    if (!isClosed) fail('the server closed a connection');
  });
  return new Promise((resolve) => {
    socket.once('connect', () => {
      resolve(client);
    });
  });
}

/** Opens the connections, warms up, measures, and closes when the last answer has come. */
async function drive(plan: LoadPlan): Promise<LoadResult> {
  const requests = plan.requestFiles.map((file) => readFileSync(file));
  const isTimed = plan.durationMs > 0;
  const started = new Map<Client, number>();
  const times: number[] = [];
  let next = 0;
  let isOver = false;
  let fail: (why: string) => void = () => undefined;
  let finish: () => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = (why) => {
      reject(new Error(why));
    };
  });
  let sayEnough: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    sayEnough = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });

  function sendNext(client: Client): void {
    const request = requests[isTimed ? next % requests.length : next];
    next += 1;
    if (isOver || !request) {
      started.delete(client);
      client.close();
      if (started.size === 0) finish();
      return;
    }
    started.set(client, performance.now());
    client.send(request);
  }
  const onAnswer: OnAnswer = (client) => {
    if (!isOver) times.push(performance.now() - (started.get(client) ?? 0));
    if (times.length === plan.maxAnswers) sayEnough();
    sendNext(client);
  };
  const opening = Array.from({ length: plan.connections }, () => openClient(plan, onAnswer, fail));
  const clients = await Promise.race([Promise.all(opening), failed]);

  const begin = (): { at: number; cpu: number; answers: number } => ({
    at: performance.now(),
    cpu: cpuSecondsOf(plan.pid),
    answers: times.length,
  });
  let from = begin();
  for (const client of clients) started.set(client, from.at);
  for (const client of clients) sendNext(client);
  if (isTimed) {
    await Promise.race([pause(plan.warmupMs), failed]);
    from = begin();
    await Promise.race([pause(plan.durationMs), enough, failed]);
  } else {
    await Promise.race([finished, failed]);
  }
  const to = begin();
  isOver = true;
  if (isTimed) await Promise.race([finished, failed]);
  const measured = times.slice(from.answers, to.answers).sort((a, b) => a - b);
  return {
    answers: measured.length,
    seconds: (to.at - from.at) / 1000,
    cpuSeconds: to.cpu - from.cpu,
    medianMs: measured[Math.floor(measured.length / 2)] ?? 0,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function parsePlan(json: string): LoadPlan {
  return JSON.parse(json) as LoadPlan;
}

try {
  process.stdout.write(JSON.stringify(await drive(parsePlan(process.argv[2] ?? ''))), () => process.exit(0));
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error), () => process.exit(1));
}
