import { AppError } from '../domain/errors.ts';
import { endOfString } from './json-parse.ts';

/** Where one value stands in a text, and what has to be looked at more closely. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** How many members the objects inside have together, as written. */
  readonly members: number;
  /** A number of 16 or more characters, or with an exponent, stands inside. */
  readonly hasLongNumber: boolean;
}

/** A top-level member of a JSON object and, when it is a list, the spans of its items. */
export interface ScannedMember {
  readonly name: string;
  readonly span: Span;
  readonly items: readonly Span[];
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const LONG_NUMBER = 16;

/**
 * Finds the top-level members of a JSON object, and the items of their lists, in one pass, without building
 * anything. The text need not be valid JSON: what is not is found by JSON.parse afterwards.
 * @param maxDepth how deep objects and lists may nest
 * @throws AppError `body.too-deep`
 */
export function scanMembers(text: string, maxDepth: number): readonly ScannedMember[] {
  const members: ScannedMember[] = [];
  let depth = 0;
  let at = 0;
  let name = '';
  let items: Span[] = [];
  let valueStart = -1;
  let itemStart = -1;
  let counted = 0;
  let countedAtMember = 0;
  let countedAtItem = 0;
  let long = false;
  let longInItem = false;
  let lastString = '';

  const endItem = (): void => {
    if (itemStart >= 0 && text.slice(itemStart, at).trim() !== '') {
      items.push({ start: itemStart, end: at, members: counted - countedAtItem, hasLongNumber: longInItem });
    }
    itemStart = -1;
    longInItem = false;
  };
  const endMember = (): void => {
    if (valueStart >= 0) {
      members.push({
        name,
        span: { start: valueStart, end: at, members: counted - countedAtMember, hasLongNumber: long },
        items,
      });
    }
    valueStart = -1;
    items = [];
  };

  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (depth === 1 && valueStart < 0) lastString = text.slice(at, end);
      at = end;
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth += 1;
      if (depth > maxDepth) {
        throw new AppError('body.too-deep', { detail: `The body nests deeper than ${maxDepth} levels.` });
      }
      // Items are looked for directly inside a list that is itself a member of the top object.
      if (depth === 2 && code === OPEN_BRACKET && valueStart >= 0) {
        itemStart = at + 1;
        countedAtItem = counted;
      }
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (depth === 2 && code === CLOSE_BRACKET) endItem();
      depth -= 1;
      if (depth === 0) endMember();
    } else if (code === COLON) {
      counted += 1;
      if (depth === 1 && valueStart < 0) {
        name = decodeName(lastString);
        valueStart = at + 1;
        countedAtMember = counted;
        long = false;
        longInItem = false;
      }
    } else if (code === COMMA) {
      if (depth === 1) endMember();
      if (depth === 2 && itemStart >= 0) {
        endItem();
        itemStart = at + 1;
        countedAtItem = counted;
      }
    } else if (code === MINUS || (code >= 0x30 && code <= 0x39)) {
      const end = endOfNumber(text, at);
      if (isLong(text, at, end)) {
        long = true;
        longInItem = true;
      }
      at = end;
      continue;
    }
    at += 1;
  }
  return members;
}

function endOfNumber(text: string, from: number): number {
  let at = from + 1;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isPart = (code >= 0x30 && code <= 0x39) || code === 0x2e || code === 0x2b || code === MINUS;
    if (!isPart && code !== 0x65 && code !== 0x45) break;
  }
  return at;
}

function isLong(text: string, from: number, end: number): boolean {
  if (end - from >= LONG_NUMBER) return true;
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x65 || code === 0x45) return true;
  }
  return false;
}

/** A name may be written with escapes. */
function decodeName(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
