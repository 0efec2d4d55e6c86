import { createGunzip, type Gunzip } from 'node:zlib';
import { PartnerFault } from '../partner-fault.ts';

/** Told of what becomes of a body. */
export interface BodyEvents {
  readonly onEnd: (bytes: Uint8Array) => void;
  readonly onError: (error: unknown) => void;
  /** The reader is behind: no more until `onReady`. */
  readonly onFull: () => void;
  readonly onReady: () => void;
}

/** Takes a body as it comes in. */
export interface BodyReader {
  write(chunk: Uint8Array): void;
  end(): void;
  /** Frees what was collected. */
  drop(): void;
}

/**
 * Collects a body up to a bound, before and after decompression: what exceeds it ends early, with little of it held.
 * @param encoding the Content-Encoding; anything but gzip was not asked for
 * @throws PartnerFault `answer.unreadable`
 */
export function createBodyReader(
  encoding: string | undefined,
  maxBytes: number,
  events: BodyEvents,
): BodyReader {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return collect(maxBytes, events);
  if (name === 'gzip' || name === 'x-gzip') return unpack(maxBytes, events);
  throw new PartnerFault(
    'answer.unreadable',
    'The partner compressed its answer in a way that we did not ask for.',
  );
}

/** In one piece: chunks of a byte each would take a hundred times their length, and each keeps what it was cut from. */
function collect(maxBytes: number, { onEnd, onError }: BodyEvents): BodyReader {
  let held = NOTHING;
  let size = 0;
  return {
    write(chunk) {
      const needed = size + chunk.byteLength;
      if (needed > maxBytes) {
        onError(tooLarge(maxBytes));
        return;
      }
      if (needed > held.byteLength) {
        const room = Math.min(maxBytes, Math.max(needed, 2 * held.byteLength, FIRST_BYTES));
        const grown = Buffer.allocUnsafe(room);
        grown.set(held.subarray(0, size));
        held = grown;
      }
      held.set(chunk, size);
      size = needed;
    },
    end: () => onEnd(held.subarray(0, size)),
    drop() {
      held = NOTHING;
      size = 0;
    },
  };
}

const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 65_536;

function unpack(maxBytes: number, events: BodyEvents): BodyReader {
  const gunzip: Gunzip = createGunzip();
  let isOver = false;
  const plain = collect(maxBytes, { ...events, onError: fail });
  let packed = 0;
  function fail(error: unknown): void {
    if (isOver) return;
    isOver = true;
    gunzip.destroy();
    events.onError(error);
  }
  gunzip.on('data', (chunk: Buffer) => {
    if (!isOver) plain.write(chunk);
  });
  gunzip.on('drain', events.onReady);
  gunzip.on('error', fail);
  gunzip.on('end', () => {
    if (!isOver) plain.end();
  });
  return {
    write(chunk) {
      packed += chunk.byteLength;
      if (packed > maxBytes) fail(tooLarge(maxBytes));
      if (!isOver && !gunzip.write(chunk)) events.onFull();
    },
    end: () => void gunzip.end(),
    drop() {
      isOver = true;
      gunzip.destroy();
      plain.drop();
    },
  };
}

function tooLarge(maxBytes: number): PartnerFault {
  return new PartnerFault(
    'answer.too-large',
    `The answer is larger than ${maxBytes} bytes. Ask for fewer objects, or raise POLLWATCH_FEED_MAX_PAGE_BYTES.`,
  );
}
