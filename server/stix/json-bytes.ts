export const QUOTE = 0x22;
export const OPEN_BRACE = 0x7b;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACE = 0x7d;
export const CLOSE_BRACKET = 0x5d;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SPACE = 0x20;
export const LINE_FEED = 0x0a;
export const LETTER_U = 0x75;

/** The parts of a number (RFC 8259, 6). */
const AT = { minus: 1, zero: 2, integer: 3, point: 4, fraction: 5, e: 6, sign: 7, exponent: 8 } as const;
const ENDS: ReadonlySet<number> = new Set<number>([AT.zero, AT.integer, AT.fraction, AT.exponent]);

const WORD_CHARACTER = /^[\p{L}\p{N}_.+-]/u;

/** The part of a number that a byte leads to; 0 when it does not belong to it. */
export function partOfNumber(part: number, byte: number): number {
  const isDigit = byte >= 0x30 && byte <= 0x39;
  const isE = byte === 0x65 || byte === 0x45;
  switch (part) {
    case 0:
    case AT.minus:
      if (byte === 0x2d) return part === 0 ? AT.minus : 0;
      if (!isDigit) return 0;
      return byte === 0x30 ? AT.zero : AT.integer;
    case AT.zero:
    case AT.integer:
      if (isDigit) return part === AT.integer ? part : 0;
      if (byte === 0x2e) return AT.point;
      return isE ? AT.e : 0;
    case AT.point:
    case AT.fraction:
      if (isDigit) return AT.fraction;
      return isE && part === AT.fraction ? AT.e : 0;
    case AT.e:
      if (byte === 0x2b || byte === 0x2d) return AT.sign;
      return isDigit ? AT.exponent : 0;
    default:
      return isDigit ? AT.exponent : 0;
  }
}

/** Whether what stands here would belong to a word before it. */
export function isInWord(piece: Uint8Array, at: number): boolean {
  const byte = piece[at] ?? 0;
  if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= SPACE) return false;
  const next = Buffer.from(piece.buffer, piece.byteOffset + at, Math.min(4, piece.length - at));
  return WORD_CHARACTER.test(next.toString('utf8'));
}

export function isHexDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** Whether a number may end after this part of it. */
export function isEndOfNumber(part: number): boolean {
  return ENDS.has(part);
}
