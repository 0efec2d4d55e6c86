import { Unreadable } from './fault.ts';
import { Lexer } from './lexer.ts';
import type { PatternLiteral } from './syntax-tree.ts';

/** How deep brackets may nest, so that reading a pattern needs little of the stack. */
export const MAX_PATTERN_DEPTH = 100;

/** A pattern while it is read: where the reading is, and what was found so far. */
export interface Reading {
  readonly lexer: Lexer;
  /** How many brackets are open. */
  depth: number;
  readonly types: string[];
  readonly paths: string[];
  readonly literals: PatternLiteral[];
}

/** Begins to read a text. */
export function startReading(text: string): Reading {
  return { lexer: new Lexer(text), depth: 0, types: [], paths: [], literals: [] };
}

/**
 * Goes past an opening bracket; what closes it takes one off `depth`.
 * @returns where the bracket stands
 * @throws Unreadable when too many are open
 */
export function openBracket(reading: Reading): number {
  const { lexer } = reading;
  const opened = lexer.start;
  reading.depth += 1;
  if (reading.depth > MAX_PATTERN_DEPTH) {
    throw new Unreadable(opened, `Brackets nest deeper than ${MAX_PATTERN_DEPTH} levels here.`);
  }
  lexer.advance();
  return opened;
}
