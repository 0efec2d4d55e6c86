import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createThrottle, type Throttle } from '../../../server/auth/throttle.ts';
import { AppError } from '../../../server/domain/errors.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { SECOND, START } from './sample-directory.ts';

function fail(throttle: Throttle, times: number, user = 'nass', address = '192.0.2.1'): void {
  for (let i = 0; i < times; i += 1) throttle.admit(user, address).failed();
}

function waitOf(throttle: Throttle, user = 'nass', address = '192.0.2.1'): number | undefined {
  try {
    throttle.admit(user, address).abandoned();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'auth.throttled');
    return error.retryAfterSeconds;
  }
}

describe('throttle of failed logins', () => {
  test('twenty logins may fail within a minute and the 21st is refused with the seconds to wait', () => {
    const clock = createFakeClock(START);
    const throttle = createThrottle({ clock });
    fail(throttle, 19);
    clock.advance(10 * SECOND);
    fail(throttle, 1);
    assert.equal(waitOf(throttle), 50);
    clock.advance(1);
    assert.equal(waitOf(throttle), 50);
    clock.advance(SECOND);
    assert.equal(waitOf(throttle), 49);
  });

  test('the window slides: the first login is let in again a minute after the first failure', () => {
    const clock = createFakeClock(START);
    const throttle = createThrottle({ clock });
    fail(throttle, 1);
    clock.advance(30 * SECOND);
    fail(throttle, 19);
    clock.advance(30 * SECOND - 1);
    assert.equal(waitOf(throttle), 1);
    clock.advance(1);
    fail(throttle, 1);
    assert.equal(waitOf(throttle), 30);
  });

  test('other users and other addresses are not held up', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    fail(throttle, 20);
    assert.notEqual(waitOf(throttle), undefined);
    assert.equal(waitOf(throttle, 'nased'), undefined);
    assert.equal(waitOf(throttle, 'nass', '192.0.2.2'), undefined);
  });

  test('a success clears the count', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    fail(throttle, 19);
    throttle.admit('nass', '192.0.2.1').succeeded();
    assert.equal(throttle.size, 0);
    fail(throttle, 20);
    assert.equal(waitOf(throttle), 60);
  });

  test('logins under way count, so that many guesses at once do not all get through', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    const underway = Array.from({ length: 20 }, () => throttle.admit('nass', '192.0.2.1'));
    assert.equal(waitOf(throttle), 1);
    underway[0]?.abandoned();
    assert.equal(waitOf(throttle), undefined);
    for (const attempt of underway.slice(1)) attempt.failed();
    fail(throttle, 1);
    assert.equal(waitOf(throttle), 60);
  });

  test('a login that could not be decided is no failure', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    for (let i = 0; i < 100; i += 1) throttle.admit('nass', '192.0.2.1').abandoned();
    assert.equal(throttle.size, 0);
    assert.equal(waitOf(throttle), undefined);
  });

  test('a clock that goes back locks nobody out for longer', () => {
    const clock = createFakeClock(START);
    const throttle = createThrottle({ clock });
    fail(throttle, 20);
    clock.advance(-3600 * SECOND);
    assert.equal(waitOf(throttle), undefined);
  });

  test('the number of pairs that are counted is bounded, at the limit and one past it', () => {
    const throttle = createThrottle({ clock: createFakeClock(START), attempts: 1, maxEntries: 3 });
    for (const user of ['a', 'b', 'c']) fail(throttle, 1, user);
    assert.equal(throttle.size, 3);
    assert.equal(waitOf(throttle, 'a'), 60);
    fail(throttle, 1, 'd');
    assert.equal(throttle.size, 3);
    assert.equal(waitOf(throttle, 'd'), 60);
  });

  test('a failure counts although its pair was pushed out while it was under way', () => {
    const throttle = createThrottle({ clock: createFakeClock(START), attempts: 1, maxEntries: 1 });
    const attempt = throttle.admit('a', '192.0.2.1');
    throttle.admit('b', '192.0.2.1').failed();
    attempt.failed();
    assert.equal(waitOf(throttle, 'a'), 60);
  });

  test('a failure is added to the count that was begun anew while it was under way', () => {
    const throttle = createThrottle({ clock: createFakeClock(START), attempts: 2, maxEntries: 1 });
    const attempt = throttle.admit('a', '192.0.2.1');
    throttle.admit('b', '192.0.2.1').failed();
    throttle.admit('a', '192.0.2.1').failed();
    attempt.failed();
    assert.equal(waitOf(throttle, 'a'), 60);
  });
});
