import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkErrorBody, startTestServer, TAXII, type TestServer } from '../support/test-server.ts';
import { openRaw, parseRawAnswer, sendRaw } from './raw-connection.ts';
import { campaign } from './stix-samples.ts';

describe('what follows a request on its connection (RFC 9112, 9.3.2)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  const auth = (): string => `Authorization: Bearer ${server.tokenOf('writer')}`;
  const head = (start: string, ...headers: readonly string[]): string =>
    [`${start} HTTP/1.1`, auth(), ...headers, '\r\n'].join('\r\n');
  const host = 'Host: localhost';

  function post(collection: string, number: number): string {
    const body = JSON.stringify({ objects: [campaign(number)] });
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    return head(`POST ${collection}objects/`, host, `Content-Type: ${TAXII}`, length) + body;
  }

  function statusesOf(text: string): readonly number[] {
    return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  test('nonsense behind an upload ends the connection after the answer to the upload (RFC 9112, 9.3.2)', async () => {
    for (const nonsense of [
      'nonsense\r\n\r\n',
      '\u0000\u0001',
      'GET / HTTP/9.9\r\n\r\n',
      `{"x":1}\r\n\r\n`,
    ]) {
      const collection = server.scratch();
      using connection = await openRaw(server.port);
      connection.write(post(collection, 1) + nonsense);
      const text = await connection.waitForEnd();
      assert.deepEqual(statusesOf(text), [202], text);
      assert.match(parseRawAnswer(text).head, /\r\nConnection: close(\r\n|$)/i);
      assert.equal((await server.get(`${collection}objects/`)).resource().objects?.length, 1);
    }
  });

  test('a request without a Host behind an upload is refused after the answer to the upload (RFC 9112, 3.2)', async () => {
    using connection = await openRaw(server.port);
    connection.write(post(server.scratch(), 1) + head('GET /taxii2/'));
    const text = await connection.waitForEnd();
    assert.deepEqual(statusesOf(text), [202, 400]);
  });

  test('a CONNECT behind an upload is not read as the answer to the upload (RFC 9112, 9.3.2)', async () => {
    using connection = await openRaw(server.port);
    connection.write(post(server.scratch(), 1) + head('CONNECT localhost:22', host));
    assert.deepEqual(statusesOf(await connection.waitForEnd()), [202]);
  });

  test('an upload with a broken body behind a request takes nothing of its answer (RFC 9112, 9.3.2)', async () => {
    using connection = await openRaw(server.port);
    const broken = head('POST /feed/collections/board/objects/', host, 'Transfer-Encoding: chunked');
    connection.write(`${post(server.scratch(), 1)}${broken}zz\r\n`);
    assert.deepEqual(statusesOf(await connection.waitForEnd()), [202]);
  });

  test('a Transfer-Encoding other than chunked alone is 400, and nothing is stored (RFC 9112, 6.1)', async () => {
    const body = JSON.stringify({ objects: [campaign(1)] });
    const chunks = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const send = async (collection: string, ...codings: readonly string[]): ReturnType<typeof sendRaw> => {
      const headers = codings.map((coding) => `Transfer-Encoding: ${coding}`);
      const type = `Content-Type: ${TAXII}`;
      const start = `POST ${collection}objects/`;
      return sendRaw(server.port, head(start, host, type, 'Connection: close', ...headers) + chunks);
    };
    for (const codings of [
      ['gzip, chunked'],
      ['gzip', 'chunked'],
      ['deflate,chunked'],
      ['identity, chunked'],
      ['chunked, chunked'],
    ]) {
      const collection = server.scratch();
      const answer = await send(collection, ...codings);
      assert.equal(answer.status, 400, codings.join());
      checkErrorBody(answer.body, 400);
      assert.match(answer.head, /\r\nContent-Type: application\/taxii\+json;version=2\.1(\r\n|$)/i);
      assert.equal((await server.get(`${collection}objects/`)).resource().objects, undefined);
    }
    for (const coding of ['chunked', 'Chunked']) {
      assert.equal((await send(server.scratch(), coding)).status, 202, coding);
    }
  });
});
