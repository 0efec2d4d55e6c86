import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { checkErrorBody, startTestServer, TAXII, type TestServer } from '../support/test-server.ts';
import { openRaw, parseRawAnswer, sendRaw, type RawAnswer } from './raw-connection.ts';
import { campaign } from './stix-samples.ts';

const board = '/feed/collections/board/';

describe('hostile requests', () => {
  let server: TestServer;
  let untouched: string;
  before(async () => {
    server = await startTestServer();
    await server.post(board, [campaign(1)]);
    untouched = (await server.get(`${board}manifest/`)).text;
  });
  // Whatever was sent, the server answers, and nothing has changed.
  afterEach(async () => {
    assert.equal((await server.get(`${board}manifest/`)).text, untouched);
  });
  after(() => server[Symbol.asyncDispose]());

  const lines = (...text: readonly string[]): string => [...text, 'Connection: close', '\r\n'].join('\r\n');
  const auth = (): string => `Authorization: Bearer ${server.tokenOf('writer')}`;
  const ask = (target: string, ...headers: readonly string[]): Promise<RawAnswer> =>
    sendRaw(server.port, lines(`GET ${target} HTTP/1.1`, 'Host: localhost', auth(), ...headers));

  function expectError({ status, head, body }: RawAnswer, wanted: number, what: string): void {
    assert.equal(status, wanted, what);
    assert.match(head, /\r\nContent-Type: application\/taxii\+json;version=2\.1(\r\n|$)/i, what);
    assert.match(head, /\r\nX-Request-Id: [0-9a-f-]{36}/i, what);
    assert.match(head, /\r\nCache-Control: private, no-cache/i, what);
    checkErrorBody(body, status);
  }

  test('a URL of 20 KB is 414, and one as long as the setting allows is read (hostile input)', async () => {
    const fill = (length: number): string => {
      const start = `${board}objects/?x=`;
      return start + 'a'.repeat(length - start.length);
    };
    assert.equal((await ask(fill(16_384))).status, 200);
    expectError(await ask(fill(16_385)), 414, 'a byte more');
    expectError(await ask(fill(20_480)), 414, '20 KB');
    expectError(await ask(`/${'a/'.repeat(10_000)}`), 414, 'many segments');
  });

  test('a path that cannot be decoded is 400 (hostile input)', async () => {
    for (const target of [
      `${board}objects/%zz/`,
      `${board}objects/%`,
      `${board}objects/%c3%28/`,
      '/feed/collections/%ff/',
      '/feed/status/%e0%a4%a/',
    ]) {
      expectError(await ask(target), 400, target);
    }
  });

  test('null bytes, dots, encoded slashes and other odd paths are 404 and reach nothing (hostile input)', async () => {
    for (const target of [
      `${board}objects/%00/`,
      '/feed/collections/%00/',
      '/feed/collections/board%00/objects/',
      '/feed/collections/..%2f..%2fetc%2fpasswd/',
      '/feed/collections/board%2fobjects/',
      '/feed/../taxii2/x/',
      '/feed/collections/vault/../board/objects/',
      '/taxii2/..;/',
      '/feed/collections/__proto__/',
      '/feed/collections/constructor/objects/',
      '/%74axii2%2f',
      '/.env',
      '/',
      '/TAXII2/',
      '/feed/collections/board/objects/x/versions/y/',
    ]) {
      expectError(await ask(target), 404, target);
    }
  });

  test('an absolute target is read for its path, and its host gives nobody anything (RFC 9112, 3.2.2)', async () => {
    const wanted = (await ask('/taxii2/')).body;
    for (const target of [
      'http://localhost/taxii2/',
      'http://evil.example:1/taxii2/',
      'HTTPS://evil.example/taxii2/',
    ]) {
      const { status, body } = await ask(target);
      assert.equal(status, 200, target);
      assert.equal(body, wanted);
    }
    for (const target of [
      'http://evil.example',
      'http://evil.example?x=/taxii2/',
      'ftp://evil.example/taxii2/',
    ]) {
      expectError(await ask(target), 404, target);
    }
  });

  test('a query that nobody would write is 200 or 400, never an error of the server (hostile input)', async () => {
    for (const query of [
      '%zz',
      '%00',
      '&&&&',
      '=',
      '=&=',
      'match[',
      'match[]=',
      'match[id',
      'match[id]',
      `match[id]=${'%00,'.repeat(50)}a`,
      'limit[]=1',
      'match[version]=%ff',
      '?'.repeat(50),
      'next=%zz',
      `next=${'a'.repeat(30_000)}`,
      'match[type]=%ed%a0%80',
      "match[id]='%20OR%201=1--",
    ]) {
      const { status, body } = await ask(`${board}objects/?${query}`);
      assert.ok(status === 200 || status === 400, `${status} ${query.slice(0, 50)}`);
      if (status === 400) checkErrorBody(body, 400);
    }
  });

  test('a flood of headers is 431, and many small ones are read (hostile input)', async () => {
    const many = (count: number, size: number): readonly string[] =>
      Array.from({ length: count }, (_, n) => `X-${n}: ${'a'.repeat(size)}`);
    assert.equal((await ask('/taxii2/', ...many(500, 50))).status, 200);
    expectError(await ask('/taxii2/', ...many(100, 1000)), 431, 'large in sum');
    expectError(await ask('/taxii2/', `X-Big: ${'a'.repeat(70_000)}`), 431, 'one large');
    expectError(await ask('/taxii2/', ...many(12_000, 1)), 431, 'very many');
  });

  test('long and odd Accept headers are answered in time (hostile input)', async () => {
    for (const accept of [
      `${'a/b,'.repeat(10_000)}*/*`,
      ';'.repeat(20_000),
      `application/taxii+json${';q=1'.repeat(5_000)}`,
      '"'.repeat(9_999),
      '('.repeat(9_999),
    ]) {
      const { status } = await ask(
        `${board}objects/`,
        `Accept: ${accept}`,
        `Accept-Encoding: ${accept.slice(0, 9_999)}`,
      );
      assert.ok(status === 200 || status === 406, accept.slice(0, 20));
    }
  });

  test('methods that nobody knows and lines that are no HTTP are 400 (hostile input)', async () => {
    for (const start of [
      'BREW /taxii2/ HTTP/1.1',
      'get /taxii2/ HTTP/1.1',
      'GET /taxii2/ HTTP/9.9',
      'GET taxii2 HTTP/1.1',
      'nonsense',
      '\u0000\u0001\u0002',
      'GET /ta xii2/ HTTP/1.1',
    ]) {
      expectError(await sendRaw(server.port, lines(start, 'Host: localhost', auth())), 400, start);
    }
    expectError(await sendRaw(server.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 400, 'HTTP/2');
  });

  test('known methods that this server does not have are 405 or 404, and CONNECT too (hostile input)', async () => {
    const send = (start: string): Promise<RawAnswer> =>
      sendRaw(server.port, lines(start, 'Host: localhost', auth()));
    for (const method of ['TRACE', 'PATCH', 'MKCOL', 'SEARCH', 'QUERY', 'PURGE']) {
      expectError(await send(`${method} /taxii2/ HTTP/1.1`), 405, method);
    }
    expectError(await send('OPTIONS * HTTP/1.1'), 404, 'OPTIONS *');
    expectError(await send('CONNECT localhost:22 HTTP/1.1'), 405, 'CONNECT');
  });

  test('a request for another protocol on the same connection is answered in this one (hostile input)', async () => {
    const { status } = await sendRaw(
      server.port,
      [
        'GET /taxii2/ HTTP/1.1',
        'Host: localhost',
        auth(),
        'Connection: Upgrade, close',
        'Upgrade: websocket',
        '\r\n',
      ].join('\r\n'),
    );
    assert.equal(status, 200);
  });

  test('a request without a Host, or with contradicting lengths, is 400 (RFC 9112, 3.2 and 6.3)', async () => {
    const post = `POST ${board}objects/ HTTP/1.1`;
    const type = `Content-Type: ${TAXII}`;
    expectError(await sendRaw(server.port, lines('GET /taxii2/ HTTP/1.1', auth())), 400, 'no Host');
    for (const headers of [
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Content-Length: -1'],
      ['Content-Length: 0x5'],
      ['Content-Length: 99999999999999999999999'],
      ['Transfer-Encoding: gzip'],
      ['Transfer-Encoding: chunked, identity'],
      ['X-Bad\u0000: 1'],
      ['X Bad: 1'],
    ]) {
      const text = lines(post, 'Host: localhost', auth(), type, ...headers);
      expectError(await sendRaw(server.port, `${text}hello`), 400, headers.join());
    }
  });

  test('a chunk that is none ends the request with 400, and nothing is stored (RFC 9112, 7.1)', async () => {
    const head = lines(
      `POST ${board}objects/ HTTP/1.1`,
      'Host: localhost',
      auth(),
      `Content-Type: ${TAXII}`,
      'Transfer-Encoding: chunked',
    );
    for (const body of [
      'zz\r\n{}\r\n0\r\n\r\n',
      '5\r\n{}\r\n0\r\n\r\n',
      '-1\r\n',
      'ffffffffffffffffff\r\n',
    ]) {
      const answer = await sendRaw(server.port, head + body);
      assert.equal(answer.status, 400, body);
      checkErrorBody(answer.body, 400);
    }
  });

  test('uploads that are broken off store nothing and hold nothing up (hostile input)', async () => {
    const body = JSON.stringify({ objects: [campaign(2)] });
    for (let round = 0; round < 20; round += 1) {
      const connection = await openRaw(server.port);
      const framing = round % 2 === 0 ? `Content-Length: ${body.length}` : 'Transfer-Encoding: chunked';
      connection.write(
        [
          `POST ${board}objects/ HTTP/1.1`,
          'Host: localhost',
          auth(),
          `Content-Type: ${TAXII}`,
          framing,
          '\r\n',
        ].join('\r\n'),
      );
      connection.write(round % 2 === 0 ? body.slice(0, -1) : `${body.length.toString(16)}\r\n${body}\r\n`);
      // A reset or an end, before or after the bytes went out.
      if (round % 4 < 2) connection.socket.resetAndDestroy();
      else connection.socket.end();
      if (round % 4 >= 2) await connection.waitForEnd();
      connection.socket.destroy();
    }
    const aborted = (): boolean => server.log.filter((line) => line.includes('"aborted":true')).length > 0;
    const deadline = performance.now() + 5000;
    while (!aborted() && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    assert.ok(aborted());
  });

  test('requests behind one another on a connection are answered in order, and nonsense behind them ends it (RFC 9112, 9.3.2)', async () => {
    using connection = await openRaw(server.port);
    const get = (target: string): string =>
      [`GET ${target} HTTP/1.1`, 'Host: localhost', auth(), '\r\n'].join('\r\n');
    connection.write(get('/feed/') + get('/nowhere/') + get('/taxii2/'));
    const text = await connection.waitFor('api_roots');
    assert.deepEqual(
      [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status),
      ['200', '404', '200'],
    );
    connection.write('nonsense\r\n\r\n');
    assert.match(await connection.waitForEnd(), /HTTP\/1\.1 400 Bad Request\r\n/);
  });
});

describe('slow clients', () => {
  test('headers that do not come in time are 408 and the connection ends (hostile input)', async () => {
    await using server = await startTestServer({ HEADERS_TIMEOUT: '1s', REQUEST_TIMEOUT: '1s' });
    using connection = await openRaw(server.port);
    connection.write('GET /taxii2/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    const { status, body } = parseRawAnswer(await connection.waitForEnd());
    assert.equal(status, 408);
    checkErrorBody(body, 408);
    assert.equal((await server.get('/taxii2/')).status, 200);
  });

  test('a body that does not come in time is 408, stores nothing, and holds nobody up (hostile input)', async () => {
    await using server = await startTestServer({ HEADERS_TIMEOUT: '1s', REQUEST_TIMEOUT: '1s' });
    const slow = await Promise.all(Array.from({ length: 20 }, () => openRaw(server.port)));
    for (const connection of slow) {
      connection.write(
        [
          `POST ${board}objects/ HTTP/1.1`,
          'Host: localhost',
          `Authorization: Bearer ${server.tokenOf('writer')}`,
          `Content-Type: ${TAXII}`,
          'Content-Length: 1000',
          '\r\n{"objects":',
        ].join('\r\n'),
      );
    }
    assert.equal((await server.get('/taxii2/')).status, 200);
    for (const connection of slow) {
      const { status, body } = parseRawAnswer(await connection.waitForEnd());
      assert.equal(status, 408);
      checkErrorBody(body, 408);
      connection.socket.destroy();
    }
    assert.equal((await server.get(`${board}objects/`)).text, '{}');
  });

  test('more connections than the setting allows are turned away, and those that are open go on (design, 5.5)', async () => {
    await using server = await startTestServer({ MAX_CONNECTIONS: '3' });
    const open = await Promise.all(Array.from({ length: 3 }, () => openRaw(server.port)));
    using extra = await openRaw(server.port);
    await extra.waitForEnd();
    assert.equal(extra.received(), '');
    for (const connection of open) {
      connection.write('GET /nowhere/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await connection.waitFor('http_status');
      connection.socket.destroy();
    }
  });
});
