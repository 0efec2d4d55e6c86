import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  countUp,
  hasPassed,
  toInterval,
  toQuartiles,
  toTable,
  type RowResult,
} from '../../../scripts/bench/report.ts';
import type { Sample } from '../../../scripts/bench/rounds.ts';

const ROW = { row: 8, what: 'a row', measured: '1', reference: '2', notes: [] } as const;

function row(ratio: number, wanted?: RowResult['wanted']): RowResult {
  return { ...ROW, ratio, ...(wanted ? { wanted } : {}) };
}

const MISSING: RowResult = { ...row(Number.NaN, { atLeast: 100 }), missing: 'there is no python3' };

function toSamples(...rates: readonly number[]): readonly Sample[] {
  return rates.map((perCpuSecond) => ({ perCpuSecond, perSecond: 0, medianMs: 0 }));
}

describe('the report of the bench', () => {
  test('passes a row at what is wanted and fails it beyond', () => {
    assert.equal(hasPassed(row(0.3, { atLeast: 0.3 })), true);
    assert.equal(hasPassed(row(0.29, { atLeast: 0.3 })), false);
    assert.equal(hasPassed(row(1.4, { atMost: 1.4 })), true);
    assert.equal(hasPassed(row(1.41, { atMost: 1.4 })), false);
  });

  test('asks for a share of what is wanted in a short run', () => {
    assert.equal(hasPassed(row(0.15, { atLeast: 0.3 }), 0.5), true);
    assert.equal(hasPassed(row(0.14, { atLeast: 0.3 }), 0.5), false);
    assert.equal(hasPassed(row(2.8, { atMost: 1.4 }), 0.5), true);
    assert.equal(hasPassed(row(2.9, { atMost: 1.4 }), 0.5), false);
  });

  test('counts rows with a wanted value only', () => {
    const results = [row(0.5), row(0.5, { atLeast: 0.4 }), row(0.3, { atLeast: 0.4 })];
    assert.deepEqual(countUp(results, 1), { line: '1 passed, 1 failed', hasFailed: true });
  });

  test('counts a row that was not measured as skipped, in the form that .ci/run takes for a failure', () => {
    const { line, hasFailed } = countUp([row(0.5, { atLeast: 0.4 }), MISSING], 1);
    assert.equal(line, '1 passed, 0 failed, 1 skipped');
    assert.equal(hasFailed, false);
  });

  test('says in the table that a row was not measured', () => {
    assert.match(toTable([MISSING]), /8 +a row +NOT MEASURED +- +- +>= 100 +-$/m);
  });

  test('tells the spread of many rounds by their ends and quartiles', () => {
    const ours = toSamples(5, 1, 2, 4, 3);
    const text = toQuartiles(ours, toSamples(1, 1, 1, 1, 1));
    assert.equal(text, 'ratios of 5 rounds: 1.00 to 5.00, half of them from 2.00 to 4.00');
  });

  test('tells between which ratios the median lies, leaving out as many at either end as 95 % allow', () => {
    const rates = Array.from({ length: 21 }, (_, round) => 21 - round);
    const text = toInterval(toSamples(...rates), toSamples(...rates.map(() => 1)));
    // The binomial distribution gives the 6th and the 16th of 21.
    assert.equal(text, 'of 21 rounds, the median is between 6.000 and 16.000 (95 %)');
  });
});
