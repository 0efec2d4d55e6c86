import { endOfString } from './json-parse.ts';

/** A place in a text, as editors count: from 1, columns in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds lines and columns in one text. */
export interface PositionFinder {
  /** The position of an index of the text. */
  toPosition(offset: number): Position;
  /**
   * Where pointers lead: to the name of a member, or to an item of a list; of a name that stands twice, to the last
   * one, which counts. Where one leads nowhere, as with a member that is missing, to the last thing on the way that is
   * there. All are found in one pass, so ask for them together.
   * @param start where the value begins that the pointers (RFC 6901) start from
   * @returns one position for each pointer, in their order
   */
  findAll(start: number, pointers: readonly string[]): readonly Position[];
}

/** A finder for a text that is valid JSON; for `toPosition` any text will do. */
export function createPositionFinder(text: string): PositionFinder {
  const lineStarts = findLineStarts(text);
  const toPosition = (offset: number): Position => {
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
  return {
    toPosition,
    findAll: (start, pointers) => findOffsets(text, start, pointers).map(toPosition),
  };
}

function findLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1);
  return starts;
}

/** A step that some pointers take, and where it led. */
interface Step {
  place: number | undefined;
  readonly next: Map<string, Step>;
}

function findOffsets(text: string, start: number, pointers: readonly string[]): readonly number[] {
  if (pointers.length === 0) return [];
  const root: Step = { place: undefined, next: new Map() };
  const ways = pointers.map((pointer) => addWay(root, toNames(pointer)));
  const begin = skipBlanks(text, start);
  walk(text, begin, begin, root);
  return ways.map((way) => way.findLast(({ place }) => place !== undefined)?.place ?? begin);
}

/** The names of a JSON pointer (RFC 6901, 4). */
function toNames(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function addWay(root: Step, names: readonly string[]): readonly Step[] {
  const way = [root];
  let step = root;
  for (const name of names) {
    const next = step.next.get(name) ?? { place: undefined, next: new Map<string, Step>() };
    step.next.set(name, next);
    way.push(next);
    step = next;
  }
  return way;
}

/**
 * Goes through the value at `from` as far as the steps lead into it.
 * @param place where it is found: its name, or itself
 * @returns the index after it
 */
function walk(text: string, from: number, place: number, step: Step): number {
  step.place = place;
  if (step.next.size === 0) return endOfValue(text, from);
  // What a name led to before counts no more when it stands there again.
  for (const next of step.next.values()) forget(next);
  if (text[from] === '{') return walkMembers(text, from, step);
  return text[from] === '[' ? walkItems(text, from, step) : endOfValue(text, from);
}

function forget(step: Step): void {
  if (step.place === undefined) return;
  step.place = undefined;
  for (const next of step.next.values()) forget(next);
}

function walkMembers(text: string, from: number, step: Step): number {
  let at = skipBlanks(text, from + 1);
  while (text[at] === '"') {
    const end = endOfString(text, at);
    const next = step.next.get(readName(text.slice(at, end)));
    // After the name stand blanks and a colon.
    const value = skipBlanks(text, skipBlanks(text, end) + 1);
    at = skipComma(text, next ? walk(text, value, at, next) : endOfValue(text, value));
  }
  return at + 1;
}

function walkItems(text: string, from: number, step: Step): number {
  let at = skipBlanks(text, from + 1);
  for (let index = 0; at < text.length && text[at] !== ']'; index += 1) {
    const next = step.next.get(String(index));
    at = skipComma(text, next ? walk(text, at, at, next) : endOfValue(text, at));
  }
  return at + 1;
}

/** A pointer shows half of a surrogate pair as U+FFFD. */
function readName(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)).toWellFormed() : quoted.slice(1, -1);
}

/** The index of what comes after a value, and after its comma. */
function skipComma(text: string, from: number): number {
  const at = skipBlanks(text, from);
  return text[at] === ',' ? skipBlanks(text, at + 1) : at;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** JSON knows four blanks (RFC 8259, 2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** The index after the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return endOfString(text, from);
  return first === '{' || first === '[' ? endOfBrackets(text, from) : endOfWord(text, from);
}

function endOfBrackets(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth += 1;
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** A number, true, false or null. */
function endOfWord(text: string, from: number): number {
  let at = from;
  while (at < text.length && !',}]'.includes(text.charAt(at)) && !isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
