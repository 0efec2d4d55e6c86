import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHousekeeping, type Chore, type Housekeeping } from '../../../server/ops/housekeeping.ts';

const EVERY_SECOND = '* * * * * *';
const DEADLINE_MS = 30_000;

interface Kept {
  readonly housekeeping: Housekeeping;
  readonly failures: readonly unknown[];
  readonly logged: readonly unknown[];
  /** Answers when a chore of its own ran so many times more. */
  readonly seconds: (count: number) => Promise<void>;
}

/** Keeps house with these chores, and with one that tells how often it was the time for them. */
function keepHouse(chores: readonly Chore[], isOurs: () => Promise<boolean>): Kept {
  const failures: unknown[] = [];
  const logged: unknown[] = [];
  const note = (line: unknown): void => void logged.push(line);
  let ticks = 0;
  const ticker = { name: 'tick', cron: EVERY_SECOND, run: async () => void (ticks += 1) };
  const log = { debug: note, info: note, warn: note, error: note };
  const onFailure = (error: unknown): void => void failures.push(error);
  const ours = createHousekeeping({ chores, log, isOurs, onFailure });
  const clock = createHousekeeping({ chores: [ticker], log, isOurs: async () => true });
  return {
    failures,
    logged,
    housekeeping: {
      start() {
        ours.start();
        clock.start();
      },
      async close() {
        await clock.close();
        await ours.close();
      },
    },
    async seconds(count) {
      const deadline = performance.now() + DEADLINE_MS;
      for (const wanted = ticks + count; ticks < wanted;) {
        assert.ok(performance.now() < deadline, 'the seconds pass');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

describe('housekeeping', () => {
  test('starts a chore again only when it has ended, and waits for it at the end', async () => {
    const gate = Promise.withResolvers<undefined>();
    let started = 0;
    let ended = 0;
    const slow = {
      name: 'slow',
      cron: EVERY_SECOND,
      run: async () => {
        started += 1;
        await gate.promise;
        ended += 1;
      },
    };
    const { housekeeping, seconds } = keepHouse([slow], async () => true);
    housekeeping.start();
    await seconds(3);
    assert.equal(started, 1);
    const closing = housekeeping.close();
    gate.resolve(undefined);
    await closing;
    assert.equal(ended, 1);
  });

  test('leaves chores alone that are not for this process to do', async () => {
    const runs: boolean[] = [];
    let isOurs = false;
    const chore = { name: 'chore', cron: EVERY_SECOND, run: async () => void runs.push(isOurs) };
    const { housekeeping, seconds } = keepHouse([chore], async () => isOurs);
    housekeeping.start();
    try {
      await seconds(2);
      assert.deepEqual(runs, []);
      isOurs = true;
      await seconds(2);
      assert.ok(runs.length > 0 && runs.every(Boolean));
    } finally {
      await housekeeping.close();
    }
  });

  test('tells of a chore that fails, or a lease that cannot be asked for, and tries again', async () => {
    const fault = new Error('the store does not answer');
    const { housekeeping, seconds, failures, logged } = keepHouse(
      [{ name: 'chore', cron: EVERY_SECOND, run: async () => undefined }],
      async () => {
        throw fault;
      },
    );
    housekeeping.start();
    try {
      await seconds(3);
    } finally {
      await housekeeping.close();
    }
    assert.ok(failures.length >= 2 && failures.every((each) => each === fault), String(failures.length));
    assert.equal(logged.length, failures.length);
  });
});
