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

  test('two hundred logins of an address may fail within a minute, whatever names it gives', () => {
    const clock = createFakeClock(START);
    const throttle = createThrottle({ clock });
    for (let i = 0; i < 199; i += 1) fail(throttle, 1, `user-${i}`);
    clock.advance(10 * SECOND);
    fail(throttle, 1, 'user-199');
    assert.equal(waitOf(throttle, 'another'), 50);
    assert.equal(waitOf(throttle, 'another', '192.0.2.2'), undefined);
    clock.advance(50 * SECOND);
    assert.equal(waitOf(throttle, 'another'), undefined);
  });

  test('a success clears nothing of the address: one good account buys no guesses at the others', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    for (let i = 0; i < 200; i += 1) {
      throttle.admit('own', '192.0.2.1').succeeded();
      fail(throttle, 1, `user-${i}`);
    }
    assert.equal(waitOf(throttle, 'own'), 60);
  });

  test('ten thousand logins with other names from everywhere do not make it forget a failure', () => {
    const throttle = createThrottle({ clock: createFakeClock(START) });
    fail(throttle, 20);
    for (let i = 0; i < 10_050; i += 1) {
      try {
        fail(throttle, 1, `user-${i}`, `198.51.100.${i % 100}`);
      } catch (error) {
        assert.ok(error instanceof AppError && error.code === 'auth.throttled');
      }
    }
    assert.equal(throttle.size, 10_000);
    assert.equal(waitOf(throttle), 60);
  });

  test('a memory full of live failures refuses new pairs until one ends, and goes on with those it has', () => {
    const clock = createFakeClock(START);
    const throttle = createThrottle({ clock, attempts: 2, maxEntries: 3 });
    for (const user of ['a', 'b', 'c']) {
      fail(throttle, 1, user);
      clock.advance(SECOND);
    }
    assert.equal(throttle.size, 3);
    assert.equal(waitOf(throttle, 'd'), 57);
    fail(throttle, 1, 'a');
    assert.equal(waitOf(throttle, 'a'), 57);
    // The first failure of b is the oldest now.
    assert.equal(waitOf(throttle, 'd'), 58);
    clock.advance(58 * SECOND);
    fail(throttle, 1, 'd');
    assert.equal(throttle.size, 3);
    assert.equal(waitOf(throttle, 'e'), 1);
  });

  test('logins under way are not pushed out either, so that their failures count', () => {
    const throttle = createThrottle({ clock: createFakeClock(START), attempts: 1, maxEntries: 1 });
    const attempt = throttle.admit('a', '192.0.2.1');
    assert.equal(waitOf(throttle, 'b'), 1);
    attempt.failed();
    assert.equal(waitOf(throttle, 'a'), 60);
    assert.equal(throttle.size, 1);
  });
});
