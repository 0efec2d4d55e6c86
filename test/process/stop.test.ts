import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { readRandomRuns } from '../support/random-runs.ts';
import { expectCarriedOut, expectThere, expectWhole, readAll, type Stream } from './expectations.ts';
import { createFeed, type Feed } from './feed.ts';
import { createProgress, createRandom } from './progress.ts';
import { makePlace, startServerProcess } from './server-process.ts';
import { write, type Accepted } from './writer.ts';

const STOPS = process.env['POLLWATCH_TEST_LONG'] === '1' ? 10 : 2;
const BOUND = { timeout: 60_000 + STOPS * 20_000 };
const DEADLINE_MS = 10_000;
/** Between two pieces of a page; together they take longer than what a server may do at once when it stops. */
const PAUSES = 10;
const MEDIA_TYPE = 'application/taxii+json;version=2.1';
const TIME = '2026-10-01T08:00:00.000Z';

function makeCampaign(name: string): { readonly type: string; readonly id: string } {
  const id = `campaign--${randomUUID()}`;
  return { ...{ type: 'campaign', id, created: TIME, modified: TIME }, ...{ spec_version: '2.1', name } };
}

function begin(port: number, password: string, method: 'GET' | 'POST', bytes = 0): ClientRequest {
  const authorization = `Basic ${Buffer.from(`nass:${password}`).toString('base64')}`;
  const body = { 'Content-Type': MEDIA_TYPE, 'Content-Length': bytes, Expect: '100-continue' };
  const path = '/feed/collections/exchange/objects/';
  const headers = { Authorization: authorization, Accept: MEDIA_TYPE, ...(bytes > 0 ? body : {}) };
  return request({ host: '127.0.0.1', port, path, method, headers, agent: false });
}

async function answerOf(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  answer.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(answer, 'end');
  assert.ok(answer.complete);
  return Buffer.concat(chunks).toString();
}

/** Answers once nobody listens any more. */
async function untilRefused(port: number): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    const socket = connect(port, '127.0.0.1');
    const isRefused = await new Promise<boolean>((resolve) => {
      socket.on('connect', () => resolve(false)).on('error', () => resolve(true));
    });
    socket.destroy();
    if (isRefused) return;
    await turn();
  }
  throw new Error('the server still listens');
}

/** Reads as a client does that looks at each piece before it takes the next. @returns how many bytes came */
async function readSlowly(answer: IncomingMessage, port: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of answer) {
    bytes += Buffer.byteLength(parseChunk(chunk));
    for (let pause = 0; pause < PAUSES; pause += 1) await untilRefused(port);
  }
  assert.ok(answer.complete);
  return bytes;
}

function parseChunk(chunk: unknown): Buffer {
  return chunk as Buffer;
}

/** Fills the collection so that a page of it is more than a connection holds on its way. */
async function postLargeObjects(feed: Feed): Promise<void> {
  for (let part = 0; part < 4; part += 1) {
    const body = JSON.stringify({ objects: [makeCampaign('x'.repeat(9_000_000))] });
    const question = {
      path: '/feed/collections/exchange/objects/',
      user: 'nass',
      method: 'POST',
      body,
    } as const;
    assert.equal((await feed.ask(question)).status, 202);
  }
}

test(
  'SIGTERM lets requests in flight finish: half sent uploads are taken, slow readers get all, exit code 0',
  BOUND,
  async (t) => {
    const place = await makePlace(t);
    const server = await startServerProcess(t, place);
    const feed = createFeed(server.users);
    feed.begin(server);
    await postLargeObjects(feed);
    const password = server.users.get('nass') ?? '';

    const uploads = Array.from({ length: 5 }, () => {
      const object = makeCampaign('In flight');
      const bytes = Buffer.from(JSON.stringify({ objects: [object] }));
      return { object, bytes, sent: begin(server.port, password, 'POST', bytes.byteLength) };
    });
    for (const { sent, bytes } of uploads) {
      sent.flushHeaders();
      // Now the server waits for the body.
      await once(sent, 'continue');
      sent.write(bytes.subarray(0, 20));
    }
    const reading = begin(server.port, password, 'GET');
    reading.end();
    const page = await answerOf(reading);
    page.pause();

    feed.end();
    const ended = server.terminate();
    await untilRefused(server.port);
    const statuses = await Promise.all(
      uploads.map(async ({ sent, bytes }) => {
        const answering = answerOf(sent);
        sent.end(bytes.subarray(20));
        const answer = await answering;
        return [answer.statusCode, await readText(answer)] as const;
      }),
    );
    for (const [status, text] of statuses) assert.equal(status, 202, text);
    assert.equal(await readSlowly(page, server.port), Number(page.headers['content-length']));
    assert.equal(await ended, 0);

    await expectWhole(place);
    feed.begin(await startServerProcess(t, place));
    const shown = (await readAll(feed, 'exchange')).map(({ id }) => id);
    for (const { object } of uploads) assert.equal(shown.filter((id) => id === object.id).length, 1);
  },
);

test('SIGTERM during a stream of uploads loses nothing that was answered 202', BOUND, async (t) => {
  const { seed } = readRandomRuns(t);
  const random = createRandom(seed);
  const place = await makePlace(t);
  let server = await startServerProcess(t, place);
  const feed = createFeed(server.users);
  const progress = createProgress();
  const accepted: Accepted[] = [];
  const stream: Stream = { to: 'intake', readIn: 'state', users: ['dhs', 'facebook'], accepted };
  let isOver = false;
  feed.begin(server);
  const writers = Promise.all(
    stream.users.map((user, number) =>
      write({
        ...{ feed, to: stream.to, user, progress, accepted },
        random: createRandom(seed + number + 1),
        isOver: () => isOver,
        onLoss: () => undefined,
      }),
    ),
  );
  // A rejection is looked at where it is awaited; until then it must not end the process.
  writers.catch(() => undefined);
  for (let stop = 0; stop < STOPS; stop += 1) {
    await Promise.race([writers, progress.past(progress.count + random(20))]);
    assert.equal(await server.terminate(), 0);
    feed.end();
    await expectWhole(place);
    const answered = [...accepted];
    server = await startServerProcess(t, place, { POLLWATCH_PORT: String(server.port) });
    feed.begin(server);
    await expectThere(feed, stream, answered);
  }
  isOver = true;
  await writers;
  await expectCarriedOut(feed, stream.users, accepted);
  await expectThere(feed, stream, accepted);
  feed.end();
  assert.equal(await server.terminate(), 0);
});
