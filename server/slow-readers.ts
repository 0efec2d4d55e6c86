import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const SWEEP_MS = 1000;

/** What the system took of what was written to a connection, and whether that is all of it. */
interface Sent {
  readonly bytes: number;
  readonly isAll: boolean;
}

interface Reader {
  bytes: number;
  /** For how many looks in a row nothing more was taken. */
  looks: number;
}

/**
 * Closes connections whose client takes nothing of what was written for it. Whoever takes some in time may take as
 * long as it likes for all; while nothing is written, as when the store is slow, no time runs.
 * @param sendTimeoutMs after so long without any byte taken a connection is closed; up to a second more may go by
 */
export function closeSlowReaders(server: Server, sendTimeoutMs: number): void {
  const readers = new Map<Socket, Reader>();
  const sweepMs = Math.min(SWEEP_MS, sendTimeoutMs / 4);
  // Looks are counted, not time: while this process stands still, no client is late.
  const maxLooks = Math.ceil(sendTimeoutMs / sweepMs);
  let timer: NodeJS.Timeout | undefined;

  // As they were accepted: what is encrypted on its way lies here as well.
  server.on('connection', (socket: Socket) => {
    readers.set(socket, { bytes: 0, looks: 0 });
    socket.once('close', () => readers.delete(socket));
  });
  server.on('listening', () => {
    timer ??= setInterval(sweep, sweepMs).unref();
  });
  server.on('close', () => {
    clearInterval(timer);
    timer = undefined;
  });

  function sweep(): void {
    for (const [socket, reader] of readers) {
      const sent = readSent(socket);
      reader.looks = sent.isAll || sent.bytes > reader.bytes ? 0 : reader.looks + 1;
      reader.bytes = sent.bytes;
      // A plain close would leave what the system still holds waiting for this client.
      if (reader.looks >= maxLooks) socket.resetAndDestroy();
    }
  }
}

/** Node's own fields of a socket count an answer once it has gone as a whole: too coarse for a large page. */
function readSent(socket: Socket): Sent {
  const handle: unknown = '_handle' in socket ? socket._handle : undefined;
  if (typeof handle === 'object' && handle && 'bytesWritten' in handle && 'writeQueueSize' in handle) {
    const { bytesWritten, writeQueueSize } = handle;
    if (typeof bytesWritten === 'number' && typeof writeQueueSize === 'number') {
      return { bytes: bytesWritten - writeQueueSize, isAll: writeQueueSize === 0 };
    }
  }
  return { bytes: socket.bytesWritten - socket.writableLength, isAll: socket.writableLength === 0 };
}
