import { Agent, type Dispatcher } from 'undici';
import { PartnerFault } from '../partner-fault.ts';
import { headerOf, type Answer } from './answer.ts';
import { createBodyReader, type BodyReader } from './answer-body.ts';
import { toConnectionFault } from './connection-faults.ts';
import { createConnector } from './connector.ts';
import { describeUrl } from './partner-urls.ts';
import type { Redaction } from './redaction.ts';
import type { Bill, ClientOptions } from './taxii-client.ts';

/** One request, ready to go. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Transport {
  /**
   * Sends one request once.
   * @throws PartnerFault, the reason of the signal, or what `mayAsk` throws
   */
  send(request: Outgoing): Promise<Answer>;
  bill(): Bill;
  close(): Promise<void>;
}

/** What is read of an answer that refuses; the rest is left. */
const MAX_REFUSAL_BYTES = 65_536;
const MAX_HEADER_BYTES = 32_768;
const MAX_CONNECTIONS = 4;

/** @param isHome whether what proves who we are may go to this origin */
export function createTransport(
  options: ClientOptions,
  redaction: Redaction,
  isHome: (origin: string) => boolean,
): Transport {
  const { limits, signal } = options;
  const connector = createConnector({
    allowPrivate: options.allowPrivate,
    authorities: options.authorities,
    credentials: options.credentials,
    timeoutMs: limits.requestTimeoutMs,
    isHome,
  });
  // The time of a request is bounded as a whole, below.
  const agent = new Agent({
    connect: connector.connect,
    allowH2: false,
    connections: MAX_CONNECTIONS,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  const destroyAll = (): void => connector.destroy();
  signal.addEventListener('abort', destroyAll, { once: true });
  const spent = { requests: 0, bytesIn: 0, bytesOut: 0 };

  return {
    send(request) {
      signal.throwIfAborted();
      options.mayAsk();
      spent.requests += 1;
      return new Promise((resolve, reject) => {
        const call = createCall(request, options, redaction, spent, resolve, reject);
        attempt(() => void agent.dispatch(call.dispatch, call.handler), call.failConnection);
      });
    },
    bill: () => ({ ...spent }),
    async close() {
      signal.removeEventListener('abort', destroyAll);
      const closed = agent.destroy();
      connector.destroy();
      await closed;
    },
  };
}

interface Spent {
  bytesIn: number;
  bytesOut: number;
}

interface Call {
  readonly dispatch: Dispatcher.DispatchOptions;
  readonly handler: Dispatcher.DispatchHandler;
  readonly failConnection: (error: unknown) => void;
}

/** The life of one request: it ends once, by its answer, its time, its size, the signal or a failure. */
function createCall(
  request: Outgoing,
  { limits, signal, mayAsk }: ClientOptions,
  redaction: Redaction,
  spent: Spent,
  resolve: (answer: Answer) => void,
  reject: (reason: unknown) => void,
): Call {
  const { url, method, body } = request;
  let controller: Dispatcher.DispatchController | undefined;
  let reader: BodyReader | undefined;
  let refusal: Answer | undefined;
  let failure: unknown;
  let isOver = false;

  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    return true;
  };
  const fail = (reason: unknown): void => {
    if (!end()) return;
    failure = reason;
    reader?.drop();
    controller?.abort(reason instanceof Error ? reason : new Error('ended', { cause: reason }));
    // A refusal says more than how its text ended.
    if (refusal && !signal.aborted) resolve(refusal);
    else reject(reason);
  };
  const failConnection = (error: unknown): void => fail(toConnectionFault(error, request, redaction));
  const onAbort = (): void => fail(signal.reason);
  const timer = setTimeout(() => {
    const seconds = limits.requestTimeoutMs / 1000;
    const detail = `${method} ${describeUrl(url)} was not answered in full within ${seconds} s.`;
    fail(new PartnerFault('time.exceeded', detail));
  }, limits.requestTimeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(given) {
      controller = given;
      // It may have waited for its connection: nothing goes out after the end, or when we may not ask any more.
      if (!isOver) attempt(mayAsk, fail);
      if (isOver) given.abort(failure instanceof Error ? failure : new Error('ended', { cause: failure }));
    },
    onResponseStart(given, status, headers) {
      if (status < 200 || isOver) return;
      const answer = { url, status, headers, body: NOTHING };
      const isRefusal = status >= 300;
      if (isRefusal) refusal = answer;
      const maxBytes = isRefusal ? Math.min(MAX_REFUSAL_BYTES, limits.maxAnswerBytes) : limits.maxAnswerBytes;
      attempt(() => {
        reader = createBodyReader(headerOf(headers, 'content-encoding'), maxBytes, {
          onEnd: (bytes) => {
            if (end()) resolve({ ...answer, body: bytes });
          },
          onError: failConnection,
          onFull: () => given.pause(),
          onReady: () => given.resume(),
        });
      }, fail);
    },
    onResponseData(_given, chunk) {
      spent.bytesIn += chunk.byteLength;
      if (!isOver) reader?.write(chunk);
    },
    onResponseEnd() {
      if (!isOver) reader?.end();
    },
    onResponseError(_given, error) {
      failConnection(error);
    },
  };
  if (body) spent.bytesOut += body.byteLength;
  return {
    dispatch: {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: request.headers,
      body: body ?? null,
    },
    handler,
    failConnection,
  };
}

const NOTHING = new Uint8Array(0);

function attempt(act: () => void, onError: (error: unknown) => void): void {
  try {
    act();
  } catch (error) {
    onError(error);
  }
}
