import type { Pattern } from './syntax-tree.ts';

/** Why a text is no pattern, and where. */
export interface PatternFault {
  readonly kind: 'fault';
  /** In UTF-16 units from the beginning of the text. */
  readonly offset: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** What was found, what was expected there and, for a usual slip, what to write. */
  readonly message: string;
}

/** Ends the reading of a pattern at the first fault; never leaves this folder. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Whether the answer of `parsePattern` is a fault. */
export function isPatternFault(result: Pattern | PatternFault): result is PatternFault {
  return result.kind === 'fault';
}

/** Turns what ended the reading of a text into its fault. */
export function toFault(text: string, { offset, message }: Unreadable): PatternFault {
  return { kind: 'fault', offset, ...toPosition(text, offset), message };
}

/** Line and column, both from 1, of a place in a text. */
export function toPosition(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', start)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}
