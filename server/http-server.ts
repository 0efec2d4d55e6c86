import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { AppError } from './domain/errors.ts';
import type { Ids } from './domain/ids.ts';
import { toErrorAnswer } from './taxii/error-body.ts';
import { TAXII_MEDIA_TYPE } from './taxii/media.ts';
import { normalizeTarget } from './taxii/request-path.ts';

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
  };
  const handle: RequestListener = (req, res) => {
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
  server.on('clientError', (error: Error, socket: Duplex) => {
    refuse(error, socket, ids.uuid());
  });
  return server;
}

/** Answers what never became a request (RFC 9112): too large, too slow, or no HTTP at all. */
function refuse(error: Error, socket: Duplex, errorId: string): void {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = toErrorAnswer(toClientError(code), errorId);
  const head = [
    `HTTP/1.1 ${status} ${REASONS.get(status) ?? 'Error'}`,
    `Content-Type: ${TAXII_MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [408, 'Request Timeout'],
  [431, 'Request Header Fields Too Large'],
]);

function toClientError(code: unknown): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return new AppError('request.header-too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AppError('request.timeout');
  return new AppError('request.malformed', { detail: 'This is not a valid HTTP request.' });
}
