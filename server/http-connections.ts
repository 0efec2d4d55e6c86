import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The connections of a server, and which answers are still to be given on each. */
export interface Connections {
  /** Notes a request that is to be answered. */
  begin(req: IncomingMessage, res: ServerResponse): void;
  /** The answers that are still to be given, in the order in which they were asked for. */
  outstanding(socket: Duplex): readonly ServerResponse[];
  /** Closes a connection once what was asked for on it is answered. */
  retire(socket: Socket): void;
  /**
   * Refuses new connections, answers what was received, and says with each answer that the connection closes.
   * @param timeoutMs after so long, what is left is cut off
   */
  readonly stop: (timeoutMs: number) => Promise<void>;
}

// So long a client has to send what it was about to send, and is told that the connection closes.
const SWEEP_MS = 250;

// With so many answers still to be given, no more requests are read. What one read brought is taken in whole.
const MAX_OUTSTANDING = 100;

interface Line {
  readonly socket: Socket;
  /** Answers that are still to be given, or on their way. */
  readonly open: Set<ServerResponse>;
  /** How much had come when the last answer had gone: more than that is the next request. */
  readAtRest: number;
  isRetired: boolean;
}

/** Watches the connections of a server from its first one on. */
export function watchConnections(server: Server): Connections {
  // As they were accepted; over TLS, requests come on other sockets, which lie on top of these.
  const sockets = new Set<Socket>();
  const lines = new Map<Duplex, Line>();
  let isStopping = false;

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  server.on('secureConnection', lineOf);

  function lineOf(socket: Socket): Line {
    const known = lines.get(socket);
    if (known) return known;
    const line = { socket, open: new Set<ServerResponse>(), readAtRest: 0, isRetired: false };
    lines.set(socket, line);
    socket.once('close', () => lines.delete(socket));
    // Node goes on reading with every request that is done.
    socket.on('resume', () => {
      if (isFull(line)) socket.pause();
    });
    return line;
  }

  /** Node's own idea of idle takes in answers that a slow reader has not had yet, and would cut them off. */
  function closeIdle(): void {
    for (const line of lines.values()) if (isIdle(line)) line.socket.destroy();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Only the last answer may say so: Node closes behind it, whatever else was asked for. */
  function announceEnd({ open }: Line): void {
    const last = [...open].at(-1);
    for (const res of open) {
      if (!res.headersSent && res.req.httpVersion === '1.1') res.shouldKeepAlive = res !== last;
    }
  }

  return {
    begin(req, res) {
      const line = lineOf(req.socket);
      line.open.add(res);
      if (isFull(line)) line.socket.pause();
      res.once('close', () => {
        const wasFull = isFull(line);
        line.open.delete(res);
        line.readAtRest = line.socket.bytesRead;
        if (wasFull && !isFull(line)) line.socket.resume();
      });
      if (isStopping || line.isRetired) announceEnd(line);
    },
    outstanding: (socket) => [...(lines.get(socket)?.open ?? [])],
    retire(socket) {
      const line = lineOf(socket);
      line.isRetired = true;
      announceEnd(line);
      if (isIdle(line)) socket.destroy();
    },
    async stop(timeoutMs) {
      isStopping = true;
      for (const line of lines.values()) announceEnd(line);
      // Node's HTTP server would close idle connections now, also those on which a request is about to arrive.
      const closed = new Promise<void>((resolve) => {
        NetServer.prototype.close.call(server, () => resolve());
      });
      // Right after a turn has read what came, so that as little as can be is closed unread.
      const sweep = setInterval(() => setImmediate(closeIdle), SWEEP_MS);
      const force = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, timeoutMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(force);
      // Ends Node's timer that looks for slow requests.
      server.close();
    },
  };
}

function isIdle({ socket, open, readAtRest }: Line): boolean {
  return open.size === 0 && socket.bytesRead === readAtRest;
}

function isFull({ open }: Line): boolean {
  return open.size >= MAX_OUTSTANDING;
}
