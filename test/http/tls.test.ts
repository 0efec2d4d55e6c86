import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connect, type SecureVersion } from 'node:tls';
import { parseResource, startTestServer, TAXII, type TestServer } from '../support/test-server.ts';
import { sendRaw } from './raw-connection.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

/** @returns the version that the two agreed on, or the code of the failure */
function agree(port: number, version: SecureVersion): Promise<string | null> {
  return new Promise((resolve) => {
    // The client would refuse old versions by itself if its own level of security let it.
    const ciphers = 'DEFAULT:@SECLEVEL=0';
    const options = {
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: version,
      maxVersion: version,
      ciphers,
    };
    const socket = connect(options, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.on('error', () => resolve('refused'));
  });
}

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
    });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test('TLS 1.2 and 1.3 are served and older versions are refused (TAXII 2.1, 8.3)', async () => {
    assert.equal(await agree(server.port, 'TLSv1.2'), 'TLSv1.2');
    assert.equal(await agree(server.port, 'TLSv1.3'), 'TLSv1.3');
    assert.equal(await agree(server.port, 'TLSv1.1'), 'refused');
    assert.equal(await agree(server.port, 'TLSv1'), 'refused');
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
