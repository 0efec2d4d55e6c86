import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { ByteSource } from './transfer-members.ts';

const EMPTY = Buffer.alloc(0);

/** Reads a file from its beginning, whatever else is done with the handle. */
export async function readFileBytes(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  let place = 0;
  return {
    async read(length) {
      // What a damaged length asks for must not be allocated.
      const bytes = Buffer.alloc(Math.min(length, Math.max(0, size - place)));
      let filled = 0;
      while (filled < bytes.byteLength) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, place + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      place += filled;
      return bytes.subarray(0, filled);
    },
  };
}

/** Reads a stream as it comes. */
export function readStreamBytes(stream: Readable): ByteSource {
  const chunks: AsyncIterator<unknown> = stream[Symbol.asyncIterator]();
  let waiting: Buffer = EMPTY;
  return {
    async read(length) {
      const parts: Buffer[] = [];
      let missing = length;
      while (missing > 0) {
        if (waiting.byteLength === 0) {
          const next = await chunks.next();
          if (next.done) break;
          waiting = Buffer.isBuffer(next.value) ? next.value : Buffer.from(String(next.value));
        }
        const part = waiting.subarray(0, missing);
        waiting = waiting.subarray(part.byteLength);
        missing -= part.byteLength;
        parts.push(part);
      }
      return Buffer.concat(parts);
    },
  };
}
