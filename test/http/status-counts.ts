import assert from 'node:assert/strict';
import type { Resource } from '../support/test-server.ts';

/** The counts of a status, which always add up, and the lengths of its lists, which are the counts. */
export function countsOf(status: Resource): string {
  const counts = ['total_count', 'success_count', 'failure_count', 'pending_count'].map((name) =>
    Number(status[name]),
  );
  const [total, success, failure, pending] = counts;
  assert.equal(total, (success ?? 0) + (failure ?? 0) + (pending ?? 0));
  for (const [list, count] of [
    [status.successes, success],
    [status.failures, failure],
    [status.pendings, pending],
  ] as const) {
    assert.equal(list?.length ?? 0, count);
    if (count === 0) assert.equal(list, undefined, 'an empty list is left out');
  }
  return counts.join(' ');
}
