/** Microseconds since 1970-01-01T00:00:00Z as a whole number; the server's unit of order (design: ticks). */
export type Tick = number;

export const MICROS_PER_MILLI = 1000;
export const MICROS_PER_SECOND = 1_000_000;

/** The version of an object that has neither `modified` nor `created` (TAXII 2.1, section 3.4.1: server's choice). */
export const FIXED_VERSION = '1970-01-01T00:00:00.000000Z';

const YEAR_0 = -62_167_219_200_000_000;
const YEAR_10000 = 253_402_300_800_000_000;
/** The last tick of the year 9999 that a number can hold: from the year 2255 on they are some microseconds apart. */
const LAST_TICK = YEAR_10000 - 32;

// Bounded repetitions only, so that matching takes linear time.
const RFC3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:([Zz])|([+\- ])(\d{2}):(\d{2}))$/;
const STIX_TIMESTAMP = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,100}))?Z$/;

/**
 * Reads a timestamp of a TAXII query: RFC 3339, 0 to 9 fraction digits, `Z` or an offset
 * (a `+` that a URL decoded to a blank counts as `+`). Rounds down to the microsecond.
 * @returns the instant, or undefined when the text is no timestamp or no real date.
 */
export function parseTaxiiTimestamp(text: string): Tick | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const seconds = toEpochSeconds(match);
  if (seconds === undefined) return undefined;
  const micros = Number((match[7] ?? '').padEnd(6, '0').slice(0, 6));
  const offset = toOffsetSeconds(match[9], match[10], match[11]);
  if (offset === undefined) return undefined;
  const tick = (seconds - offset) * MICROS_PER_SECOND + micros;
  if (tick < YEAR_0 || tick > YEAR_10000) return undefined;
  return Math.min(tick, LAST_TICK);
}

function toOffsetSeconds(sign?: string, hours?: string, minutes?: string): number | undefined {
  if (sign === undefined) return 0;
  const h = Number(hours);
  const m = Number(minutes);
  if (h > 23 || m > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (h * 3600 + m * 60);
}

function toEpochSeconds(match: RegExpExecArray): number | undefined {
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  if (hour === undefined || minute === undefined || second === undefined) return undefined;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Writes a tick as TAXII wants it: `YYYY-MM-DDTHH:MM:SS.ssssssZ` (TAXII 2.1, section 1.5). */
export function formatTick(tick: Tick): string {
  const millis = Math.floor(tick / MICROS_PER_MILLI);
  const rest = tick - millis * MICROS_PER_MILLI;
  return `${new Date(millis).toISOString().slice(0, 23)}${String(rest).padStart(3, '0')}Z`;
}

/**
 * Turns a STIX timestamp (any number of fraction digits) into a key whose text order is the order in time,
 * at full precision: two spellings of one instant have one key.
 * @returns the key, or undefined when the text is not a STIX timestamp or not a real date.
 */
export function parseVersionKey(text: string): string | undefined {
  const match = STIX_TIMESTAMP.exec(text);
  if (!match || toEpochSeconds(match) === undefined) return undefined;
  let fraction = match[7] ?? '';
  let end = fraction.length;
  while (end > 0 && fraction[end - 1] === '0') end -= 1;
  fraction = fraction.slice(0, end);
  return `${text.slice(0, 19)}.${fraction}`;
}
