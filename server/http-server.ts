import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { AppError } from './domain/errors.ts';
import type { Ids } from './domain/ids.ts';
import { watchConnections } from './http-connections.ts';
import { closeSlowReaders } from './slow-readers.ts';
import { toErrorAnswer } from './taxii/error-body.ts';
import { TAXII_MEDIA_TYPE } from './taxii/media.ts';
import { normalizeTarget } from './taxii/request-path.ts';
import { COMMON_HEADERS } from './taxii/respond.ts';
import { readTlsFiles, watchCertified, type TlsFiles, type TlsMaterial, type TlsSummary } from './tls.ts';

export interface HttpOptions extends TlsFiles {
  readonly maxHeaderBytes: number;
  readonly requestTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** So long a client may take nothing of an answer; a minute unless told. */
  readonly sendTimeoutMs: number;
  readonly maxConnections: number;
}

export interface HttpServer {
  readonly server: Server;
  /**
   * Refuses new connections and answers what was received; each answer says that the connection closes.
   * @param timeoutMs after so long, what is left is cut off
   */
  readonly stop: (timeoutMs: number) => Promise<void>;
  /**
   * Reads certificate, key and client authorities again, for connections from now on. Open ones stay, except that
   * with other authorities those with a client certificate are closed once they are answered.
   * @returns what was read; undefined without TLS
   * @throws AppError `config.invalid` when a file is not right; then all stays as it was
   */
  readonly reload: () => TlsSummary | undefined;
}

// So long a caller may go on sending, unread, after an answer that ends the connection.
const LINGER_MS = 1000;

/**
 * Makes the server: bounded in headers, time and connections, with TAXII errors also for what is no HTTP.
 * @throws AppError `config.invalid` when a file for TLS is not right
 */
export function createHttpServer(listener: RequestListener, options: HttpOptions, ids: Ids): HttpServer {
  const material = readTlsFiles(options);
  const tlsServer = material && createTls(material, options);
  const server = tlsServer ?? createServer(toBounds(options));
  server.maxConnections = options.maxConnections;
  const connections = watchConnections(server);
  closeSlowReaders(server, options.sendTimeoutMs);
  const certified = tlsServer && watchCertified(tlsServer);
  let authorities = material?.clientAuthorities;
  const ending = new WeakSet<Duplex>();
  // Answers that are whole already, and are held open for the rest of the body.
  const unread = new WeakSet<ServerResponse>();
  const handle: RequestListener = (req, res) => {
    connections.begin(req, res);
    const fault = certified?.isOutdated(req.socket) ? toOutdated() : findFault(req);
    if (fault) {
      unread.add(res);
      answerUnread(req, res, fault, ids);
      return;
    }
    normalizeTarget(req);
    listener(req, res);
  };

  /** Answers what never became a request, unless it would be read as the answer to one that came before it. */
  function refuse(socket: Duplex, error: AppError): void {
    // What still comes is thrown away, or the close would be a reset that takes the answer with it.
    if (ending.has(socket)) return;
    const open = connections.outstanding(socket);
    const isLastWhole = open.at(-1)?.req.complete === true;
    const before = isLastWhole ? open.at(-1) : open.at(-2);
    const begun = before === undefined ? open.find((res) => res.headersSent) : undefined;
    if (begun && !unread.has(begun)) {
      // What follows an answer that has begun would be read as part of it.
      socket.destroy();
      return;
    }
    ending.add(socket);
    if (begun) {
      begun.end();
      return;
    }
    if (before === undefined) {
      endGently(socket, toRawAnswer(error, ids));
      return;
    }
    if (!before.headersSent) before.shouldKeepAlive = false;
    before.once('close', () => endGently(socket));
  }

  server.on('request', handle);
  // A body is asked for only when everything before it is right.
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  server.on('connect', (_req, socket: Duplex) => {
    const detail = 'This server is no proxy.';
    refuse(socket, new AppError('route.method-not-allowed', { allow: ['GET', 'HEAD'], detail }));
  });
  server.on('clientError', (error: Error, socket: Duplex) => {
    const code = 'code' in error ? error.code : undefined;
    // Only what is wrong with HTTP has an answer: after a fault of TLS or TCP it could not be sent.
    if (/^(?:HPE|ERR_HTTP)_/.test(String(code))) refuse(socket, toClientError(code));
    else socket.destroy();
  });

  function reload(): TlsSummary | undefined {
    const read = readTlsFiles(options);
    if (!read || !tlsServer) return undefined;
    tlsServer.setSecureContext(read.context);
    if (read.clientAuthorities !== authorities) {
      for (const socket of certified?.outdate() ?? []) connections.retire(socket);
    }
    authorities = read.clientAuthorities;
    return read.summary;
  }

  return { server, stop: connections.stop, reload };
}

/** HTTP/1.1 over TLS. Node has no early data (0-RTT), which TAXII 2.1, 8.3, forbids. */
function createTls({ context, clientAuthorities }: TlsMaterial, options: HttpOptions): TlsServer {
  return createTlsServer({
    ...toBounds(options),
    ...context,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: options.headersTimeoutMs,
    // Whom nobody vouches for is told so in an answer; clients without a certificate have other credentials.
    requestCert: clientAuthorities !== undefined,
    rejectUnauthorized: false,
  });
}

function toBounds(options: HttpOptions): ServerOptions {
  return {
    maxHeaderSize: options.maxHeaderBytes,
    requestTimeout: options.requestTimeoutMs,
    headersTimeout: options.headersTimeoutMs,
    keepAliveTimeout: options.keepAliveTimeoutMs,
    connectionsCheckingInterval: 1000,
    requireHostHeader: false,
  };
}

/** The client is not at fault: with the next connection its certificate is looked at again. */
function toOutdated(): AppError {
  const detail = 'The authorities for client certificates have changed. Connect again.';
  return new AppError('server.busy', { detail, retryAfterSeconds: 1 });
}

/** What makes a request unanswerable although Node takes it. */
function findFault({ headers, httpVersion }: IncomingMessage): AppError | undefined {
  // Node would answer this itself, without a body (RFC 9112, 3.2).
  if (headers.host === undefined && httpVersion === '1.1') {
    return new AppError('request.malformed', { detail: 'The header Host is missing.' });
  }
  // Node undoes the last coding alone and would hand on the rest as the body (RFC 9112, 6.1).
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return new AppError('request.malformed', { detail: 'The only Transfer-Encoding taken is "chunked".' });
  }
  return undefined;
}

/** Answers a request in its turn, and throws away what comes of its body before the connection closes. */
function answerUnread(req: IncomingMessage, res: ServerResponse, error: AppError, ids: Ids): void {
  const { status, fields, body } = toFields(error, ids);
  res.writeHead(status, fields);
  res.write(body);
  const finish = (): void => void res.end();
  req.setTimeout(LINGER_MS, finish);
  req.once('end', finish).once('close', finish).resume();
}

function endGently(socket: Duplex, lastWords = ''): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.resume();
  socket.end(lastWords, () => setTimeout(() => socket.destroy(), LINGER_MS).unref());
}

/** The whole answer to what never became a request (RFC 9112): too large, too slow, or no HTTP at all. */
function toRawAnswer(error: AppError, ids: Ids): string {
  const { status, fields, body } = toFields(error, ids);
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

interface RawAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

function toFields(error: AppError, ids: Ids): RawAnswer {
  const errorId = ids.uuid();
  const { status, headers, body } = toErrorAnswer(error, errorId);
  const fields = {
    'Content-Type': TAXII_MEDIA_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    ...COMMON_HEADERS,
    ...headers,
    'X-Request-Id': errorId,
    Connection: 'close',
  };
  return { status, fields, body };
}

function toClientError(code: unknown): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') return new AppError('request.header-too-large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new AppError('request.timeout');
  return new AppError('request.malformed', { detail: 'This is not a valid HTTP request.' });
}
