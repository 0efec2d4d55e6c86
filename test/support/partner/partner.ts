import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { answer, findTarget } from './answering.ts';
import { isLetIn, type PartnerAuth } from './auth.ts';
import type { Behaviour, PostedObject } from './behaviour.ts';
import { createPager } from './pages.ts';
import { createReception, readBody } from './receiving.ts';
import { createRequestLog, type RequestLog } from './request-log.ts';
import { send, standIn, toError } from './sending.ts';
import { createStock, type AddTerms, type CollectionInfo, type PartnerStock } from './stock.ts';

export const PARTNER_COLLECTION: CollectionInfo = {
  id: '5f8d1c2e-3b4a-4c6d-8e9f-0a1b2c3d4e5f',
  alias: 'shared',
  title: 'What we share',
  canRead: true,
  canWrite: true,
};

export interface PartnerOptions {
  /** What there is; one collection that may be read and written unless told. */
  readonly collections?: readonly CollectionInfo[];
  /** What the first collection holds at the beginning. */
  readonly objects?: readonly PostedObject[];
  readonly added?: AddTerms;
  readonly auth?: PartnerAuth;
  readonly behaviour?: Behaviour;
  /** Where it listens; a free port unless told. */
  readonly port?: number;
  /** PEM texts; with `ca`, a client certificate is wanted. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
}

/** A TAXII 2.1 server of the tests' own, that also does what it should not. */
export interface Partner extends AsyncDisposable {
  readonly port: number;
  /** Without a slash at the end. */
  readonly origin: string;
  readonly discoveryUrl: string;
  readonly apiRoot: string;
  /** The first collection. */
  readonly stock: PartnerStock;
  readonly stocks: readonly PartnerStock[];
  readonly requests: RequestLog;
  readonly behaviour: Behaviour;
  /** From now on it behaves so, and in everything else as it should. */
  behave(behaviour: Behaviour): void;
  /** Forgets every `next` and every status, as a server does that keeps them in memory and was started anew. */
  forget(): void;
  /** Ends every connection at once. */
  disconnect(): void;
}

/** Starts a partner on loopback. */
export async function startPartner(options: PartnerOptions = {}): Promise<Partner> {
  const { tls, auth = { kind: 'none' } } = options;
  const stocks = (options.collections ?? [PARTNER_COLLECTION]).map(createStock);
  const [stock] = stocks;
  assert.ok(stock);
  if (options.objects) stock.add(options.objects, options.added);
  const requests = createRequestLog();
  const pager = createPager();
  const reception = createReception();
  let behaviour = options.behaviour ?? {};
  let origin = '';

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Whoever goes away in the middle is not the partner's fault.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const { method = 'GET', url = '/' } = request;
    const target = findTarget(method, url.replace(/\?.*$/s, ''));
    const seen = requests.begin(request, response, target.resource);
    const fault = behaviour.fault?.(seen);
    const body = method === 'POST' ? await readBody(request, seen, behaviour) : undefined;
    if (fault?.kind === 'hold') await fault.until;
    const now = behaviour;
    setDate(response, now, Math.max(...stocks.map(({ latest }) => latest)) / 1000);
    const refused = isLetIn(auth, request.headers)
      ? undefined
      : toError(401, 'Who are you?', { 'WWW-Authenticate': 'Basic realm="partner"' });
    const right = (): ReturnType<typeof answer> =>
      answer({ origin, stocks, pager, reception }, target, seen, now, body);
    await send(response, seen, refused ?? standIn(fault) ?? right(), fault);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      if (!request.destroyed) response.destroy(error instanceof Error ? error : undefined);
    });
  };
  const server = tls
    ? createTlsServer(
        { cert: tls.cert, key: tls.key, ...(tls.ca ? { ca: tls.ca, requestCert: true } : {}) },
        onRequest,
      )
    : createServer(onRequest);
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  origin = `${tls ? 'https' : 'http'}://127.0.0.1:${String(address.port)}`;
  return {
    port: address.port,
    origin,
    discoveryUrl: `${origin}/taxii2/`,
    apiRoot: `${origin}/api/`,
    stock,
    stocks,
    requests,
    get behaviour() {
      return behaviour;
    },
    behave(next) {
      behaviour = next;
    },
    forget() {
      pager.forget();
      reception.forget();
    },
    disconnect: () => server.closeAllConnections(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The partner lives in the time of its objects. */
function setDate(response: ServerResponse, { clockMs }: Behaviour, latestMs: number): void {
  response.sendDate = false;
  if (clockMs !== false) response.setHeader('Date', new Date(clockMs?.() ?? latestMs).toUTCString());
}
