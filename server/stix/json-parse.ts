import type { JsonValue } from '../domain/held.ts';

/**
 * Reads a JSON text as `JSON.parse` does, also where names are written with escapes. There V8 may read another name
 * than is written, depending on what it read before (nodejs/node#63785): somebody could show the rules one object and
 * the readers another.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJsonText(text: string): JsonValue {
  // It also says that the text is valid, on which everything below relies.
  const value = JSON.parse(text) as JsonValue;
  return hasEscapedName(text) ? readValid(text) : value;
}

/** The index after the closing quote of the string that starts at `from`; the end of the text when there is none. */
export function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length;
    let backslashes = 0;
    while (quote - 1 - backslashes > from && text.charAt(quote - 1 - backslashes) === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

/** The index of the first character from `at` on that is no blank. */
function skipBlanks(text: string, at: number): number {
  let index = at;
  while (index < text.length && ' \t\n\r'.includes(text.charAt(index))) index += 1;
  return index;
}

function hasEscapedName(text: string): boolean {
  let backslash = text.indexOf('\\');
  if (backslash < 0) return false;
  for (let start = text.indexOf('"'); start >= 0;) {
    const end = endOfString(text, start);
    if (backslash >= 0 && backslash < end) {
      if (text.charAt(skipBlanks(text, end)) === ':') return true;
      backslash = text.indexOf('\\', end);
      if (backslash < 0) return false;
    }
    start = text.indexOf('"', end);
  }
  return false;
}

/** Builds the value of a valid text; its depth was bounded before. */
function readValid(text: string): JsonValue {
  const scalar = /[^\s,\]}]+/y;
  let at = 0;

  const readString = (): string => {
    const start = at;
    at = endOfString(text, at);
    return String(JSON.parse(text.slice(start, at)));
  };
  /** Reads what stands between two brackets, with commas; `at` is the opening one. */
  const readItems = (close: string, readItem: () => void): void => {
    at = skipBlanks(text, at + 1);
    while (text.charAt(at) !== close) {
      readItem();
      at = skipBlanks(text, at);
      if (text.charAt(at) === ',') at = skipBlanks(text, at + 1);
    }
    at += 1;
  };
  const readObject = (): JsonValue => {
    const members: [string, JsonValue][] = [];
    readItems('}', () => {
      const name = readString();
      at = skipBlanks(text, at) + 1;
      members.push([name, readValue()]);
    });
    // Makes own members of all names, `__proto__` too.
    return Object.fromEntries(members);
  };
  const readArray = (): JsonValue => {
    const items: JsonValue[] = [];
    readItems(']', () => items.push(readValue()));
    return items;
  };
  const readScalar = (): JsonValue => {
    scalar.lastIndex = at;
    const written = scalar.exec(text)?.[0] ?? '';
    at += written.length;
    return JSON.parse(written) as JsonValue;
  };
  const readValue = (): JsonValue => {
    at = skipBlanks(text, at);
    const first = text.charAt(at);
    if (first === '{') return readObject();
    if (first === '[') return readArray();
    return first === '"' ? readString() : readScalar();
  };

  return readValue();
}
