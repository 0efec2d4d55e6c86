import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.ts';

/** Counts how deep a text nests that is no JSON, as `scanMembers` does: brackets outside of texts, whatever else is there. */
export class BracketCounter {
  readonly #maxDepth: number;
  #isInString = false;
  #isEscaped = false;
  /** How many brackets are open; below zero when more were closed. */
  depth = 0;
  isTooDeep = false;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  /** What comes next stands in a text. */
  goOnInString(): void {
    this.#isInString = true;
  }

  read(piece: Uint8Array): void {
    for (const byte of piece) {
      if (this.#isInString) this.#readString(byte);
      else if (byte === QUOTE) this.#isInString = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        this.depth += 1;
        if (this.depth > this.#maxDepth) this.isTooDeep = true;
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.depth -= 1;
    }
  }

  #readString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInString = false;
  }
}
