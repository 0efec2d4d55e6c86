import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NEW_STATE, type FeedState } from '../../../server/domain/feed.ts';
import { parseTaxiiTimestamp, type Tick } from '../../../server/domain/timestamp.ts';
import { toBackoffMs } from '../../../server/sync/run/backoff.ts';
import { createCronSchedule } from '../../../server/sync/run/cron.ts';
import { createLeads, isDue, nextRunAt } from '../../../server/sync/run/schedule.ts';
import { readRandomRuns } from '../../support/random-runs.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const YEAR = 365 * 24 * 60 * MINUTE;
const NOON = at('2026-11-22T12:00:00Z');
const QUARTERLY = createCronSchedule('*/15 * * * *');
const FEED = { id: '11111111-1111-4111-8111-111111111111', paused: false, createdAt: NOON };

function at(text: string): Tick {
  const tick = parseTaxiiTimestamp(text);
  assert.ok(tick !== undefined);
  return tick;
}

function startedAt(tick: Tick, more: Partial<FeedState> = {}): FeedState {
  return { ...NEW_STATE, startedAt: tick, ...more };
}

describe('a feed is due', () => {
  test('for the first time at the first time after it was added', () => {
    assert.equal(nextRunAt(QUARTERLY, FEED, NEW_STATE, NOON), NOON + 15 * MINUTE);
    assert.equal(isDue(QUARTERLY, FEED, NEW_STATE, NOON + 15 * MINUTE - 1), false);
    assert.equal(isDue(QUARTERLY, FEED, NEW_STATE, NOON + 15 * MINUTE), true);
  });

  test('again at the first time after its last start, however long that run took', () => {
    const state = startedAt(NOON + 15 * MINUTE + 3);
    assert.equal(nextRunAt(QUARTERLY, FEED, state, NOON + 20 * MINUTE), NOON + 30 * MINUTE);
    assert.equal(nextRunAt(QUARTERLY, FEED, state, NOON + 50 * MINUTE), NOON + 30 * MINUTE);
  });

  test('once for all runs that were missed', () => {
    const now = NOON + 1000 * MINUTE;
    assert.equal(isDue(QUARTERLY, FEED, startedAt(NOON), now), true);
    const next = nextRunAt(QUARTERLY, FEED, startedAt(now), now);
    assert.equal(next, NOON + 1005 * MINUTE);
  });

  test('never while it is paused', () => {
    const paused = { ...FEED, paused: true };
    assert.equal(nextRunAt(QUARTERLY, paused, startedAt(NOON - YEAR), NOON), undefined);
    const failed = startedAt(NOON, { failures: 1, retryAt: NOON + 1 });
    assert.equal(isDue(QUARTERLY, paused, failed, NOON + YEAR), false);
  });

  test('after failures when the next attempt is, earlier or later than the cron says', () => {
    const early = startedAt(NOON, { failures: 1, retryAt: NOON + 30 * SECOND });
    assert.equal(nextRunAt(QUARTERLY, FEED, early, NOON), NOON + 30 * SECOND);
    const late = startedAt(NOON, { failures: 9, retryAt: NOON + 100 * MINUTE });
    assert.equal(isDue(QUARTERLY, FEED, late, NOON + 99 * MINUTE), false);
    assert.equal(isDue(QUARTERLY, FEED, late, NOON + 100 * MINUTE), true);
  });

  test('after a run that was cut off at the next attempt or at the next time of its cron, what comes first', () => {
    const cutOff = { openSince: NOON, retryAt: NOON + 30 * SECOND };
    assert.equal(nextRunAt(QUARTERLY, FEED, startedAt(NOON, cutOff), NOON), NOON + 30 * SECOND);
    const often = createCronSchedule('*/10 * * * * *');
    assert.equal(nextRunAt(often, FEED, startedAt(NOON, cutOff), NOON), NOON + 10 * SECOND);
    const again = startedAt(NOON, { ...cutOff, failures: 1 });
    assert.equal(nextRunAt(often, FEED, again, NOON), NOON + 30 * SECOND);
  });

  test('not at once when its last start lies in the future: that counts as now', () => {
    const state = startedAt(NOON + YEAR);
    assert.equal(nextRunAt(QUARTERLY, FEED, state, NOON), NOON + 15 * MINUTE);
    const failed = startedAt(NOON + YEAR, { failures: 1, retryAt: NOON + YEAR + 40 * SECOND });
    assert.equal(nextRunAt(QUARTERLY, FEED, failed, NOON), NOON + 40 * SECOND);
    assert.equal(
      nextRunAt(QUARTERLY, { ...FEED, createdAt: NOON + YEAR }, NEW_STATE, NOON),
      NOON + 15 * MINUTE,
    );
  });
});

/** Lets a clock go by steps of up to a minute and runs the feed whenever it is due. @returns the starts */
function simulate(state: FeedState, from: Tick, steps: readonly number[]): readonly Tick[] {
  const leads = createLeads();
  const starts: Tick[] = [];
  let now = from;
  let current = state;
  for (const step of steps) {
    now += step;
    if (!isDue(QUARTERLY, FEED, leads.settle(FEED, current, now), now)) continue;
    starts.push(now);
    current = startedAt(now);
  }
  return starts;
}

test('a feed runs once for each time of its cron, whatever the steps in which one looks', (t) => {
  const { seed, numRuns } = readRandomRuns(t, 5);
  const steps = fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(steps, (moves) => {
      const starts = simulate(startedAt(NOON), NOON, moves);
      const quarters = starts.map((tick) => Math.floor(tick / (15 * MINUTE)));
      assert.equal(new Set(quarters).size, quarters.length, 'twice for one time');
      let now = NOON;
      const looks = new Set(moves.map((move) => Math.floor((now += move) / (15 * MINUTE))));
      looks.delete(Math.floor(NOON / (15 * MINUTE)));
      assert.deepEqual(new Set(quarters), looks);
    }),
    { seed, numRuns },
  );
});

test('a feed whose last start lies a year ahead runs within one time of its cron, and then as ever', (t) => {
  const { seed, numRuns } = readRandomRuns(t);
  const steps = fc.array(fc.integer({ min: 1, max: MINUTE }), { minLength: 100, maxLength: 200 });
  fc.assert(
    fc.property(steps, (moves) => {
      const starts = simulate(startedAt(NOON + YEAR), NOON, moves);
      const end = NOON + moves.reduce((sum, move) => sum + move, 0);
      const expected = Math.floor((end - NOON) / (15 * MINUTE));
      assert.equal(starts.length, expected);
      for (const [index, start] of starts.entries()) {
        assert.ok(start - (NOON + (index + 1) * 15 * MINUTE) < MINUTE);
      }
    }),
    { seed, numRuns },
  );
});

test('a clock that goes back again and again does not make a feed run more often than its cron says', (t) => {
  const { seed, numRuns } = readRandomRuns(t, 5);
  const step = fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 0, max: 5 * MINUTE }) },
    { weight: 1, arbitrary: fc.integer({ min: -YEAR, max: -1 }) },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 200 }), (moves) => {
      const starts = simulate(startedAt(NOON), NOON, moves);
      const forward = moves.filter((move) => move > 0).reduce((sum, move) => sum + move, 0);
      const jumps = moves.filter((move) => move < 0).length;
      assert.ok(starts.length <= forward / (15 * MINUTE) + 1 + jumps, `${starts.length} runs`);
    }),
    { seed, numRuns },
  );
});

describe('after a failure', () => {
  const backoff = (
    failures: number,
    more: { retryAfterMs?: number; maxBackoffMs?: number; random?: number } = {},
  ) => toBackoffMs({ failures, retryAfterMs: undefined, maxBackoffMs: 3_600_000, random: 0.5, ...more });

  test('the pause is 30 s, doubled each time up to the bound', () => {
    assert.deepEqual(
      [1, 2, 3, 7, 8, 9, 2000].map((failures) => backoff(failures) / 1000),
      [30, 60, 120, 1920, 3600, 3600, 3600],
    );
    assert.equal(backoff(1, { maxBackoffMs: 1000 }), 1000);
  });

  test('the pause varies by a fifth either way, and never exceeds the bound', (t) => {
    const { seed, numRuns } = readRandomRuns(t, 10);
    const cases = fc.record({
      failures: fc.integer({ min: 1, max: 40 }),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      maxBackoffMs: fc.integer({ min: 1000, max: 604_800_000 }),
    });
    fc.assert(
      fc.property(cases, ({ failures, random, maxBackoffMs }) => {
        const base = Math.min(30_000 * 2 ** (failures - 1), maxBackoffMs);
        const pause = backoff(failures, { random, maxBackoffMs });
        assert.ok(pause >= base * 0.8 && pause <= base * 1.2 + 1 && pause <= maxBackoffMs + 1, String(pause));
      }),
      { seed, numRuns },
    );
    assert.ok(backoff(1, { random: 0 }) === 24_000 && backoff(1, { random: 0.999_999 }) > 35_990);
  });

  test('the pause is never shorter than the partner asked for, up to a day', () => {
    assert.equal(backoff(1, { retryAfterMs: 90_000 }), 90_000);
    assert.equal(backoff(3, { retryAfterMs: 90_000 }), 120_000);
    assert.equal(backoff(1, { retryAfterMs: 10_000_000 }), 10_000_000);
    assert.equal(backoff(1, { retryAfterMs: 1e15 }), 86_400_000);
  });
});
