import { isUtf8 } from 'node:buffer';

const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/**
 * Checks pieces of a text for UTF-8, and cuts them anew where characters end. A byte order mark at the start is left out
 * (RFC 8259, 8.1).
 */
export class Utf8Stream {
  #rest: Uint8Array = Buffer.alloc(0);
  #isAtStart = true;
  #isFaulty = false;

  /** Whether all was UTF-8 so far. */
  get isFaulty(): boolean {
    return this.#isFaulty;
  }

  /** @returns what is whole so far, which may be a part of `piece` itself; of what is faulty nothing */
  push(piece: Uint8Array): Uint8Array {
    if (this.#isFaulty) return piece.subarray(0, 0);
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, piece]) : piece;
    const end = bytes.length - unfinished(bytes);
    const whole = bytes.subarray(0, end);
    this.#rest = Uint8Array.from(bytes.subarray(end));
    this.#isFaulty = !isUtf8(whole);
    if (!this.#isAtStart || whole.length === 0) return whole;
    this.#isAtStart = false;
    return BYTE_ORDER_MARK.equals(whole.subarray(0, 3)) ? whole.subarray(3) : whole;
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#rest.length > 0) this.#isFaulty = true;
  }
}

/** How many bytes at the end begin a character that goes on after them. */
function unfinished(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count += 1) {
    const byte = bytes[bytes.length - count] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return sizeOf(byte) > count ? count : 0;
  }
  return 0;
}

/** How many bytes a character has that begins with this one. */
function sizeOf(first: number): number {
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}
