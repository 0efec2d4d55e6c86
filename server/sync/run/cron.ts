import { createTask, validateDetailed } from 'node-cron';
import { AppError } from '../../domain/errors.ts';
import { MICROS_PER_SECOND, type Tick } from '../../domain/timestamp.ts';

/** When something is to be done again and again, in UTC. */
export interface CronSchedule {
  /** The first time after the tick, on a whole second; undefined when there is none within about eight years. */
  nextAfter(tick: Tick): Tick | undefined;
}

/** The least that lies between two times of a schedule, in seconds. */
const MIN_GAP_SECONDS = 10;
const DAY_SECONDS = 86_400;
/** February 29 comes after eight years at the latest. */
const MAX_DAYS = 8 * 366;
const MAX_LENGTH = 256;
const WANTED =
  'wanted five fields (minute, hour, day of month, month, day of week) such as "*/15 * * * *", ' +
  'six with the seconds in front, or a word such as "@hourly"';

/**
 * Makes the schedule that a cron expression says, as node-cron reads it: days of the month and of the week must both
 * match. node-cron says whether a day matches; the times of a day are those of the fields.
 * @throws AppError `input.invalid` when it is no cron expression
 */
export function createCronSchedule(expression: string): CronSchedule {
  const { seconds, minutes, hours } = readFields(expression);
  const isDay = createDayTest(expression, timeOf(hours[0], minutes[0], seconds[0]));
  let known: { readonly from: Tick; readonly next: Tick | undefined } | undefined;

  /** In seconds of the day. */
  function firstTime(from: number): number | undefined {
    for (const hour of hours) {
      if (timeOf(hour, 59, 59) < from) continue;
      for (const minute of minutes) {
        if (timeOf(hour, minute, 59) < from) continue;
        const second = seconds.find((each) => timeOf(hour, minute, each) >= from);
        if (second !== undefined) return timeOf(hour, minute, second);
      }
    }
    return undefined;
  }

  function find(tick: Tick): Tick | undefined {
    const from = Math.floor(tick / MICROS_PER_SECOND) + 1;
    const first = Math.floor(from / DAY_SECONDS);
    for (let day = first; day <= first + MAX_DAYS; day += 1) {
      const time = firstTime(day === first ? from - day * DAY_SECONDS : 0);
      if (time !== undefined && isDay(day)) return (day * DAY_SECONDS + time) * MICROS_PER_SECOND;
    }
    return undefined;
  }

  return {
    nextAfter(tick) {
      if (
        known &&
        known.from <= tick &&
        tick < (known.next ?? known.from + DAY_SECONDS * MICROS_PER_SECOND)
      ) {
        return known.next;
      }
      known = { from: tick, next: find(tick) };
      return known.next;
    },
  };
}

/**
 * Checks the expression of a new feed.
 * @throws AppError `input.invalid` when it is no cron expression, never comes true, or does so too often
 */
export function requireCron(expression: string, now: Tick): void {
  if (createCronSchedule(expression).nextAfter(now) === undefined) {
    throw new AppError('input.invalid', {
      detail:
        `The cron expression ${JSON.stringify(expression)} names no time within the next eight years. ` +
        'The day of the month and the day of the week must both match: write * for the one that does not matter.',
    });
  }
  const { seconds } = readFields(expression);
  const gaps = seconds.map((second, index) => (seconds[index + 1] ?? 60 + (seconds[0] ?? 0)) - second);
  if (Math.min(...gaps) >= MIN_GAP_SECONDS) return;
  throw new AppError('input.invalid', {
    detail:
      `The cron expression ${JSON.stringify(expression)} comes more often than every ${MIN_GAP_SECONDS} seconds. ` +
      `Ask less often, such as "*/${MIN_GAP_SECONDS} * * * * *".`,
  });
}

interface TimeFields {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
}

function readFields(expression: string): TimeFields {
  // node-cron writes out every range as it stands, also one up to a billion.
  if (expression.length > MAX_LENGTH || /\d{3}/.test(expression)) throw wrong(expression, 'it is too long');
  const { fields, errors } = validateDetailed(expression);
  if (!fields) throw wrong(expression, errors[0]?.message ?? 'it cannot be read');
  const { second, minute, hour } = fields;
  return { seconds: ascending(second), minutes: ascending(minute), hours: ascending(hour) };
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

function wrong(expression: string, reason: string): AppError {
  const shown = JSON.stringify(expression.slice(0, MAX_LENGTH));
  return new AppError('input.invalid', {
    detail: `The cron expression ${shown} is not right (${reason}): ${WANTED}.`,
  });
}

function timeOf(hour = 0, minute = 0, second = 0): number {
  return hour * 3600 + minute * 60 + second;
}

/** @param time a time of day that matches, in seconds */
function createDayTest(expression: string, time: number): (day: number) => boolean {
  const task = createTask(expression, () => undefined, { timezone: 'Etc/UTC' });
  // node-cron keeps every task that is not destroyed; what it matches, a destroyed one still says.
  void task.destroy();
  return (day) => task.match(new Date((day * DAY_SECONDS + time) * 1000));
}
