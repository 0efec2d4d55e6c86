import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TEST_CERTIFICATE, TEST_KEY } from '../http/test-certificate.ts';
import { startTestServer } from '../support/test-server.ts';

/** Runs the health check with these settings and no others. @returns its exit status and what it said */
async function check(
  what: string,
  settings: Readonly<Record<string, string>>,
): Promise<readonly [number | null, string]> {
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`POLLWATCH_${name}`, value]),
  );
  const child = spawn(process.execPath, ['scripts/health-check.js', what], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(child, 'close');
  return [child.exitCode, said];
}

function writeCertificate(t: TestContext): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-health-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(cert, TEST_CERTIFICATE);
  writeFileSync(key, TEST_KEY);
  return { TLS_CERT_FILE: cert, TLS_KEY_FILE: key };
}

test('the health check asks whether the server is alive and whether it is ready, and says nothing when it is', async () => {
  await using server = await startTestServer({ HOST: '0.0.0.0', INSECURE_HTTP: 'on' });
  const settings = { HOST: '0.0.0.0', PORT: String(server.port) };
  assert.deepEqual(await check('live', settings), [0, '']);
  assert.deepEqual(await check('ready', settings), [0, '']);
});

test('the health check asks over HTTPS when the server has a certificate, whomever that names', async (t) => {
  const files = writeCertificate(t);
  await using server = await startTestServer(files);
  assert.deepEqual(await check('live', { PORT: String(server.port), ...files }), [0, '']);
  const [status] = await check('live', { PORT: String(server.port) });
  assert.equal(status, 1);
});

test('the health check needs no client certificate where clients may have one', async (t) => {
  const files = writeCertificate(t);
  const settings = { ...files, TLS_CLIENT_CA_FILE: files['TLS_CERT_FILE'] ?? '' };
  await using server = await startTestServer(settings);
  assert.deepEqual(await check('ready', { PORT: String(server.port), ...settings }), [0, '']);
});

test('the health check fails when nobody answers, or the answer is another than 200', async () => {
  const server = createServer((_req, res) => {
    res.writeHead(503).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const port = String(address.port);
  assert.deepEqual(await check('ready', { PORT: port }), [1, 'The server answered 503.\n']);
  await new Promise((done) => server.close(done));
  const [status, said] = await check('live', { PORT: port });
  assert.equal(status, 1);
  assert.match(said, /^The server does not answer: /);
});
