import type { Position } from './json-position.ts';

/**
 * Turns offsets in bytes into lines and columns while a text comes in. Columns count UTF-16 units, so each offset comes
 * with its surplus: by how many there are more bytes before it than units.
 */
export class LineCounter {
  #line = 1;
  #start = 0;
  #surplus = 0;

  /** @param offset where the next line begins */
  endLine(offset: number, surplus: number): void {
    this.#line += 1;
    this.#start = offset;
    this.#surplus = surplus;
  }

  /** @param offset in the present line */
  toPosition(offset: number, surplus: number): Position {
    return { line: this.#line, column: offset - this.#start - (surplus - this.#surplus) + 1 };
  }
}
