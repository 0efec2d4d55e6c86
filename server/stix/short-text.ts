/** Long enough for any name that is asked for, each of its letters written as an escape. */
const MAX_BYTES = 64;

/** A text of JSON that comes in pieces, as long as it is short. */
export class ShortText {
  readonly #held = Buffer.alloc(MAX_BYTES);
  #bytes = 0;

  begin(): void {
    this.#bytes = 0;
  }

  /** @param piece what comes next between its quotes */
  add(piece: Uint8Array): void {
    if (this.#bytes < MAX_BYTES) this.#held.set(piece.subarray(0, MAX_BYTES - this.#bytes), this.#bytes);
    this.#bytes += piece.length;
  }

  /** What it says, which has to be valid; undefined when it is long. */
  read(): string | undefined {
    if (this.#bytes > MAX_BYTES) return undefined;
    const written = this.#held.toString('utf8', 0, this.#bytes);
    return written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;
  }
}
