import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkErrorBody, startTestServer, TAXII, type TestServer } from '../support/test-server.ts';
import { openRaw, parseRawAnswer, type RawAnswer } from './raw-connection.ts';
import { campaign } from './stix-samples.ts';

const LIMIT = 4096;

/** An envelope of exactly so many bytes. */
function bodyOf(bytes: number, n: number): string {
  const empty = JSON.stringify({ objects: [campaign(n, 0, { description: '' })] });
  return empty.replace('"description":""', `"description":"${'x'.repeat(bytes - empty.length)}"`);
}

describe('the size of a body (TAXII 2.1, 4.2.1 and 5.5)', () => {
  let server: TestServer;
  const board = '/feed/collections/board/';
  let next = 0;
  before(async () => {
    server = await startTestServer({ MAX_CONTENT_LENGTH: String(LIMIT) });
  });
  after(() => server[Symbol.asyncDispose]());

  const head = (as: 'writer' | 'reader', ...headers: readonly string[]): string =>
    [
      `POST ${board}objects/ HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${server.tokenOf(as)}`,
      `Accept: ${TAXII}`,
      `Content-Type: ${TAXII}`,
      ...headers,
      '\r\n',
    ].join('\r\n');

  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

  async function sendChunked(body: string, size: number): Promise<RawAnswer> {
    using connection = await openRaw(server.port);
    connection.write(head('writer', 'Transfer-Encoding: chunked', 'Connection: close'));
    for (let at = 0; at < body.length; at += size) connection.write(chunk(body.slice(at, at + size)));
    connection.write('0\r\n\r\n');
    return parseRawAnswer(await connection.waitForEnd());
  }

  test('a body of exactly max_content_length is taken, and one of a byte more is 413 (TAXII 2.1, 4.2.1)', async () => {
    assert.equal((await server.get('/feed/')).resource()['max_content_length'], LIMIT);
    for (const [size, status] of [
      [LIMIT - 1, 202],
      [LIMIT, 202],
      [LIMIT + 1, 413],
      [LIMIT * 3, 413],
    ] as const) {
      const body = bodyOf(size, ++next);
      assert.equal(Buffer.byteLength(body), size);
      const answer = await server.send('POST', `${board}objects/`, {
        body,
        headers: { 'Content-Type': TAXII },
      });
      assert.equal(answer.status, status, String(size));
    }
  });

  test('a chunked body is counted as it comes, with the same limit (TAXII 2.1, 4.2.1)', async () => {
    for (const size of [1, 700, LIMIT, LIMIT * 2]) {
      assert.equal((await sendChunked(bodyOf(LIMIT, ++next), size)).status, 202, `in chunks of ${size}`);
      const refused = await sendChunked(bodyOf(LIMIT + 1, ++next), size);
      assert.equal(refused.status, 413, `in chunks of ${size}`);
      checkErrorBody(refused.body, 413);
    }
  });

  test('the size counts in bytes, not in characters (TAXII 2.1, 4.2.1)', async () => {
    const body = bodyOf(LIMIT, ++next).replace('xx', 'é');
    assert.equal(Buffer.byteLength(body), LIMIT);
    const headers = { 'Content-Type': TAXII };
    assert.equal((await server.send('POST', `${board}objects/`, { body, headers })).status, 202);
    const longer = body.replace('x', 'é');
    assert.equal(longer.length, body.length);
    assert.equal((await server.send('POST', `${board}objects/`, { body: longer, headers })).status, 413);
  });

  test('a body that is announced as too large is refused before any of it is sent (TAXII 2.1, 5.5)', async () => {
    using connection = await openRaw(server.port);
    connection.write(head('writer', `Content-Length: ${LIMIT + 1}`));
    const { status, head: answered, body } = parseRawAnswer(await connection.waitForEnd());
    assert.equal(status, 413);
    assert.match(answered, /Connection: close/i);
    checkErrorBody(body, 413);
  });

  test('a client that asks with Expect: 100-continue sends its body only when all before it is right (RFC 9110, 10.1.1)', async () => {
    using connection = await openRaw(server.port);
    const body = bodyOf(LIMIT, ++next);
    connection.write(head('writer', `Content-Length: ${LIMIT}`, 'Expect: 100-continue', 'Connection: close'));
    assert.equal(await connection.waitFor('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n');
    connection.write(body);
    assert.match(await connection.waitForEnd(), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 202 /);
  });

  test('a client that asks with Expect: 100-continue is refused without its body (RFC 9110, 10.1.1)', async () => {
    const refuse = async (text: string): Promise<number> => {
      using connection = await openRaw(server.port);
      connection.write(text);
      await connection.waitFor('http_status');
      return parseRawAnswer(connection.received()).status;
    };
    const expect = 'Expect: 100-continue';
    assert.equal(await refuse(head('writer', `Content-Length: ${LIMIT + 1}`, expect)), 413);
    assert.equal(await refuse(head('reader', 'Content-Length: 100', expect)), 403);
    const wrong = head('writer', 'Content-Length: 100', expect);
    assert.equal(await refuse(wrong.replace('Bearer pwt', 'Bearer pwx')), 401);
    assert.equal(await refuse(wrong.replace(`Content-Type: ${TAXII}`, 'Content-Type: text/plain')), 415);
  });

  test('who is not let in is told so without their body being read (design, 3)', async () => {
    for (const [text, status] of [
      [head('reader', 'Content-Length: 1000000', 'Connection: close'), 403],
      [
        head('writer', 'Content-Length: 1000000', 'Connection: close').replace(
          `Content-Type: ${TAXII}`,
          'Content-Type: a/b',
        ),
        415,
      ],
    ] as const) {
      using connection = await openRaw(server.port);
      connection.write(text);
      await connection.waitFor('http_status');
      assert.equal(parseRawAnswer(connection.received()).status, status);
    }
  });
});
