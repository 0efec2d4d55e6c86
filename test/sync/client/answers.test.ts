import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createBodyReader } from '../../../server/sync/client/answer-body.ts';
import { faultOf, openClient, readPageOf, startPartner, startRawPartner } from './client-kit.ts';

const LIMIT = 10_000;

/** A page of exactly so many bytes. */
function pageOf(bytes: number): Buffer {
  const frame = '{"objects":[{"id":""}]}';
  return Buffer.from(frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`));
}

describe('the size of an answer', () => {
  test('may be as large as the limit, and not a byte larger', async () => {
    await using partner = await startPartner(({ url }) => ({
      body: pageOf(url.includes('next') ? LIMIT + 1 : LIMIT),
    }));
    await using client = openClient({ limits: { maxAnswerBytes: LIMIT } });
    assert.equal((await readPageOf(client, partner)).objects.length, 1);
    assert.equal(client.bill().bytesIn, LIMIT);
    const fault = await faultOf(readPageOf(client, partner, { next: 'x' }));
    assert.equal(fault.code, 'answer.too-large');
    assert.match(fault.detail, /10000 bytes/);
    assert.equal(partner.seen.length, 2);
  });

  test('is that after decompression too, and what came over the wire is on the bill', async () => {
    await using partner = await startPartner(({ url }) => ({
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(pageOf(url.includes('next') ? LIMIT + 1 : LIMIT)),
    }));
    await using client = openClient({ limits: { maxAnswerBytes: LIMIT } });
    assert.equal(
      (await readPageOf(client, partner)).objects[0]?.text.length,
      LIMIT - '{"objects":[]}'.length,
    );
    assert.equal(client.bill().bytesIn, gzipSync(pageOf(LIMIT)).byteLength);
    assert.equal((await faultOf(readPageOf(client, partner, { next: 'x' }))).code, 'answer.too-large');
  });

  test('ends early when little unpacks to much', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await using partner = await startPartner(() => ({ headers: { 'content-encoding': 'gzip' }, body: bomb }));
    await using client = openClient({ limits: { maxAnswerBytes: LIMIT } });
    const before = process.memoryUsage().arrayBuffers;
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'answer.too-large');
    assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
    assert.ok(client.bill().bytesIn <= bomb.byteLength);
    assert.equal(partner.seen.length, 1);
  });

  test('ends early when it has no end', async () => {
    await using partner = await startRawPartner((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"objects":[');
      const more = (): void => {
        while (!socket.destroyed && socket.write('{"a":1},'.repeat(1000)));
      };
      socket.on('drain', more);
      more();
    });
    await using client = openClient({ limits: { maxAnswerBytes: LIMIT } });
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'answer.too-large');
    assert.ok(client.bill().bytesIn < LIMIT + 1_000_000);
  });

  test('of a refusal does not matter: it is told, and little of it is read', async () => {
    await using partner = await startRawPartner((socket) => {
      socket.write('HTTP/1.1 403 No\r\nContent-Type: text/html\r\n\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(10_000)));
      };
      socket.on('drain', more);
      more();
    });
    await using client = openClient({ limits: { maxAnswerBytes: 50_000_000 } });
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'access.denied');
    assert.ok(client.bill().bytesIn < 2_000_000);
  });

  test('is read whole when it unpacks slower than it comes in', async () => {
    const object = `{"id":"${randomBytes(2_000_000).toString('base64')}"}`;
    await using partner = await startPartner(() => ({
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(`{"objects":[${object}]}`),
    }));
    await using client = openClient({ limits: { maxAnswerBytes: 5_000_000 } });
    assert.equal((await readPageOf(client, partner)).objects[0]?.text, object);
  });

  test('is bounded as it comes over the wire too, where it unpacks to less', async () => {
    const nothing = gzipSync('');
    const body = (times: number) =>
      Buffer.concat([...Array.from({ length: times }, () => nothing), gzipSync('{}')]);
    await using partner = await startPartner(({ url }) => ({
      headers: { 'content-encoding': 'gzip' },
      body: body(url.includes('next') ? LIMIT / nothing.byteLength : 10),
    }));
    await using client = openClient({ limits: { maxAnswerBytes: LIMIT } });
    await readPageOf(client, partner);
    assert.equal((await faultOf(readPageOf(client, partner, { next: 'x' }))).code, 'answer.too-large');
  });

  test('stops coming in while the unpacking is behind', async () => {
    const told: string[] = [];
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      const reader = createBodyReader('gzip', 5_000_000, {
        onEnd: resolve,
        onError: reject,
        onFull: () => told.push('full'),
        onReady: () => {
          told.push('ready');
          reader.end();
        },
      });
      reader.write(gzipSync(randomBytes(1_000_000)));
    });
    assert.equal(bytes.byteLength, 1_000_000);
    assert.deepEqual(told, ['full', 'ready']);
  });

  test('may be compressed in no way but gzip, which is unpacked also when it comes in parts', async () => {
    await using strange = await startPartner(() => ({ headers: { 'content-encoding': 'br' }, body: 'x' }));
    await using client = openClient();
    assert.equal((await faultOf(readPageOf(client, strange))).code, 'answer.unreadable');

    const packed = Buffer.concat([gzipSync('{"more":'), gzipSync('true}')]);
    await using parts = await startPartner(() => ({
      headers: { 'content-encoding': 'X-GZip' },
      body: packed,
    }));
    assert.equal((await readPageOf(client, parts)).more, true);
  });
});

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';

/** How an answer can go wrong that may go well the next time. */
const FAULTS: Readonly<Record<string, (socket: Socket) => void>> = {
  'closed at once': (socket) => socket.end(),
  reset: (socket) => void socket.resetAndDestroy(),
  'cut within the headers': (socket) => socket.end(HEAD),
  'shorter than it says': (socket) => socket.end(`${HEAD}Content-Length: 100\r\n\r\n{"more":true}`),
  'longer than it says': (socket) =>
    socket.end(`${HEAD}Content-Length: 5\r\nConnection: close\r\n\r\n{"more":true}`),
  'cut within a chunk': (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\nff\r\n{"more"`),
  'without its last chunk': (socket) => socket.end(`${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`),
  'without a length, and cut': (socket) => socket.end(`${HEAD}\r\n{"objects":[{"id":"x`),
  'without a length, and cut within a character': (socket) =>
    socket.end(Buffer.concat([Buffer.from(`${HEAD}\r\n{"objects":[{"id":"`), Buffer.from([0xe2, 0x82])])),
  'compressed, and cut': (socket) =>
    socket.end(
      Buffer.concat([Buffer.from(`${HEAD}Content-Encoding: gzip\r\n\r\n`), gzipSync('{}').subarray(0, 15)]),
    ),
  'said to be compressed': (socket) => socket.end(`${HEAD}Content-Encoding: gzip\r\n\r\n{"more":true}`),
  'no HTTP': (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  'with headers that have no end': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const more = (): void => {
      while (!socket.destroyed && socket.write(`X-Header: ${'x'.repeat(1000)}\r\n`));
    };
    socket.on('drain', more);
    more();
  },
};

describe('a connection', () => {
  test('that fails is made again, and what comes then counts', async () => {
    for (const [name, act] of Object.entries(FAULTS)) {
      await using partner = await startRawPartner((socket, index) => {
        if (index < 2) act(socket);
        else socket.end(`${HEAD}Content-Length: 13\r\n\r\n{"more":true}`);
      });
      await using client = openClient({ limits: { maxRetries: 2 } });
      assert.equal((await readPageOf(client, partner)).more, true, name);
      assert.equal(partner.seen.length, 3, name);
      assert.deepEqual(client.waits, [375, 750], name);
    }
  });

  test('that keeps failing is given up after the retries that are allowed', async () => {
    for (const [name, act] of Object.entries(FAULTS)) {
      await using partner = await startRawPartner(act);
      await using client = openClient({ limits: { maxRetries: 1 } });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'connection.failed', name);
      assert.match(fault.detail, /127\.0\.0\.1/, name);
      assert.equal(partner.seen.length, 2, name);
      assert.equal(client.bill().requests, 2, name);
    }
  });

  test('that fails while objects are added is made again too, as the same objects change nothing', async () => {
    await using partner = await startRawPartner((socket, index) => {
      if (index === 0) socket.resetAndDestroy();
      else socket.end(`${HEAD}Content-Length: 21\r\n\r\n{"status":"complete"}`);
    });
    await using client = openClient();
    const status = await client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{}'));
    assert.equal(status.isComplete, true);
    assert.equal(client.bill().bytesOut, 4);
  });

  test('to a port where nothing listens says so', async () => {
    const partner = await startPartner(() => ({ body: {} }));
    await partner[Symbol.asyncDispose]();
    await using client = openClient({ limits: { maxRetries: 1 } });
    const fault = await faultOf(readPageOf(client, partner));
    assert.equal(fault.code, 'connection.failed');
    assert.match(fault.detail, /nothing listens/);
    assert.equal(client.waits.length, 1);
  });

  test('to a name that nobody knows says so, and is not tried again', async () => {
    await using client = openClient();
    const fault = await faultOf(client.readService('https://no-such-host.invalid/taxii2/'));
    // Where there is no name service at all, it is that which fails.
    assert.ok(['address.unknown', 'connection.failed'].includes(fault.code), fault.code);
  });
});

/** What takes longer than it may. */
const SLOW: Readonly<Record<string, (socket: Socket) => void>> = {
  'no answer at all': () => undefined,
  'headers without an end': (socket) => void socket.write('HTTP/1.1 200 OK\r\nX: '),
  'one byte at a time': (socket) => {
    socket.write(`${HEAD}\r\n{`);
    const timer = setInterval(() => socket.write(' '), 20);
    socket.on('close', () => clearInterval(timer));
  },
  'nothing but announcements': (socket) => {
    const timer = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
    socket.on('close', () => clearInterval(timer));
  },
  'a compressed body that stops': (socket) =>
    void socket.write(
      Buffer.concat([Buffer.from(`${HEAD}Content-Encoding: gzip\r\n\r\n`), gzipSync('{}').subarray(0, 15)]),
    ),
};

describe('the time of a request', () => {
  test('is bounded as a whole, whatever is slow', async () => {
    for (const [name, act] of Object.entries(SLOW)) {
      await using partner = await startRawPartner(act);
      await using client = openClient({ limits: { requestTimeoutMs: 150, maxRetries: 1 } });
      const start = performance.now();
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'time.exceeded', name);
      assert.match(fault.detail, /0\.15 s/, name);
      assert.ok(performance.now() - start < 3000, name);
      assert.equal(partner.seen.length, 2, name);
    }
  });

  test('includes making the connection', async () => {
    // It takes connections and never says a word of TLS.
    await using partner = await startRawPartner(() => undefined);
    await using client = openClient({ limits: { requestTimeoutMs: 150, maxRetries: 0 } });
    const fault = await faultOf(client.readService(`https://127.0.0.1:${partner.port}/taxii2/`));
    assert.equal(fault.code, 'time.exceeded');
  });

  test('does not hide a refusal whose text does not end', async () => {
    await using partner = await startRawPartner(
      (socket) => void socket.write('HTTP/1.1 404 No\r\n\r\n{"title":'),
    );
    await using client = openClient({ limits: { requestTimeoutMs: 150 } });
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'not-found');
    assert.equal(partner.seen.length, 1);
  });
});
