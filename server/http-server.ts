import { readFileSync } from 'node:fs';
import {
  createServer,
  STATUS_CODES,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { AppError } from './domain/errors.ts';
import type { Ids } from './domain/ids.ts';
import { toErrorAnswer } from './taxii/error-body.ts';
import { TAXII_MEDIA_TYPE } from './taxii/media.ts';
import { normalizeTarget } from './taxii/request-path.ts';
import { COMMON_HEADERS } from './taxii/respond.ts';

export interface HttpOptions {
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly maxConnections: number;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
}

/** Makes the server: bounded in headers, time and connections, with TAXII errors also for what is no HTTP. */
export function createHttpServer(listener: RequestListener, options: HttpOptions, ids: Ids): Server {
  const bounds: ServerOptions = {
    maxHeaderSize: options.maxHeaderBytes,
    requestTimeout: options.requestTimeoutMs,
    headersTimeout: options.headersTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1000,
    requireHostHeader: false,
  };
  const answering = new WeakMap<Duplex, ServerResponse>();
  const handle: RequestListener = (req, res) => {
    answering.set(req.socket, res);
    res.once('close', () => answering.delete(req.socket));
    // Node would answer this itself, without a body (RFC 9112, 3.2).
    if (req.headers.host === undefined && req.httpVersion === '1.1') {
      refuse(req.socket, new AppError('request.malformed', { detail: 'The header Host is missing.' }), ids);
      return;
    }
    normalizeTarget(req);
    listener(req, res);
  };
  const { tlsCertFile, tlsKeyFile } = options;
  const server =
    tlsCertFile === undefined || tlsKeyFile === undefined
      ? createServer(bounds, handle)
      : createTlsServer(
          {
            ...bounds,
            cert: readFileSync(tlsCertFile),
            key: readFileSync(tlsKeyFile),
            minVersion: 'TLSv1.2',
          },
          handle,
        );
  server.maxConnections = options.maxConnections;
  // A body is asked for only when everything before it is right.
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  server.on('connect', (_req, socket: Duplex) => {
    const detail = 'This server is no proxy.';
    refuse(socket, new AppError('route.method-not-allowed', { allow: ['GET', 'HEAD'], detail }), ids);
  });
  server.on('clientError', (error: Error, socket: Duplex) => {
    const code = 'code' in error ? error.code : undefined;
    // What follows an answer that has begun would be read as part of it.
    if (code === 'ECONNRESET' || answering.get(socket)?.headersSent) socket.destroy();
    else refuse(socket, toClientError(code), ids);
  });
  return server;
}

/** Answers what never became a request (RFC 9112): too large, too slow, or no HTTP at all. */
function refuse(socket: Duplex, error: AppError, ids: Ids): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const errorId = ids.uuid();
  const { status, headers, body } = toErrorAnswer(error, errorId);
  const fields = {
    'Content-Type': TAXII_MEDIA_TYPE,
    'Content-Length': Buffer.byteLength(body),
    ...COMMON_HEADERS,
    ...headers,
    'X-Request-Id': errorId,
    Connection: 'close',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function toClientError(code: unknown): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return new AppError('request.header-too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AppError('request.timeout');
  return new AppError('request.malformed', { detail: 'This is not a valid HTTP request.' });
}
