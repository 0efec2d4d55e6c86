import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { createTaxiiClient } from '../../../server/sync/client/create-client.ts';
import type {
  ClientLimits,
  ClientOptions,
  Credentials,
  PageQuery,
  TaxiiClient,
} from '../../../server/sync/client/taxii-client.ts';

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TestPartner extends AsyncDisposable {
  readonly port: number;
  /** With a slash at the end. */
  readonly origin: string;
  readonly seen: readonly Seen[];
  readonly connections: () => number;
}

export interface TlsPartner extends TestPartner {
  /** The names of the client certificates, of each connection. */
  readonly shown: readonly (string | undefined)[];
}

function commonNameOf(socket: TLSSocket): string | undefined {
  const name = socket.getPeerX509Certificate()?.subject;
  return name === undefined ? undefined : /CN=(.*)/.exec(name)?.[1];
}

/** What a partner answers: a status, headers and a body; an object is sent as JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer | object;
}

const TAXII = { 'content-type': 'application/taxii+json;version=2.1' };

/** A partner that answers each request by a function of it. */
export async function startPartner(reply: (seen: Seen, index: number) => Reply): Promise<TestPartner> {
  const seen: Seen[] = [];
  return listenTo(createServer(answerWith(reply, seen)), 'http', seen);
}

/** The same over TLS. */
export async function startTlsPartner(
  options: ServerOptions,
  reply: (seen: Seen, index: number) => Reply = () => ({ body: {} }),
  host = '127.0.0.1',
): Promise<TlsPartner> {
  const seen: Seen[] = [];
  const server = createTlsServer(options, answerWith(reply, seen));
  server.on('tlsClientError', () => undefined);
  const shown: (string | undefined)[] = [];
  server.on('secureConnection', (socket) => shown.push(commonNameOf(socket)));
  return { ...(await listenTo(server, 'https', seen, host)), shown };
}

/** A partner that does with each connection whatever it likes, after the first request on it came. */
export async function startRawPartner(act: (socket: Socket, index: number) => void): Promise<TestPartner> {
  const seen: Seen[] = [];
  const server = createPlainServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      seen.push({ method: '', url: '', headers: {}, body: '' });
      act(socket, seen.length - 1);
    });
  });
  return listenTo(server, 'http', seen);
}

function answerWith(reply: (seen: Seen, index: number) => Reply, seen: Seen[]): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      seen.push(one);
      const { status = 200, headers = {}, body = '' } = reply(one, seen.length - 1);
      response.statusCode = status;
      for (const [name, value] of Object.entries({ ...TAXII, ...headers })) response.setHeader(name, value);
      response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
  };
}

async function listenTo(
  server: Server,
  scheme: string,
  seen: readonly Seen[],
  host = '127.0.0.1',
): Promise<TestPartner> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `${scheme}://127.0.0.1:${port}/`,
    seen,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const LIMITS: ClientLimits = {
  maxAnswerBytes: 100_000,
  requestTimeoutMs: 5000,
  maxRedirects: 2,
  maxRetries: 2,
  maxRetryAfterMs: 60_000,
  maxDepth: 20,
  maxObjects: 10,
};

export interface TestClient extends TaxiiClient, AsyncDisposable {
  /** What it waited for, in milliseconds; no time passes. */
  readonly waits: readonly number[];
}

export interface TestClientOptions extends Partial<Omit<ClientOptions, 'limits'>> {
  readonly limits?: Partial<ClientLimits>;
}

export function openClient(options: TestClientOptions = {}): TestClient {
  const waits: number[] = [];
  const client = createTaxiiClient({
    credentials: { kind: 'none' },
    allowPrivate: true,
    userAgent: 'pollwatch-test/1.0',
    signal: new AbortController().signal,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
    random: () => 0.5,
    mayAsk: () => undefined,
    ...options,
    limits: { ...LIMITS, ...options.limits },
  });
  return { ...client, waits, [Symbol.asyncDispose]: () => client.close() };
}

export const QUERY: PageQuery = { limit: 10, allVersions: false };

/** A page of the collection `c` of the API root at a partner. */
export function readPageOf(client: TaxiiClient, { origin }: TestPartner, query: Partial<PageQuery> = {}) {
  return client.readObjects({ apiRoot: `${origin}root/`, collection: 'c' }, { ...QUERY, ...query });
}

/** Waits for the fault that a call ends with. */
export async function faultOf(call: Promise<unknown>): Promise<PartnerFault> {
  const end = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in end && end.error instanceof PartnerFault) return end.error;
  throw new Error(`no fault of a partner: ${JSON.stringify(end)}`, {
    cause: 'error' in end ? end.error : undefined,
  });
}

export const bearer = (secret: string): Credentials => ({
  kind: 'header',
  name: 'authorization',
  value: `Bearer ${secret}`,
});
