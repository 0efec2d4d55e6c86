/** Character codes that the reading of patterns names. */
export const QUOTE = 0x27;
export const BACKSLASH = 0x5c;
export const DOT = 0x2e;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const SLASH = 0x2f;
export const ASTERISK = 0x2a;
export const EQUALS = 0x3d;
export const LESS = 0x3c;
export const GREATER = 0x3e;
export const EXCLAMATION = 0x21;
export const DOUBLE_QUOTE = 0x22;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;

const NAME_START = 1;
const DIGIT = 2;
const HYPHEN = 4;
const HEX = 8;
const BASE64 = 16;
const BLANK = 32;

/** What the characters of ASCII may be part of. */
const classes = new Uint8Array(128);
function mark(characters: string, sort: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] ?? 0) | sort;
  }
}
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
mark(`${LOWER}${LOWER.toUpperCase()}_`, NAME_START);
mark(DIGITS, DIGIT);
mark('-', HYPHEN);
mark(`${DIGITS}abcdefABCDEF`, HEX);
mark(`${LOWER}${LOWER.toUpperCase()}${DIGITS}+/`, BASE64);
mark(' \t\r\n\v\f', BLANK);

function isOneOf(code: number, sorts: number): boolean {
  return code < 128 && ((classes[code] ?? 0) & sorts) !== 0;
}

/** Past the end of a text the code is NaN, which is none of these. */
export const isNameStart = (code: number): boolean => isOneOf(code, NAME_START);
/** What a name goes on with; a hyphen counts, since types may hold one. */
export const isNamePart = (code: number): boolean => isOneOf(code, NAME_START | DIGIT | HYPHEN);
export const isDigit = (code: number): boolean => isOneOf(code, DIGIT);
export const isHexDigit = (code: number): boolean => isOneOf(code, HEX);
export const isBase64Digit = (code: number): boolean => isOneOf(code, BASE64);

/** The white space of the grammar, that of Unicode among it. */
export function isBlank(code: number): boolean {
  if (code < 128) return ((classes[code] ?? 0) & BLANK) !== 0;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return UNICODE_BLANKS.has(code);
}
const UNICODE_BLANKS: ReadonlySet<number> = new Set([
  0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);
