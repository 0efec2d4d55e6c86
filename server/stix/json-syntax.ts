import { endOfString } from './json-parse.ts';

/** Why a text is not JSON. */
export interface SyntaxFault {
  /** Index in the text, in UTF-16 units. */
  readonly offset: number;
  /** What was expected there and what was found. */
  readonly message: string;
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORD = /[\p{L}\p{N}_.+-]+/uy;
const WORDS: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const SHOWN = 20;

/**
 * Finds where a text stops being JSON (RFC 8259), in one pass. `JSON.parse` often does not say where.
 * @param text how deep it nests must be bounded before
 * @returns the first fault; undefined when it is JSON
 */
export function findSyntaxFault(text: string): SyntaxFault | undefined {
  let at = 0;
  let fault: SyntaxFault | undefined;

  const fail = (message: string, offset = at): false => {
    fault = { offset, message };
    return false;
  };
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? '';
  };
  const skipBlanks = (): void => {
    while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  };
  const describeFound = (): string => {
    if (at >= text.length) return 'the end';
    const word = match(WORD);
    const found = word === '' ? String.fromCodePoint(text.codePointAt(at) ?? 0) : word;
    return JSON.stringify(found.length > SHOWN ? `${found.slice(0, SHOWN)}…`.toWellFormed() : found);
  };
  const failExpecting = (expected: string): false => fail(`expected ${expected}, found ${describeFound()}`);

  const readString = (): boolean => {
    const start = at;
    at += 1;
    for (;;) {
      at = endOfPlain(text, at);
      const next = text.charAt(at);
      if (next === '"') {
        at += 1;
        return true;
      }
      if (next === '') return fail('a text begins here that does not end', start);
      if (next === '\n' || next === '\r')
        return fail('a text does not end on its line (write a line break as \\n)');
      const escape = match(ESCAPE);
      if (escape === '' && next === '\\')
        return fail(`"\\${text.charAt(at + 1).toWellFormed()}" is no escape (write a backslash as \\\\)`);
      if (escape === '') return fail('a text holds a control character that is not escaped');
      at += escape.length;
    }
  };
  const readScalar = (): boolean => {
    const word = match(WORD);
    const number = match(NUMBER);
    if (number !== '' && number === word) at += number.length;
    else if (WORDS.has(word)) at += word.length;
    else return failExpecting('a value');
    return true;
  };
  const readItems = (close: string, kind: string, readItem: () => boolean): boolean => {
    at += 1;
    skipBlanks();
    if (text.charAt(at) === close) {
      at += 1;
      return true;
    }
    for (;;) {
      if (!readItem()) return false;
      skipBlanks();
      const next = text.charAt(at);
      if (next !== ',' && next !== close) return failExpecting(`"," or "${close}"`);
      at += 1;
      if (next === close) return true;
      skipBlanks();
      if (text.charAt(at) === close) return failExpecting(`another ${kind} after the comma`);
    }
  };
  const readMember = (): boolean => {
    if (text.charAt(at) !== '"') return failExpecting('a name in double quotes');
    if (!readString()) return false;
    skipBlanks();
    if (text.charAt(at) !== ':') return failExpecting('":" after the name');
    at += 1;
    return readValue();
  };
  const readValue = (): boolean => {
    skipBlanks();
    const first = text.charAt(at);
    if (first === '{') return readItems('}', 'member', readMember);
    if (first === '[') return readItems(']', 'item', readValue);
    return first === '"' ? readString() : readScalar();
  };

  if (readValue()) {
    skipBlanks();
    if (at < text.length) failExpecting('nothing after the end of the value');
  }
  return fault;
}

/** The index of the next quote, backslash or control character. */
function endOfPlain(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE || code === BACKSLASH || code < SPACE) return at;
  }
  return at;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** The index of the first bracket that opens more than `maxDepth` levels; 0 when there is none. */
export function findTooDeep(text: string, maxDepth: number): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    if (depth > maxDepth) return at;
  }
  return 0;
}
