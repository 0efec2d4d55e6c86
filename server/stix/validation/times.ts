import { parseVersionKey } from '../../domain/timestamp.ts';

/** Where the day stands. */
const DAY = 8;
const SECONDS_END = 19;
const MONTH = 5;
const ZERO = 0x30;
const TWO = 0x32;
const NINE = 0x39;
const FEBRUARY = '02';
const LONG_MONTHS: ReadonlySet<string> = new Set(['01', '03', '05', '07', '08', '10', '12']);

/**
 * Whether a text in the form of a STIX timestamp is a real time. Of any other text the form is what is wrong.
 */
export function isRealTime(text: string): boolean {
  const tens = text.charCodeAt(DAY);
  // Every month has 28 days.
  if (tens < TWO || (tens === TWO && text.charCodeAt(DAY + 1) < NINE)) return true;
  const month = text.slice(MONTH, MONTH + 2);
  // Every other month has 30 days.
  const isShort = tens === TWO || text.charCodeAt(DAY + 1) === ZERO;
  if (isShort ? month !== FEBRUARY : LONG_MONTHS.has(month)) return true;
  return parseVersionKey(text) !== undefined || !hasForm(text);
}

/** Only what the pattern of the schema would let pass is judged here. */
function hasForm(text: string): boolean {
  return /^\d{4}-(?:0[1-9]|1[0-2])-(?:29|3[01])T\d{2}:\d{2}:\d{2}(?:\.\d{1,100})?Z$/.test(text);
}

/**
 * Compares two times in the form of STIX timestamps as instants, at full precision.
 * @returns a number below 0, 0, or above 0; undefined where one is no such time, which is a fault of its own
 */
export function compareTimes(a: string, b: string): number | undefined {
  // As texts of one length they have one order, which holds for nearly all.
  if (a.length === b.length && a <= b) return a === b ? 0 : -1;
  // So have two of any length whose seconds differ.
  if (a < b && a.slice(0, SECONDS_END) !== b.slice(0, SECONDS_END)) return -1;
  const first = parseVersionKey(a);
  const second = parseVersionKey(b);
  if (first === undefined || second === undefined) return undefined;
  return first < second ? -1 : Number(first > second);
}
