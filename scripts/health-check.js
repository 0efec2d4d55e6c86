/**
 * Asks the server of the same container whether it is alive, or ready, and ends with 0 or 1. The slim image has no curl.
 *
 *   node scripts/health-check.js [live|ready]
 *
 * It speaks HTTPS when the server does, as the settings say. The certificate is made out to the public host and not to
 * the address asked here, so it is not checked; the question and the answer hold no secret.
 */
import { get as getHttp } from 'node:http';
import { get as getHttps } from 'node:https';

const TIMEOUT_MS = 4000;
/** Where to ask a server that listens on every address. */
const ANY = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

const { POLLWATCH_HOST, POLLWATCH_PORT, POLLWATCH_TLS_CERT_FILE } = process.env;
const host = POLLWATCH_HOST || '127.0.0.1';
const get = POLLWATCH_TLS_CERT_FILE ? getHttps : getHttp;
const question = get({
  host: ANY.get(host) ?? host,
  port: POLLWATCH_PORT || '8080',
  path: `/health/${process.argv[2] ?? 'live'}`,
  rejectUnauthorized: false,
  timeout: TIMEOUT_MS,
  agent: false,
});
question.on('response', (answer) => {
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
  if (process.exitCode === 1) console.error(`The server answered ${String(answer.statusCode)}.`);
  answer.resume();
});
question.on('timeout', () => question.destroy(new Error('no answer in time')));
question.on('error', (error) => {
  console.error(`The server does not answer: ${error.message}`);
  process.exitCode = 1;
});
