import { BracketCounter } from './bracket-counter.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isEndOfNumber,
  isHexDigit,
  isInWord,
  LETTER_U,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  partOfNumber,
  QUOTE,
  SPACE,
} from './json-bytes.ts';
import type { Position } from './json-position.ts';
import { LineCounter } from './line-counter.ts';
import { ShortText } from './short-text.ts';

/** Is told of the values that stand inside at most two brackets, while a text comes in. Offsets count bytes. */
export interface JsonListener {
  /**
   * A value begins.
   * @param depth how many brackets are open around it
   * @param first its first byte
   */
  begin(depth: number, offset: number, first: number): void;
  /** It ends before this offset. @param text what it says, when it is a short text */
  end(depth: number, offset: number, text: string | undefined): void;
  /** The name of the member that comes next; undefined when it is long. */
  name(depth: number, name: string | undefined): void;
}

/** Deeper values are told of to nobody. */
const TOLD_DEPTH = 2;
/** What may come next. */
const IN = {
  value: 0,
  firstItem: 1,
  name: 2,
  firstName: 3,
  colon: 4,
  afterValue: 5,
  string: 6,
  escape: 7,
  hex: 8,
  number: 9,
  word: 10,
  /** No JSON any more: only how deep it nests still counts. */
  broken: 11,
  tooDeep: 12,
} as const;
type State = (typeof IN)[keyof typeof IN];

const WORDS: ReadonlyMap<number, string> = new Map(
  ['true', 'false', 'null'].map((w) => [w.charCodeAt(0), w]),
);
const ESCAPED: ReadonlySet<number> = new Set(Buffer.from('"\\/bfnrt'));
/**
 * Reads a JSON text (RFC 8259) that comes in pieces, as strictly as `JSON.parse`, in one pass and without keeping any of
 * it. It finds the place that `findSyntaxFault` finds, and too deep a text as `scanMembers` does.
 */
export class JsonStream {
  readonly #listener: JsonListener;
  readonly #maxDepth: number;
  #state: State = IN.value;
  /** The brackets that have to close. */
  readonly #open: number[] = [];
  /** Of a broken text. */
  readonly #brackets: BracketCounter;
  #fault: Position | undefined;

  /** Bytes before the present piece. */
  #base = 0;
  readonly #lines = new LineCounter();
  /** By how many there are more bytes than UTF-16 units. */
  #surplus = 0;

  /** Where the present text, number or word begins. */
  #start = 0;
  #startSurplus = 0;
  #escape = 0;
  #escapeSurplus = 0;
  #hexDigits = 0;
  #isName = false;
  #part = 0;
  #word = '';
  readonly #text = new ShortText();

  /** @param maxDepth how deep objects and lists may nest */
  constructor(listener: JsonListener, maxDepth: number) {
    this.#listener = listener;
    this.#maxDepth = maxDepth;
    this.#brackets = new BracketCounter(maxDepth);
  }

  /** Whether it nests too deep; that counts before any fault. */
  get isTooDeep(): boolean {
    return this.#state === IN.tooDeep || this.#brackets.isTooDeep;
  }

  /** Where it stops being JSON, once it has ended; undefined when it is JSON. */
  get fault(): Position | undefined {
    return this.#fault;
  }

  /** @param piece ends between two characters, and is UTF-8 */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length;) at = this.#step(piece, at);
    if (this.#isInString() && this.#open.length <= TOLD_DEPTH)
      this.#text.add(piece.subarray(this.#startIn()));
    this.#base += piece.length;
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#isWhole()) this.#endValue(0, undefined);
    switch (this.#state) {
      case IN.broken:
      case IN.tooDeep:
        return;
      case IN.string:
      case IN.number:
      case IN.word:
        this.#place(this.#start, this.#startSurplus);
        return;
      case IN.escape:
      case IN.hex:
        this.#place(this.#escape, this.#escapeSurplus);
        return;
      default:
        if (this.#state !== IN.afterValue || this.#open.length > 0) this.#place(this.#base, this.#surplus);
    }
  }

  /** @returns where to go on */
  #step(piece: Uint8Array, at: number): number {
    switch (this.#state) {
      case IN.string:
        return this.#readString(piece, at);
      case IN.escape:
        return this.#readEscape(piece[at] ?? 0, at);
      case IN.hex:
        return this.#readHex(piece[at] ?? 0, at);
      case IN.number:
        return this.#readNumber(piece, at);
      case IN.word:
        return this.#readWord(piece, at);
      case IN.broken:
        this.#brackets.read(piece.subarray(at));
        return piece.length;
      case IN.tooDeep:
        return piece.length;
      default:
        return this.#readStructure(piece, at);
    }
  }

  #readStructure(piece: Uint8Array, from: number): number {
    let at = from;
    let byte = piece[at] ?? 0;
    while (byte === SPACE || byte === LINE_FEED || byte === 0x0d || byte === 0x09) {
      at += 1;
      if (byte === LINE_FEED) this.#lines.endLine(this.#base + at, this.#surplus);
      if (at === piece.length) return at;
      byte = piece[at] ?? 0;
    }
    switch (this.#state) {
      case IN.colon:
        if (byte !== COLON) return this.#fail(at);
        this.#state = IN.value;
        return at + 1;
      case IN.afterValue:
        return this.#readAfter(byte, at);
      case IN.firstName:
      case IN.name:
        if (byte === CLOSE_BRACE && this.#state === IN.firstName) return this.#close(at);
        return byte === QUOTE ? this.#beginString(at, true) : this.#fail(at);
      case IN.firstItem:
        return byte === CLOSE_BRACKET ? this.#close(at) : this.#beginValue(byte, at);
      default:
        return this.#beginValue(byte, at);
    }
  }

  #readAfter(byte: number, at: number): number {
    const close = this.#open.at(-1);
    if (close === undefined) return this.#fail(at);
    if (byte === close) return this.#close(at);
    if (byte !== COMMA) return this.#fail(at);
    this.#state = close === CLOSE_BRACE ? IN.name : IN.value;
    return at + 1;
  }

  #beginValue(byte: number, at: number): number {
    const depth = this.#open.length;
    const isBracket = byte === OPEN_BRACE || byte === OPEN_BRACKET;
    if (isBracket && depth >= this.#maxDepth) {
      this.#state = IN.tooDeep;
      return at + 1;
    }
    const part = partOfNumber(0, byte);
    const word = WORDS.get(byte);
    if (!isBracket && byte !== QUOTE && part === 0 && word === undefined) return this.#fail(at);
    if (depth <= TOLD_DEPTH) this.#listener.begin(depth, this.#base + at, byte);
    if (byte === QUOTE) return this.#beginString(at, false);
    if (isBracket) {
      this.#open.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET);
      this.#state = byte === OPEN_BRACE ? IN.firstName : IN.firstItem;
      return at + 1;
    }
    this.#markStart(at);
    this.#part = part || 1;
    this.#word = word ?? '';
    this.#state = word === undefined ? IN.number : IN.word;
    return at + 1;
  }

  #close(at: number): number {
    this.#open.pop();
    this.#endValue(at + 1, undefined);
    return at + 1;
  }

  #endValue(at: number, text: string | undefined): void {
    const depth = this.#open.length;
    this.#state = IN.afterValue;
    if (depth <= TOLD_DEPTH) this.#listener.end(depth, this.#base + at, text);
  }

  #beginString(at: number, isName: boolean): number {
    this.#markStart(at);
    this.#isName = isName;
    this.#text.begin();
    this.#state = IN.string;
    return at + 1;
  }

  #readString(piece: Uint8Array, from: number): number {
    let surplus = this.#surplus;
    let at = from;
    let byte = 0;
    for (; at < piece.length; at += 1) {
      byte = piece[at] ?? 0;
      if (byte >= 0x80) {
        // A character of four bytes has two units of UTF-16, any other one.
        if (byte < 0xc0) surplus += 1;
        else if (byte >= 0xf0) surplus -= 1;
      } else if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break;
    }
    this.#surplus = surplus;
    if (at === piece.length) return at;
    if (byte === QUOTE) return this.#endString(piece, at);
    if (byte === BACKSLASH) {
      this.#escape = this.#base + at;
      this.#escapeSurplus = surplus;
      this.#state = IN.escape;
    } else this.#failInString(this.#base + at, surplus);
    return at + 1;
  }

  #endString(piece: Uint8Array, at: number): number {
    const depth = this.#open.length;
    const isTold = depth <= TOLD_DEPTH;
    if (isTold) this.#text.add(piece.subarray(this.#startIn(), at));
    const text = isTold ? this.#text.read() : undefined;
    if (!this.#isName) this.#endValue(at + 1, text);
    else {
      this.#state = IN.colon;
      if (depth <= TOLD_DEPTH) this.#listener.name(depth, text);
    }
    return at + 1;
  }

  /** Where in the present piece the present text begins or goes on. */
  #startIn(): number {
    return Math.max(0, this.#start + 1 - this.#base);
  }

  #isInString(): boolean {
    return this.#state === IN.string || this.#state === IN.escape || this.#state === IN.hex;
  }

  #readEscape(byte: number, at: number): number {
    if (ESCAPED.has(byte)) this.#state = IN.string;
    else if (byte === LETTER_U) {
      this.#state = IN.hex;
      this.#hexDigits = 0;
    } else this.#failInString(this.#escape, this.#escapeSurplus);
    return at + 1;
  }

  #readHex(byte: number, at: number): number {
    if (!isHexDigit(byte)) {
      this.#failInString(this.#escape, this.#escapeSurplus);
      return at;
    }
    this.#hexDigits += 1;
    if (this.#hexDigits === 4) this.#state = IN.string;
    return at + 1;
  }

  #readNumber(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at += 1) {
      const next = partOfNumber(this.#part, piece[at] ?? 0);
      if (next === 0) return this.#leaveScalar(piece, at);
      this.#part = next;
    }
    return piece.length;
  }

  #readWord(piece: Uint8Array, at: number): number {
    if (piece[at] !== this.#word.charCodeAt(this.#part)) return this.#leaveScalar(piece, at);
    this.#part += 1;
    return at + 1;
  }

  /** Whether the number or word could end here. */
  #isWhole(): boolean {
    if (this.#state === IN.word) return this.#part === this.#word.length;
    return this.#state === IN.number && isEndOfNumber(this.#part);
  }

  #leaveScalar(piece: Uint8Array, at: number): number {
    if (this.#isWhole() && !isInWord(piece, at)) {
      this.#endValue(at, undefined);
      return at;
    }
    this.#breakOff(this.#start, this.#startSurplus);
    return at;
  }

  #markStart(at: number): void {
    this.#start = this.#base + at;
    this.#startSurplus = this.#surplus;
  }

  /** What stands here is looked at once more, as part of a broken text. */
  #fail(at: number): number {
    this.#breakOff(this.#base + at, this.#surplus);
    return at;
  }

  #failInString(offset: number, surplus: number): void {
    this.#breakOff(offset, surplus);
    this.#brackets.goOnInString();
  }

  #breakOff(offset: number, surplus: number): void {
    this.#place(offset, surplus);
    this.#brackets.depth = this.#open.length;
    this.#state = IN.broken;
  }

  #place(offset: number, surplus: number): void {
    this.#fault = this.#lines.toPosition(offset, surplus);
  }
}
