import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { parseResource, startTestServer, TAXII, type TestServer } from '../support/test-server.ts';
import { openRaw, sendRaw } from './raw-connection.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';
import { makeAuthority, named } from './tls-certificates.ts';
import { ask, openTls } from './tls-client.ts';

/** @returns what the two agreed on, or the code of the failure */
async function agree(port: number, options: ConnectionOptions): Promise<string> {
  try {
    // The client would refuse old versions by itself if its own level of security let it.
    using connection = await openTls(port, { ciphers: 'DEFAULT:@SECLEVEL=0', ...options });
    const { socket } = connection;
    return [socket.getProtocol(), socket.alpnProtocol].filter(Boolean).join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

const only = (version: SecureVersion): ConnectionOptions => ({ minVersion: version, maxVersion: version });

describe('HTTPS (TAXII 2.1, 8.3)', () => {
  let folder: string;
  let server: TestServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pollwatch-tls-'));
    writeFileSync(join(folder, 'certificate.pem'), TEST_CERTIFICATE);
    writeFileSync(join(folder, 'key.pem'), TEST_KEY);
    server = await startTestServer({
      TLS_CERT_FILE: join(folder, 'certificate.pem'),
      TLS_KEY_FILE: join(folder, 'key.pem'),
      HEADERS_TIMEOUT: '1s',
    });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('TLS 1.2 and 1.3 are served and older versions are refused (TAXII 2.1, 8.3)', async () => {
    assert.equal(await agree(server.port, only('TLSv1.2')), 'TLSv1.2');
    assert.equal(await agree(server.port, only('TLSv1.3')), 'TLSv1.3');
    const alert = 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION';
    assert.equal(await agree(server.port, only('TLSv1.1')), alert);
    assert.equal(await agree(server.port, only('TLSv1')), alert);
  });

  test('TLS 1.2 is served with ciphers alone that are forward secret and authenticated (TAXII 2.1, 8.3)', async () => {
    const offer = (ciphers: string): ConnectionOptions => ({ ...only('TLSv1.2'), ciphers });
    assert.equal(await agree(server.port, offer('ECDHE-ECDSA-AES128-GCM-SHA256')), 'TLSv1.2');
    assert.equal(await agree(server.port, offer('ECDHE-ECDSA-CHACHA20-POLY1305')), 'TLSv1.2');
    for (const listed of ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES128-GCM-SHA256']) {
      assert.match(await agree(server.port, offer(listed)), /HANDSHAKE_FAILURE$/, listed);
    }
  });

  test('HTTP/1.1 is what is agreed on, and a client that speaks HTTP/2 alone is told so', async () => {
    assert.equal(await agree(server.port, { ALPNProtocols: ['h2', 'http/1.1'] }), 'TLSv1.3 http/1.1');
    assert.equal(
      await agree(server.port, { ALPNProtocols: ['h2'] }),
      'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    );
  });

  test('a client cannot have the keys negotiated again', async () => {
    using connection = await openTls(server.port, { maxVersion: 'TLSv1.2' });
    const outcome = once(connection.socket, 'error');
    connection.socket.renegotiate({ rejectUnauthorized: false }, () => undefined);
    assert.match(String(await outcome), /no renegotiation/);
  });

  test('a handshake that does not get on is ended after the time that headers have', async () => {
    const begun = performance.now();
    using connection = await openRaw(server.port);
    assert.equal(await connection.waitForEnd(), '');
    const taken = performance.now() - begun;
    assert.ok(taken >= 990 && taken < 5000, String(taken));
  });

  test('a certificate is asked of nobody unless there are authorities for them', async () => {
    const { cert, key } = makeAuthority('Strangers').issue({ subject: named('anybody') });
    const headers = { Authorization: `Bearer ${server.tokenOf('writer')}` };
    assert.equal((await ask(server.port, { with: { cert, key }, headers })).status, 200);
  });

  test('a certificate that is not right keeps the server from starting and is named', async () => {
    const settings = { TLS_CERT_FILE: join(folder, 'key.pem'), TLS_KEY_FILE: join(folder, 'key.pem') };
    await assert.rejects(
      startTestServer(settings),
      /POLLWATCH_TLS_CERT_FILE: wanted a certificate in PEM form/,
    );
  });

  test('over HTTPS discovery lists HTTPS addresses (TAXII 2.1, 4.1.1)', async () => {
    const headers = { Accept: TAXII, Authorization: `Bearer ${server.tokenOf('writer')}` };
    const text = await new Promise<string>((resolve, reject) => {
      const options = { rejectUnauthorized: false, headers, agent: false };
      get(`${server.url}/taxii2/`, options, (response) => {
        let received = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (received += chunk));
        response.on('end', () => resolve(received));
      }).on('error', reject);
    });
    assert.deepEqual(parseResource(text)['default'], `https://127.0.0.1:${server.port}/feed/`);
  });

  test('plain HTTP on the HTTPS port gets no resource and no redirect (TAXII 2.1, 8.3)', async () => {
    const { head, body } = await sendRaw(server.port, 'GET /taxii2/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.doesNotMatch(head + body, / 200 |Location|api_roots/);
  });
});
