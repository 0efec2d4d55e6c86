import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRestarts } from '../../server/workers-restarts.ts';

describe('a worker that ended', () => {
  test('is started again soon, and later and later when it ends again soon, up to 5 s', () => {
    const restarts = createRestarts();
    const waits: (number | undefined)[] = [];
    for (let time = 0; time < 10_000; time += 1000) {
      restarts.listens(time);
      waits.push(restarts.ended(time + 500, false));
    }
    assert.deepEqual(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
  });

  test('is started again soon when it had served for 10 s', () => {
    const restarts = createRestarts();
    for (let time = 0; time < 5; time += 1) {
      restarts.listens(time);
      restarts.ended(time, false);
    }
    restarts.listens(100);
    assert.equal(restarts.ended(10_099, false), 3200);
    restarts.listens(20_000);
    assert.equal(restarts.ended(30_000, false), 100);
  });

  test('is given up when its start failed six times in a row', () => {
    const restarts = createRestarts();
    for (let start = 1; start < 6; start += 1) assert.notEqual(restarts.ended(start, false), undefined);
    assert.equal(restarts.ended(6, false), undefined);
  });

  test('is not given up when it served in between, however often it ends', () => {
    const restarts = createRestarts();
    for (let round = 0; round < 20; round += 1) {
      for (let start = 1; start < 6; start += 1) assert.notEqual(restarts.ended(start, false), undefined);
      restarts.listens(round);
      assert.notEqual(restarts.ended(round, false), undefined);
    }
  });

  test('is not given up for what goes by itself, such as a database that does not answer', () => {
    const restarts = createRestarts();
    for (let start = 0; start < 100; start += 1) assert.notEqual(restarts.ended(start, true), undefined);
    assert.equal(restarts.ended(100, true), 5000);
  });
});
