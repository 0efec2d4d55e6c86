import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeResults } from '../../scripts/cli/outcomes.ts';
import type { ObjectOutcome } from '../../server/domain/submission.ts';

function successes(count: number, message?: string): readonly ObjectOutcome[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `campaign--6b1f3c52-3a0c-4a37-8e57-${String(index).padStart(12, '0')}`,
    version: '2018-08-21T00:00:00.000Z',
    result: 'success',
    ...(message === undefined ? {} : { message }),
  }));
}

describe('the summary of outcomes', () => {
  test('lists each message of the successes with its number, the most frequent first', () => {
    const outcomes = [
      ...successes(1, 'shown in state'),
      ...successes(3, 'already held'),
      ...successes(2, 'shown in federal; withheld from state: it is under embargo'),
    ];
    assert.equal(
      describeResults(outcomes),
      '  3: already held\n  2: shown in federal; withheld from state: it is under embargo\n  1: shown in state',
    );
  });

  test('messages that differ only in the objects that they name count as one', () => {
    const outcomes = ['a', 'b'].flatMap((digit) =>
      successes(1, `withheld from state: it refers to what is not shown here (identity--${digit.repeat(8)})`),
    );
    assert.equal(describeResults(outcomes), '  2: withheld from state: it refers to what is not shown here');
  });

  test('lists at most ten messages, and how many objects have others', () => {
    const outcomes = Array.from({ length: 12 }, (_, index) =>
      successes(1, `message ${String(index)}`),
    ).flat();
    const lines = describeResults(outcomes).split('\n');
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1), '  2: other messages; --json lists all');
  });

  test('names failures below, and nothing of them among the successes', () => {
    const failures = successes(1, 'no').map((outcome) => ({ ...outcome, result: 'failure' as const }));
    assert.match(
      describeResults([...successes(1, 'yes'), ...failures]),
      /^ {2}1: yes\nFailed \(1\):\n {2}campaign--\S+ +no$/,
    );
    assert.equal(describeResults([]), '');
  });
});
