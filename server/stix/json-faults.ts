import type { JsonValue } from '../domain/held.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import type { Span } from './json-scan.ts';

/** A fault of one object that JSON.parse does not see, or hides (RFC 7493). */
export interface JsonFault {
  /** JSON pointer of the property. */
  readonly path: string;
  readonly message: string;
}

const MAX_FAULTS = 20;

/**
 * Looks for duplicate names, `__proto__`, lone surrogates and numbers beyond 2^53 in one object.
 * Cheap when there are none: names are counted against the parsed object, texts are looked at only where escapes are.
 */
export function findJsonFaults(text: string, value: JsonValue, span: Span): readonly JsonFault[] {
  const faults: JsonFault[] = [];
  // Only then can a name or a text be wrong by itself, and only then are paths worth their cost.
  const isSuspect = text.includes('\\u') || text.includes('__proto__');
  const found = walk(value, '', isSuspect, faults);
  if (span.hasLongNumber || found !== span.members) findInText(text, faults);
  return faults;
}

/** An object is told at most so many of its faults. */
function addFault(faults: JsonFault[], path: string, message: string): void {
  if (faults.length < MAX_FAULTS) faults.push({ path, message });
}

/** @returns how many members the objects inside have together */
function walk(value: JsonValue, path: string, isSuspect: boolean, faults: JsonFault[]): number {
  if (typeof value === 'string') {
    if (isSuspect && !value.isWellFormed()) addFault(faults, path, 'holds half of a surrogate pair');
    return 0;
  }
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (isJsonArray(value)) {
    let index = 0;
    for (const item of value) {
      members += walk(item, isSuspect ? `${path}/${index}` : '', isSuspect, faults);
      index += 1;
    }
    return members;
  }
  if (!isJsonObject(value)) return 0;
  for (const name of Object.keys(value)) {
    const inner = isSuspect ? pointer(path, name) : '';
    members += 1;
    if (name === '__proto__') addFault(faults, inner, 'is a name that is not accepted');
    if (isSuspect && !name.isWellFormed())
      addFault(faults, inner, 'has half of a surrogate pair in its name');
    const member = value[name];
    if (member !== undefined) members += walk(member, inner, isSuspect, faults);
  }
  return members;
}

function pointer(path: string, name: string): string {
  return `${path}/${name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Reads a text that is valid JSON once more, with the path of everything; only where something was found wrong. */
function findInText(text: string, faults: JsonFault[]): void {
  const number = /-?[0-9.eE+-]+/y;
  let at = 0;

  const skipBlanks = (): void => {
    while (' \t\n\r'.includes(text.charAt(at)) && at < text.length) at += 1;
  };
  const readString = (): string => {
    const start = at;
    at += 1;
    while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    at += 1;
    return String(JSON.parse(text.slice(start, at)));
  };
  const readNumber = (path: string): void => {
    number.lastIndex = at;
    const written = number.exec(text)?.[0] ?? text.charAt(at);
    at += written.length;
    if (!(Math.abs(Number(written)) <= Number.MAX_SAFE_INTEGER)) {
      addFault(faults, path, 'is a number beyond 2^53 - 1: write it as a text');
    }
  };
  const readObject = (path: string): void => {
    const names = new Set<string>();
    at += 1;
    skipBlanks();
    while (text.charAt(at) === '"') {
      const name = readString();
      if (names.has(name)) addFault(faults, pointer(path, name), 'stands twice in the same object');
      names.add(name);
      skipBlanks();
      at += 1;
      readValue(pointer(path, name));
      skipBlanks();
      if (text.charAt(at) === ',') at += 1;
      skipBlanks();
    }
    at += 1;
  };
  const readArray = (path: string): void => {
    at += 1;
    skipBlanks();
    for (let index = 0; text.charAt(at) !== ']' && at < text.length; index += 1) {
      readValue(`${path}/${index}`);
      skipBlanks();
      if (text.charAt(at) === ',') at += 1;
      skipBlanks();
    }
    at += 1;
  };
  // Depth is bounded before anything comes here, so that recursion is.
  const readValue = (path: string): void => {
    skipBlanks();
    const first = text.charAt(at);
    if (first === '{') readObject(path);
    else if (first === '[') readArray(path);
    else if (first === '"') readString();
    else if (first === '-' || (first >= '0' && first <= '9')) readNumber(path);
    else at += first === 'f' ? 5 : 4;
  };

  readValue('');
}
