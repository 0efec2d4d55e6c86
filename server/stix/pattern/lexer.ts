import {
  ASTERISK,
  BACKSLASH,
  CARRIAGE_RETURN,
  DOT,
  DOUBLE_QUOTE,
  EQUALS,
  EXCLAMATION,
  GREATER,
  isBlank,
  isDigit,
  isNamePart,
  isNameStart,
  LESS,
  LINE_FEED,
  MINUS,
  PLUS,
  QUOTE,
  SLASH,
} from './characters.ts';
import { Unreadable } from './fault.ts';
import { findWord, type Keyword } from './keywords.ts';
import { toEscapeFault, toNumberFault, toOpenStringFault } from './lexical-faults.ts';
import { checkPrefixed, type PrefixedKind } from './prefixed-literals.ts';
import type { Comparator } from './syntax-tree.ts';

type Mark = '[' | ']' | '(' | ')' | ',' | ':' | '.' | '*';

/** What a token is; `double-quoted` and `unknown` may stand nowhere. */
export type TokenKind =
  | Keyword
  | Mark
  | Comparator
  | PrefixedKind
  | 'name'
  | 'hyphenated-name'
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'double-quoted'
  | 'unknown'
  | 'end';

const marks: readonly (Mark | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  (['[', ']', '(', ')', ',', ':', '.', '*'] as const).find((mark) => mark.charCodeAt(0) === code),
);
const prefixes: ReadonlyMap<string, PrefixedKind> = new Map<string, PrefixedKind>([
  ['t', 'timestamp'],
  ['h', 'hex'],
  ['b', 'binary'],
]);

/** Reads a pattern token by token; what it looks at is the token that `kind`, `start` and `end` tell. */
export class Lexer {
  readonly text: string;
  kind: TokenKind = 'end';
  start = 0;
  end = 0;
  /** Whether the token is a string with a backslash in it. */
  isEscaped = false;
  #hasBracket = false;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  /** The token as it is written. */
  get spelling(): string {
    return this.text.slice(this.start, this.end);
  }

  is(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  /** Goes past the token when it is of the kind. */
  accept(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.advance();
    return true;
  }

  /**
   * Goes on to the next token.
   * @throws Unreadable when the text there can be no token wherever it stands
   */
  advance(): void {
    const start = this.#skipBlanks(this.end);
    this.start = start;
    const code = this.text.charCodeAt(start);
    if (isNameStart(code)) this.#readWord();
    else if (code === QUOTE) this.#readString();
    else if (isDigit(code)) this.#readNumber(start);
    else if (start >= this.text.length) this.#take('end', start);
    else this.#readMark(code);
  }

  #take(kind: TokenKind, end: number): void {
    this.kind = kind;
    this.end = end;
  }

  #readMark(code: number): void {
    const start = this.start;
    const next = this.text.charCodeAt(start + 1);
    if (code === DOT && isDigit(next)) {
      this.#readNumber(start);
      return;
    }
    const mark = code < 128 ? marks[code] : undefined;
    if (mark !== undefined) {
      if (mark === '[') this.#hasBracket = true;
      this.#take(mark, start + 1);
    } else if (code === EQUALS) this.#take('=', start + (next === EQUALS ? 2 : 1));
    else if (code === LESS && next === GREATER) this.#take('!=', start + 2);
    else if (code === LESS) this.#takeWithEquals('<', '<=', next);
    else if (code === GREATER) this.#takeWithEquals('>', '>=', next);
    else if (code === EXCLAMATION && next === EQUALS) this.#take('!=', start + 2);
    else if (code === PLUS || code === MINUS) this.#readSigned(next);
    else if (code === DOUBLE_QUOTE) this.#readDoubleQuoted();
    else this.#takeUnknown();
  }

  #takeWithEquals(bare: Comparator, withEquals: Comparator, next: number): void {
    if (next === EQUALS) this.#take(withEquals, this.start + 2);
    else this.#take(bare, this.start + 1);
  }

  #takeUnknown(): void {
    const code = this.text.codePointAt(this.start) ?? 0;
    this.#take('unknown', this.start + (code > 0xffff ? 2 : 1));
  }

  #readWord(): void {
    const { text, start } = this;
    let at = start + 1;
    let isHyphenated = false;
    for (let code = text.charCodeAt(at); isNamePart(code); code = text.charCodeAt(at)) {
      if (code === MINUS) isHyphenated = true;
      at += 1;
    }
    if (isHyphenated) {
      this.#take('hyphenated-name', at);
      return;
    }
    const first = text.charCodeAt(start);
    if (at === start + 1 && text.charCodeAt(at) === QUOTE) {
      const kind = prefixes.get(text.charAt(start));
      if (kind !== undefined) {
        this.#take(kind, checkPrefixed(text, start, kind));
        return;
      }
    }
    // Words begin with an upper-case letter, t or f; most names do not, and are not looked up.
    const mayBeWord = at - start <= 10 && (first < 0x5b || first === 0x74 || first === 0x66);
    const word = mayBeWord ? findWord(text.slice(start, at)) : undefined;
    this.#take(word ?? 'name', at);
  }

  #readString(): void {
    const { text, start } = this;
    this.isEscaped = false;
    let at = start + 1;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
      if (code === BACKSLASH) {
        const escaped = text.charCodeAt(at + 1);
        if (escaped !== QUOTE && escaped !== BACKSLASH) throw toEscapeFault(text, start, at);
        this.isEscaped = true;
        at += 2;
      } else if (at >= text.length) throw toOpenStringFault(start, this.isEscaped);
      else at += 1;
    }
    this.#take('string', at + 1);
  }

  #readSigned(next: number): void {
    const { text, start } = this;
    if (isDigit(next) || (next === DOT && isDigit(text.charCodeAt(start + 2)))) this.#readNumber(start + 1);
    else this.#takeUnknown();
  }

  /** @param from where the digits begin, after the sign */
  #readNumber(from: number): void {
    const { text } = this;
    let at = skipDigits(text, from);
    const wholeEnd = at;
    if (text.charCodeAt(at) === DOT && isDigit(text.charCodeAt(at + 1))) at = skipDigits(text, at + 1);
    const isFloat = at > wholeEnd;
    const hasLeadingZero = !isFloat && at > from + 1 && text.charAt(from) === '0';
    if (hasLeadingZero || !this.#endsNumber(at)) throw toNumberFault(text, this.start, hasLeadingZero);
    this.#take(isFloat ? 'float' : 'integer', at);
  }

  /** A keyword may follow a number without a blank (`5SECONDS`); another letter, sign or point may not. */
  #endsNumber(at: number): boolean {
    const code = this.text.charCodeAt(at);
    if (code === DOT) return !isDigit(this.text.charCodeAt(at + 1));
    if (code === MINUS || code === PLUS) return false;
    if (!isNameStart(code)) return true;
    return findWord(this.text.slice(at, skipName(this.text, at, at + 11))) !== undefined;
  }

  /** Read as a whole, so that a fault can name it. */
  #readDoubleQuoted(): void {
    const close = this.text.indexOf('"', this.start + 1);
    this.#take('double-quoted', close < 0 ? this.start + 1 : close + 1);
  }

  #skipBlanks(from: number): number {
    const { text } = this;
    let at = from;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isBlank(code)) at += 1;
      else if (code !== SLASH) return at;
      else {
        const end = this.#findCommentEnd(at);
        if (end === undefined) return at;
        at = end;
      }
    }
  }

  #findCommentEnd(start: number): number | undefined {
    const { text } = this;
    const next = text.charCodeAt(start + 1);
    if (next !== SLASH && next !== ASTERISK) return undefined;
    // The grammar would take it; the OASIS validator does not, and so others may not.
    if (!this.#hasBracket) {
      throw new Unreadable(start, 'Found a comment before the first "[". Put comments after it.');
    }
    if (next === SLASH) return skipLine(text, start);
    const close = text.indexOf('*/', start + 2);
    if (close < 0) throw new Unreadable(start, 'The comment that begins here has no end: "*/" is missing.');
    return close + 2;
  }
}

function skipDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

function skipName(text: string, from: number, limit: number): number {
  let at = from;
  while (at < limit && isNamePart(text.charCodeAt(at))) at += 1;
  return at;
}

function skipLine(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED || code === CARRIAGE_RETURN) return at;
  }
  return at;
}
