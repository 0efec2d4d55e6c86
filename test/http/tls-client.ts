import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { TAXII } from '../support/test-server.ts';
import type { CertificateFile } from './tls-certificates.ts';

export interface TlsAnswer {
  readonly status: number;
  readonly text: string;
}

export interface Asking {
  readonly path?: string;
  /** The client certificate; none is sent unless told. */
  readonly with?: CertificateFile | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks over a new connection, as a client does that trusts the server whoever it is. */
export function ask(
  port: number,
  { path = '/taxii2/', headers = {}, ...asking }: Asking = {},
): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const options = {
      ...{ host: '127.0.0.1', port, path, agent: false, rejectUnauthorized: false },
      headers: { Accept: TAXII, ...headers },
      ...asking.with,
    };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}

/** One connection over TLS on which requests are written by hand, one after the other. */
export interface TlsConnection extends Disposable {
  readonly socket: TLSSocket;
  /** Sends a GET and waits for its answer. @throws when the connection ends without it */
  readonly ask: (path?: string, headers?: Readonly<Record<string, string>>) => Promise<TlsAnswer>;
  readonly closed: Promise<unknown>;
}

const TIMEOUT_MS = 8000;

/** @throws when the handshake fails */
export async function openTls(port: number, options: ConnectionOptions = {}): Promise<TlsConnection> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(60_000) });
  closed.catch(() => undefined);
  await once(socket, 'secureConnect', { signal: AbortSignal.timeout(TIMEOUT_MS) });
  socket.on('error', () => undefined);
  let received = '';
  let check = (): void => undefined;
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
    check();
  });
  socket.on('close', () => check());
  return {
    socket,
    closed,
    ask(path = '/taxii2/', headers = {}) {
      const lines = Object.entries({ Host: 'localhost', Accept: TAXII, ...headers });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      socket.write(`GET ${path} HTTP/1.1\r\n${head}\r\n`);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no answer in time: ${received}`)), TIMEOUT_MS);
        check = () => {
          const answer = takeAnswer(received);
          if (answer === undefined && !socket.destroyed) return;
          clearTimeout(timer);
          check = () => undefined;
          if (answer === undefined) {
            reject(new Error(`closed without an answer: ${received}`));
            return;
          }
          received = received.slice(answer.size);
          resolve(answer);
        };
        check();
      });
    },
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}

/** The first answer of what came, once it is whole. Its size is in characters: the texts are ASCII. */
function takeAnswer(received: string): (TlsAnswer & { readonly size: number }) | undefined {
  const end = received.indexOf('\r\n\r\n') + 4;
  if (end < 4) return undefined;
  const head = received.slice(0, end);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  // Without a length the answer goes on to the end of its chunks.
  const size = Number.isNaN(length) ? received.indexOf('\r\n0\r\n\r\n', end - 2) + 7 : end + length;
  if (size < end || received.length < size) return undefined;
  return { status: Number(head.slice(9, 12)), text: received.slice(end, size), size };
}

/** A folder of PEM files; writing a file again replaces it. */
export interface PemFolder extends Disposable {
  readonly path: string;
  /** @returns the path of the file */
  readonly write: (name: string, text: string) => string;
}

export function makePemFolder(): PemFolder {
  const path = mkdtempSync(join(tmpdir(), 'pollwatch-tls-'));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
