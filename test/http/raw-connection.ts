import { connect, type Socket } from 'node:net';

/** A plain TCP connection, for requests that an HTTP client would tidy or refuse to send. */
export interface RawConnection extends Disposable {
  readonly socket: Socket;
  readonly write: (data: string | Buffer) => void;
  /** All that came so far. */
  readonly received: () => string;
  readonly isClosed: () => boolean;
  /** Waits until a text came. @throws when it does not come in time or the connection ends without it */
  readonly waitFor: (text: string, timeoutMs?: number) => Promise<string>;
  /** Waits until the server closed the connection. @returns all that came */
  readonly waitForEnd: (timeoutMs?: number) => Promise<string>;
}

const TIMEOUT_MS = 8000;

export async function openRaw(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  let isClosed = false;
  let check = (): void => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    check();
  });
  const close = (): void => {
    isClosed = true;
    check();
  };
  socket.on('end', close).on('close', close);
  // A reset is one of the ways in which a server ends a connection.
  socket.on('error', close);
  await new Promise((resolve) => socket.once('connect', resolve));

  function wait(isDone: () => boolean, what: string, timeoutMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} in time; came: ${received}`)), timeoutMs);
      check = () => {
        if (!isDone() && !isClosed) return;
        clearTimeout(timer);
        check = () => undefined;
        if (isDone()) resolve(received);
        else reject(new Error(`closed without ${what}; came: ${received}`));
      };
      check();
    });
  }

  return {
    socket,
    write: (data) => void socket.write(data),
    received: () => received,
    isClosed: () => isClosed,
    waitFor: (text, timeoutMs = TIMEOUT_MS) => wait(() => received.includes(text), text, timeoutMs),
    waitForEnd: (timeoutMs = TIMEOUT_MS) => wait(() => isClosed, 'end', timeoutMs),
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}

/** What the server says to these bytes until it closes the connection. */
export async function sendRaw(port: number, data: string | Buffer): Promise<RawAnswer> {
  using connection = await openRaw(port);
  connection.write(data);
  return parseRawAnswer(await connection.waitForEnd());
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** The first answer of what came over a connection. */
export function parseRawAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head, body: text.slice(end + 4) };
}
