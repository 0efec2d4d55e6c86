import { constants, open } from 'node:fs/promises';
import { AppError } from '../../domain/errors.ts';
import type { FeedAuth, FeedFaultCode, FeedSecret } from '../../domain/feed.ts';
import type { Credentials } from '../client/taxii-client.ts';
import { checkProof } from '../feed-rules.ts';
import { PartnerFault } from '../partner-fault.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const MAX_SECRET_BYTES = 65_536;
const MAX_AUTHORITIES_BYTES = 4_194_304;
/** What a header can hold (RFC 9110, 5.5), blanks at the ends left aside. */
const HEADER_VALUE = /^[!-~](?:[\t -~]*[!-~])?$/;
// eslint-disable-next-line no-control-regex -- a password must not hold them (RFC 7617, 2).
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * What a feed proves itself with, read anew at each run.
 * @throws PartnerFault `secret.missing` that names the variable or the file, and never what is in it
 */
export async function readCredentials(
  auth: FeedAuth,
  secret: FeedSecret | undefined,
  env: Environment,
): Promise<Credentials> {
  if (auth.kind === 'none') return { kind: 'none' };
  if (!secret)
    throw new PartnerFault('secret.missing', 'The feed names no secret. Remove it and add it anew.');
  requireAllowed(auth, secret);
  const text = 'env' in secret ? readVariable(secret.env, env) : await readSecretFile(secret.file);
  if (auth.kind === 'cert') return { kind: 'certificate', pem: text };
  const value = trimLineEnd(text);
  if (value === '')
    throw new PartnerFault('secret.missing', `${placeOf(secret)} is empty. Put the secret there.`);
  if (auth.kind === 'basic') {
    if (CONTROL.test(value)) throw unfit(secret);
    const pair = Buffer.from(`${auth.user}:${value}`, 'utf8').toString('base64');
    return toHeader('authorization', `Basic ${pair}`);
  }
  if (!HEADER_VALUE.test(value)) throw unfit(secret);
  switch (auth.kind) {
    case 'bearer':
      return toHeader('authorization', `Bearer ${value}`);
    case 'token':
      return toHeader('authorization', `Token ${value}`);
    case 'header':
      return toHeader(auth.name, value);
  }
}

/** What `feed add` refuses comes in from a backup all the same. */
function requireAllowed(auth: FeedAuth, secret: FeedSecret): void {
  try {
    checkProof(auth, secret);
  } catch (error) {
    if (!(error instanceof AppError) || error.detail === undefined) throw error;
    throw new PartnerFault('secret.missing', `${error.detail} Remove the feed and add it anew.`);
  }
}

/**
 * The authorities that a partner's certificate is checked against besides the usual ones, in PEM form.
 * @throws PartnerFault `tls.failed`
 */
export async function readAuthorities(file: string): Promise<string> {
  const toFault = (what: string): PartnerFault =>
    new PartnerFault('tls.failed', `The file ${file} with the authorities of the partner ${what}.`);
  const text = await readBounded(file, MAX_AUTHORITIES_BYTES, 'tls.failed');
  if (text === undefined) throw toFault(`is larger than ${MAX_AUTHORITIES_BYTES} bytes`);
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw toFault('holds no certificate in PEM form');
  return text;
}

function readVariable(name: string, env: Environment): string {
  const value = env[name];
  if (value === undefined || value === '') {
    throw new PartnerFault(
      'secret.missing',
      `The environment variable ${name} is not set. Set it where the server, or this command, is started.`,
    );
  }
  if (Buffer.byteLength(value) > MAX_SECRET_BYTES) throw tooLarge({ env: name });
  return value;
}

async function readSecretFile(file: string): Promise<string> {
  const text = await readBounded(file, MAX_SECRET_BYTES, 'secret.missing');
  if (text === undefined) throw tooLarge({ file });
  if (text === '')
    throw new PartnerFault('secret.missing', `The file ${file} is empty. Put the secret there.`);
  return text;
}

/** @returns undefined when there is more than `maxBytes` */
async function readBounded(file: string, maxBytes: number, code: FeedFaultCode): Promise<string | undefined> {
  try {
    // A pipe would keep one who opens it waiting; a device may have no end.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw new PartnerFault(code, `${file} is no file.`);
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.toString('utf8', 0, length);
      length += bytesRead;
    }
    return undefined;
  } catch (error) {
    if (error instanceof PartnerFault) throw error;
    throw new PartnerFault(
      code,
      `The file ${file} cannot be read${reasonOf(error)}. It must be readable by the server, or by whoever runs this command.`,
      { cause: error },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return error.code === 'ENOENT' ? ': there is none' : error.code === 'EACCES' ? ': it is not allowed' : '';
}

function toHeader(name: string, value: string): Credentials {
  return { kind: 'header', name, value };
}

function trimLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function placeOf(secret: FeedSecret): string {
  return 'env' in secret ? `The environment variable ${secret.env}` : `The file ${secret.file}`;
}

function unfit(secret: FeedSecret): PartnerFault {
  return new PartnerFault(
    'secret.missing',
    `${placeOf(secret)} holds what no header can have, such as a line break or a blank at an end. Put the secret there alone.`,
  );
}

function tooLarge(secret: FeedSecret): PartnerFault {
  return new PartnerFault('secret.missing', `${placeOf(secret)} holds more than ${MAX_SECRET_BYTES} bytes.`);
}
