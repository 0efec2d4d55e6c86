import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  FIXED_VERSION,
  formatTick,
  MICROS_PER_SECOND,
  parseTaxiiTimestamp,
  parseVersionKey,
} from '../../server/domain/timestamp.ts';
import { readRandomRuns } from '../support/random-runs.ts';

const FACTOR = 20;

// Beyond 2^53 microseconds from 1970 (the years 1684 and 2255) a tick is not exact.
const safeTickArb = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 2 ** 51 }));

const pad = (number: number, width: number) => String(number).padStart(width, '0');

/** A date as its parts, so that no code under test makes it. */
const dateArb = fc
  .record({
    year: fc.integer({ min: 0, max: 9999 }),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 28 }),
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.integer({ min: 0, max: 59 }),
  })
  .map(({ year, month, day, hour, minute, second }) => {
    return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}`;
  });
const recentDateArb = dateArb.map((date) => `20${date.slice(2)}`);
const digitsArb = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));

const withFraction = (date: string, fraction: string | null) =>
  fraction === null ? date : `${date}.${fraction}`;

/** The instant as an exact whole number of 10^-100 seconds. */
function toExact(date: string, fraction: string | null): bigint {
  return BigInt(Date.parse(`${date}Z`) / 1000) * 10n ** 100n + BigInt((fraction ?? '').padEnd(100, '0'));
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

describe('ticks', () => {
  test('a tick that is written and read is the same tick (TAXII 2.1, 1.5)', (t) => {
    fc.assert(
      fc.property(safeTickArb, (tick) => {
        const text = formatTick(tick);
        assert.match(text, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/);
        assert.equal(parseTaxiiTimestamp(text), tick);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('the order of written ticks is the order in time', (t) => {
    fc.assert(
      fc.property(safeTickArb, safeTickArb, (one, other) => {
        assert.equal(compareTexts(formatTick(one), formatTick(other)), Math.sign(one - other));
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a timestamp of zero to nine digits is rounded down to the microsecond', (t) => {
    fc.assert(
      fc.property(recentDateArb, fc.option(digitsArb(9)), (date, fraction) => {
        const micros = toExact(date, fraction) / 10n ** 94n;
        assert.equal(parseTaxiiTimestamp(`${withFraction(date, fraction)}Z`), Number(micros));
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('an offset moves the instant by its hours and minutes, and a blank is a plus', (t) => {
    const offsetArb = fc.record({
      sign: fc.constantFrom('+', '-', ' '),
      hours: fc.integer({ min: 0, max: 23 }),
      minutes: fc.integer({ min: 0, max: 59 }),
    });
    fc.assert(
      fc.property(
        recentDateArb,
        fc.option(digitsArb(6)),
        offsetArb,
        (date, fraction, { sign, hours, minutes }) => {
          const text = withFraction(date, fraction);
          const utc = parseTaxiiTimestamp(`${text}Z`);
          assert.ok(utc !== undefined);
          const east = (sign === '-' ? -1 : 1) * (hours * 3600 + minutes * 60) * MICROS_PER_SECOND;
          assert.equal(parseTaxiiTimestamp(`${text}${sign}${pad(hours, 2)}:${pad(minutes, 2)}`), utc - east);
        },
      ),
      readRandomRuns(t, FACTOR),
    );
  });

  test('lower-case letters are read like upper-case ones (RFC 3339, 5.6)', () => {
    assert.equal(parseTaxiiTimestamp('2018-08-21t00:00:00z'), Date.UTC(2018, 7, 21) * 1000);
  });

  test('a query takes no more than nine digits, no missing offset and no words', () => {
    const wrong = [
      '',
      'garbage',
      '2018-08-21',
      '2018-08-21T00:00:00',
      '2018-08-21T00:00Z',
      '2018-08-21 00:00:00Z',
      '2018-08-21T00:00:00.Z',
      '2018-08-21T00:00:00.1234567890Z',
      '2018-08-21T00:00:00+0100',
      '2018-08-21T00:00:00+24:00',
      '2018-08-21T00:00:00+00:60',
      '2018-08-21T00:00:00Z ',
      '2018-08-21T00:00:00Z\n',
      '+2018-08-21T00:00:00Z',
      '2018-08-21T24:00:00Z',
      '2018-08-21T00:60:00Z',
      '2018-08-21T00:00:61Z',
      '٢٠١٨-08-21T00:00:00Z',
    ];
    for (const text of wrong) assert.equal(parseTaxiiTimestamp(text), undefined, JSON.stringify(text));
  });
});

describe('days', () => {
  test('a date is real exactly when the calendar has it', () => {
    for (let year = 0; year <= 9999; year += year < 2100 && year > 1890 ? 1 : 37) {
      for (const [month, day] of [
        [2, 28],
        [2, 29],
        [2, 30],
        [4, 30],
        [4, 31],
        [12, 31],
        [12, 32],
        [13, 1],
        [0, 1],
        [1, 0],
      ] as const) {
        const text = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T00:00:00Z`;
        // The platform's own reading rolls 30 February over to March; a real date comes back as it was.
        const date = Date.parse(text);
        const isReal = !Number.isNaN(date) && new Date(date).toISOString().startsWith(text.slice(0, 10));
        assert.equal(parseTaxiiTimestamp(text) !== undefined, isReal, text);
        assert.equal(parseVersionKey(text) !== undefined, isReal, text);
        if (isReal) assert.equal(parseTaxiiTimestamp(text), date * 1000, text);
      }
    }
  });

  test('29 February is a day in 2000 and 2024, not in 1900 and 2023', () => {
    for (const year of [2000, 2024]) assert.ok(parseVersionKey(`${year}-02-29T00:00:00Z`));
    for (const year of [1900, 2023]) assert.equal(parseVersionKey(`${year}-02-29T00:00:00Z`), undefined);
  });

  test('the day after 28 February is one day later, with and without a leap day', () => {
    const day = 86_400 * MICROS_PER_SECOND;
    const at = (text: string) => parseTaxiiTimestamp(`${text}T00:00:00Z`) ?? NaN;
    assert.equal(at('2024-02-29') - at('2024-02-28'), day);
    assert.equal(at('2024-03-01') - at('2024-02-29'), day);
    assert.equal(at('2023-03-01') - at('2023-02-28'), day);
    assert.equal(at('2100-03-01') - at('2100-02-28'), day);
  });
});

describe('version keys', () => {
  test('the order of keys is the order in time, at any precision', (t) => {
    // Dates close together, so that fractions decide.
    const closeArb = fc.oneof(dateArb, fc.constantFrom('2018-08-21T00:00:00', '2018-08-21T00:00:01'));
    const momentArb = fc.tuple(closeArb, fc.option(fc.oneof(digitsArb(100), digitsArb(3))));
    fc.assert(
      fc.property(momentArb, momentArb, (one, other) => {
        const keys = [one, other].map(
          ([date, fraction]) => parseVersionKey(`${withFraction(date, fraction)}Z`) ?? '',
        );
        const difference = toExact(...one) - toExact(...other);
        const order = difference < 0n ? -1 : Number(difference > 0n);
        assert.equal(compareTexts(keys[0] ?? '', keys[1] ?? ''), order);
        assert.ok(keys.every((key) => key !== ''));
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('zeros at the end of a fraction change nothing', (t) => {
    fc.assert(
      fc.property(
        dateArb,
        fc.option(digitsArb(80)),
        fc.integer({ min: 1, max: 20 }),
        (date, fraction, zeros) => {
          const longer = `${fraction ?? ''}${'0'.repeat(zeros)}`;
          const key = parseVersionKey(`${withFraction(date, fraction)}Z`);
          assert.ok(key !== undefined);
          assert.equal(parseVersionKey(`${date}.${longer}Z`), key);
        },
      ),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a digit below the microsecond makes another key', () => {
    const keys = ['', '.0000001', '.00000010', '.00000011'].map((end) =>
      parseVersionKey(`2018-08-21T00:00:00${end}Z`),
    );
    assert.equal(new Set(keys).size, 3);
  });

  test('the bytes of keys are in the same order as their characters, as stores compare', (t) => {
    fc.assert(
      fc.property(dateArb, fc.option(digitsArb(20)), (date, fraction) => {
        assert.match(parseVersionKey(`${withFraction(date, fraction)}Z`) ?? '', /^[\x20-\x7e]+$/);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a STIX timestamp ends in an upper-case Z and has upper-case letters (STIX 2.1, 2.16)', () => {
    const wrong = [
      '2018-08-21T00:00:00+00:00',
      '2018-08-21t00:00:00Z',
      '2018-08-21T00:00:00z',
      '2018-08-21T00:00:00.Z',
    ];
    for (const text of wrong) assert.equal(parseVersionKey(text), undefined, text);
  });

  test('the version of objects without one is the beginning of 1970', () => {
    assert.equal(parseVersionKey(FIXED_VERSION), parseVersionKey(formatTick(0)));
  });
});
