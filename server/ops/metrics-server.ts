import {
  createServer,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { Registry } from 'prom-client';

export interface MetricsServerOptions {
  /** All metrics as they are now, in the text format of Prometheus. */
  readonly readText: () => Promise<string>;
  /** With it, HTTPS is spoken. */
  readonly tls: SecureContextOptions | undefined;
  /** After so long in which nothing came or went a connection is closed. */
  readonly idleMs?: number;
}

export interface MetricsServer {
  readonly server: Server;
  /** Takes another certificate for connections from now on. */
  readonly renew: (tls: SecureContextOptions) => void;
  /** Cuts off whoever still asks. */
  readonly close: () => Promise<void>;
}

/** One scraper or a few come every few seconds; more than that need not be borne. */
const BOUNDS: ServerOptions = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 5000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 1000,
};
const MAX_CONNECTIONS = 16;
/** Who does not take an answer would hold one of few places for ever. */
const IDLE_MS = 10_000;
const PATH = '/metrics';

/** Makes the server that gives out the metrics and nothing else; it does not listen yet. */
export function createMetricsServer({
  readText,
  tls,
  idleMs = IDLE_MS,
}: MetricsServerOptions): MetricsServer {
  let underway: Promise<string> | undefined;

  /** Whoever asks meanwhile gets the same text. */
  function readOnce(): Promise<string> {
    underway ??= readText().finally(() => (underway = undefined));
    return underway;
  }

  const listener: RequestListener = (req, res) => {
    const method = req.method ?? '';
    if (req.url?.split('?', 1)[0] !== PATH) {
      sendText(res, 404, 'There is nothing here but /metrics.\n');
    } else if (method !== 'GET' && method !== 'HEAD') {
      sendText(res, 405, 'Only GET and HEAD.\n', { Allow: 'GET, HEAD' });
    } else {
      readOnce().then(
        (found) => {
          sendText(res, 200, found, { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE });
        },
        () => {
          sendText(res, 503, 'The metrics cannot be read now.\n');
        },
      );
    }
  };
  const tlsServer = tls && createTlsServer({ ...BOUNDS, ...tls, handshakeTimeout: 5000 }, listener);
  const server = tlsServer ?? createServer(BOUNDS, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = idleMs;
  return {
    server,
    renew(context) {
      tlsServer?.setSecureContext(context);
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
    },
  };
}

/** An answer always ends the connection when the caller still sends a body: nobody reads it. */
function sendText(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(res.req.complete ? {} : { Connection: 'close' }),
    ...headers,
  });
  res.end(text);
}
