import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createTask, getTasks } from 'node-cron';
import { AppError } from '../../../server/domain/errors.ts';
import { formatTick, parseTaxiiTimestamp, type Tick } from '../../../server/domain/timestamp.ts';
import { createCronSchedule, requireCron } from '../../../server/sync/run/cron.ts';
import { readRandomRuns } from '../../support/random-runs.ts';

const SECOND = 1_000_000;
const NOON = at('2026-11-22T12:00:00Z');

function at(text: string): Tick {
  const tick = parseTaxiiTimestamp(text);
  assert.ok(tick !== undefined);
  return tick;
}

/** In whole seconds, without the fraction. */
function next(expression: string, from: string): string | undefined {
  const tick = createCronSchedule(expression).nextAfter(at(from));
  return tick === undefined ? undefined : formatTick(tick).replace('.000000Z', 'Z');
}

function refusalOf(expression: string): string {
  try {
    requireCron(expression, NOON);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'input.invalid');
    return error.detail ?? '';
  }
  return '';
}

/** One field: a list of numbers, a range or a step. */
function field(min: number, max: number): fc.Arbitrary<string> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }).map((each) => each.join(',')) },
    { weight: 1, arbitrary: fc.tuple(value, value).map(([from, to]) => `${from}-${to}`) },
    { weight: 1, arbitrary: fc.integer({ min: 2, max: Math.min(30, max) }).map((step) => `*/${step}`) },
  );
}

const DAY_OF_MONTH = fc.oneof(field(1, 28), fc.constantFrom('L', 'L-1', '15W', '1W', '?'));
const DAY_OF_WEEK = fc.oneof(field(0, 7), fc.constantFrom('MON-FRI', 'sun', '5L', 'MON#2', '7', '?'));
const START = fc.integer({ min: at('2023-12-01T00:00:00Z'), max: at('2029-01-31T00:00:00Z') });

test('the next time is the first one that node-cron itself matches, second by second', (t) => {
  const { seed, numRuns } = readRandomRuns(t, 4);
  let found = 0;
  const parts = fc.tuple(field(0, 59), field(0, 59), field(0, 23));
  fc.assert(
    fc.property(parts, START, (fields, start) => {
      const expression = [...fields, '*', '*', '*'].join(' ');
      const task = createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
      void task.destroy();
      const tick = createCronSchedule(expression).nextAfter(start);
      assert.ok(tick !== undefined && tick > start);
      // Three hours of seconds take too long: the first of them, and those around what was found.
      for (let after = 1; after <= 200; after += 1) {
        const second = (Math.floor(start / SECOND) + after) * SECOND;
        if (second > tick) break;
        assert.equal(
          task.match(new Date(second / 1000)),
          second === tick,
          `${expression} ${formatTick(second)}`,
        );
        if (second === tick) found += 1;
      }
      assert.ok(task.match(new Date(tick / 1000)), `${expression} ${formatTick(tick)}`);
    }),
    { seed, numRuns },
  );
  assert.ok(found > numRuns / 10, `${found} of ${numRuns} came within 200 seconds`);
});

test('the next time is the first one that node-cron itself matches, day by day and minute by minute', (t) => {
  const { seed, numRuns } = readRandomRuns(t, 2);
  let found = 0;
  const parts = fc.tuple(field(0, 59), field(0, 23), DAY_OF_MONTH, field(1, 12), DAY_OF_WEEK);
  fc.assert(
    fc.property(parts, START, (fields, start) => {
      const expression = fields.join(' ');
      const task = createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
      void task.destroy();
      const tick = createCronSchedule(expression).nextAfter(start);
      if (tick !== undefined) {
        found += 1;
        assert.ok(tick > start);
        assert.ok(task.match(new Date(tick / 1000)), `${expression} ${formatTick(tick)}`);
      }
      // No earlier minute of the first day, and no earlier day at the time of day that was found, matches.
      const minute = 60 * SECOND;
      const first = (Math.floor(start / minute) + 1) * minute;
      for (let each = first; each < first + 1440 * minute && each < (tick ?? Infinity); each += minute) {
        assert.ok(!task.match(new Date(each / 1000)), `${expression} at ${formatTick(each)}`);
      }
      const day = 86_400 * SECOND;
      if (tick === undefined) return;
      for (let each = tick - day; each > start; each -= day) {
        assert.ok(!task.match(new Date(each / 1000)), `${expression} on ${formatTick(each)}`);
      }
    }),
    { seed, numRuns },
  );
  assert.ok(found > numRuns / 2, `${found} of ${numRuns} ever come`);
});

test('asked again and again as time goes on, a schedule says what a new one says', (t) => {
  const { seed, numRuns } = readRandomRuns(t);
  const steps = fc.array(fc.integer({ min: -90 * SECOND, max: 400 * SECOND }), { maxLength: 30 });
  fc.assert(
    fc.property(field(0, 59), START, steps, (minutes, start, moves) => {
      const expression = `${minutes} * * * *`;
      const schedule = createCronSchedule(expression);
      let now = start;
      for (const move of moves) {
        now += move;
        assert.equal(schedule.nextAfter(now), createCronSchedule(expression).nextAfter(now));
      }
    }),
    { seed, numRuns },
  );
});

describe('the next time', () => {
  test('is strictly after the one that is asked from, to the microsecond', () => {
    const schedule = createCronSchedule('*/15 * * * *');
    const quarter = at('2026-11-22T12:15:00Z');
    assert.equal(schedule.nextAfter(quarter - 1), quarter);
    assert.equal(schedule.nextAfter(quarter), at('2026-11-22T12:30:00Z'));
    assert.equal(schedule.nextAfter(quarter + 1), at('2026-11-22T12:30:00Z'));
  });

  test('on February 29 lies up to eight years ahead', () => {
    assert.equal(next('30 6 29 2 *', '2026-11-22T12:00:00Z'), '2028-02-29T06:30:00Z');
    assert.equal(next('30 6 29 2 *', '2096-02-29T06:30:00Z'), '2104-02-29T06:30:00Z');
  });

  test('on a last day is that of each month, in leap years too', () => {
    assert.equal(next('0 0 L * *', '2026-11-22T12:00:00Z'), '2026-11-30T00:00:00Z');
    assert.equal(next('0 0 L * *', '2027-02-01T00:00:00Z'), '2027-02-28T00:00:00Z');
    assert.equal(next('0 0 L * *', '2028-02-28T00:00:00Z'), '2028-02-29T00:00:00Z');
    assert.equal(next('0 0 31 * *', '2026-11-01T00:00:00Z'), '2026-12-31T00:00:00Z');
  });

  test('is found for names, words, weeks of a month and seconds', () => {
    assert.equal(next('@daily', '2026-11-22T12:00:00Z'), '2026-11-23T00:00:00Z');
    assert.equal(next('0 9 * JAN MON#2', '2026-11-22T12:00:00Z'), '2027-01-11T09:00:00Z');
    assert.equal(next('0 9 * * 5L', '2026-11-22T12:00:00Z'), '2026-11-27T09:00:00Z');
    assert.equal(next('20,40 * * * * *', '2026-11-22T12:00:39.5Z'), '2026-11-22T12:00:40Z');
    assert.equal(next('0 22-2 * * *', '2026-11-22T23:00:00Z'), '2026-11-23T00:00:00Z');
  });

  test('on a day of the month and of the week is one that is both', () => {
    assert.equal(next('0 0 13 * FRI', '2026-11-22T12:00:00Z'), '2027-08-13T00:00:00Z');
  });
});

describe('a new feed', () => {
  test('is refused when its cron expression cannot be read, and told what is wanted', () => {
    for (const expression of ['', 'x', '* * *', '61 * * * *', '* * 0 * *', '*/0 * * * *', '*\n* * * *']) {
      assert.match(refusalOf(expression), /is not right .*wanted five fields/s, JSON.stringify(expression));
    }
  });

  test('is refused when its cron expression names a range that would take all memory', () => {
    const from = performance.now();
    assert.match(refusalOf('0-999999999 * * * *'), /is not right/);
    assert.match(refusalOf(`${'*,'.repeat(200)}* * * * *`), /is not right/);
    assert.ok(performance.now() - from < 1000);
  });

  test('is refused when its cron expression never comes true', () => {
    assert.match(refusalOf('0 0 31 2 *'), /is not right/);
    assert.match(refusalOf('0 0 1 * 1#3'), /no time within the next eight years/);
  });

  test('is refused when it would run more often than every ten seconds', () => {
    for (const expression of ['* * * * * *', '*/9 * * * * *', '0,5 * * * * *', '0,51 * * * * *']) {
      assert.match(refusalOf(expression), /more often than every 10 seconds/, expression);
    }
    for (const expression of ['*/10 * * * * *', '0,50 * * * * *', '* * * * *', '59 * * * * *']) {
      assert.equal(refusalOf(expression), '', expression);
    }
  });

  test('leaves nothing behind in the registry of node-cron', () => {
    for (let count = 0; count < 10; count += 1) createCronSchedule('* * * * *');
    assert.equal(getTasks().size, 0);
  });
});
