import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The connections of a server, and which answers are still to be given on each. */
export interface Connections {
  /** Notes a request that is to be answered. */
  begin(req: IncomingMessage, res: ServerResponse): void;
  /** The answers that are still to be given, in the order in which they were asked for. */
  outstanding(socket: Duplex): readonly ServerResponse[];
  /**
   * Refuses new connections, answers what was received, and says with each answer that the connection closes.
   * @param timeoutMs after so long, what is left is cut off
   */
  readonly stop: (timeoutMs: number) => Promise<void>;
}

// So long a client has to send what it was about to send, and is told that the connection closes.
const SWEEP_MS = 250;

/** Watches the connections of a server from its first one on. */
export function watchConnections(server: Server): Connections {
  // As they were accepted; over TLS, requests come on other sockets, which lie on top of these.
  const sockets = new Set<Socket>();
  const answers = new Map<Duplex, Set<ServerResponse>>();
  let isStopping = false;

  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function closeIdle(): void {
    server.closeIdleConnections();
    // A connection on which nothing was ever said does not count as idle for Node.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  /** Only the last answer may say so: Node closes behind it, whatever else was asked for. */
  function announceEnd(socket: Duplex): void {
    const open = [...(answers.get(socket) ?? [])];
    open.forEach((res, index) => {
      if (!res.headersSent && res.req.httpVersion === '1.1') res.shouldKeepAlive = index < open.length - 1;
    });
  }

  return {
    begin(req, res) {
      const { socket } = req;
      let open = answers.get(socket);
      if (!open) {
        answers.set(socket, (open = new Set()));
        socket.once('close', () => answers.delete(socket));
      }
      open.add(res);
      res.once('close', () => open.delete(res));
      if (isStopping) announceEnd(socket);
    },
    outstanding: (socket) => [...(answers.get(socket) ?? [])],
    async stop(timeoutMs) {
      isStopping = true;
      for (const socket of answers.keys()) announceEnd(socket);
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
