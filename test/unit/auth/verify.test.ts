import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createThrottle } from '../../../server/auth/throttle.ts';
import { createVerifier, type Verifier } from '../../../server/auth/verify.ts';
import { AppError } from '../../../server/domain/errors.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import {
  createSampleDirectory,
  OTHER_PASSWORD,
  PASSWORD,
  SECOND,
  START,
  type SampleDirectory,
} from './sample-directory.ts';

const ADDRESS = '192.0.2.1';

interface Setup extends SampleDirectory {
  readonly clock: FakeClock;
  readonly verifier: Verifier;
  /** How often a password was hashed. */
  readonly hashes: () => number;
}

async function setUp(): Promise<Setup> {
  const sample = await createSampleDirectory();
  const clock = createFakeClock(START);
  let hashes = 0;
  const hasher = {
    unmatchable: sample.hasher.unmatchable,
    verifyPassword(password: string, phc: string): Promise<boolean> {
      hashes += 1;
      return sample.hasher.verifyPassword(password, phc);
    },
  };
  const throttle = createThrottle({ clock });
  const verifier = createVerifier({ directory: sample.directory, hasher, throttle, clock });
  return { ...sample, clock, verifier, hashes: () => hashes };
}

const isThrottled = (error: unknown): boolean => error instanceof AppError && error.code === 'auth.throttled';

describe('verifying', () => {
  test('a right password says who signed in, with what the organisation adds', async () => {
    const { directory, hasher, verifier } = await setUp();
    await directory.addOrganisation({ id: 'dhs', name: 'DHS', audience: 'federal', hub: true });
    const passwordHash = await hasher.hashPassword('x');
    await directory.addUser({ name: 'ann', org: 'dhs', role: 'analyst', passwordHash, disabled: false });
    assert.deepEqual(await verifier.verifyPasswordLogin('ann', 'x', ADDRESS), {
      signedIn: { kind: 'user', user: 'ann', org: 'dhs', audience: 'federal', role: 'analyst', hub: true },
    });
  });

  test('a wrong password, and the password of another user, are wrong', async () => {
    const { verifier } = await setUp();
    assert.equal(await verifier.verifyPasswordLogin('nass', `${PASSWORD}x`, ADDRESS), undefined);
    assert.equal(await verifier.verifyPasswordLogin('nass', OTHER_PASSWORD, ADDRESS), undefined);
  });

  test('an unknown user costs one hash like a known one', async () => {
    const { verifier, hashes } = await setUp();
    await verifier.verifyPasswordLogin('nass', 'x', ADDRESS);
    assert.equal(hashes(), 1);
    assert.equal(await verifier.verifyPasswordLogin('nobody', 'x', ADDRESS), undefined);
    assert.equal(hashes(), 2);
  });

  test('a disabled user is wrong, by password and by token, and costs the hash', async () => {
    const { directory, issueToken, verifier, hashes } = await setUp();
    const { token } = await issueToken('nass');
    await directory.disableUser('nass');
    assert.equal(await verifier.verifyPasswordLogin('nass', PASSWORD, ADDRESS), undefined);
    assert.equal(hashes(), 1);
    assert.equal(await verifier.verifyToken(token, ADDRESS), undefined);
    assert.equal(await verifier.verifyPasswordLogin('nass', token, ADDRESS), undefined);
  });

  test('a user without an organisation is wrong', async () => {
    const { directory, hasher, verifier } = await setUp();
    const passwordHash = await hasher.hashPassword('x');
    await directory.addUser({ name: 'lost', org: 'gone', role: 'admin', passwordHash, disabled: false });
    assert.equal(await verifier.verifyPasswordLogin('lost', 'x', ADDRESS), undefined);
  });

  test('a token signs its user in and says when it ends', async () => {
    const { issueToken, verifier, hashes } = await setUp();
    const lasting = await issueToken('nass');
    const ending = await issueToken('nased', START + SECOND);
    assert.equal((await verifier.verifyToken(lasting.token, ADDRESS))?.signedIn.user, 'nass');
    const verified = await verifier.verifyToken(ending.token, ADDRESS);
    assert.equal(verified?.signedIn.user, 'nased');
    assert.equal(verified.expiresAt, START + SECOND);
    assert.equal(hashes(), 0);
  });

  test('a token is wrong from the instant at which it expires', async () => {
    const { clock, issueToken, verifier } = await setUp();
    const { token } = await issueToken('nass', START + SECOND);
    clock.advance(SECOND - 1);
    assert.notEqual(await verifier.verifyToken(token, ADDRESS), undefined);
    clock.advance(1);
    assert.equal(await verifier.verifyToken(token, ADDRESS), undefined);
  });

  test('a revoked, an unknown and a shapeless token are wrong', async () => {
    const { directory, issueToken, verifier } = await setUp();
    const { id, token } = await issueToken('nass');
    await directory.revokeToken(id);
    for (const text of [token, `pwt_${'A'.repeat(43)}`, 'x', PASSWORD]) {
      assert.equal(await verifier.verifyToken(text, ADDRESS), undefined, text);
    }
  });

  test('a token is accepted as a password with the name of its own user alone', async () => {
    const { issueToken, verifier } = await setUp();
    const { token } = await issueToken('nass');
    assert.equal((await verifier.verifyPasswordLogin('nass', token, ADDRESS))?.signedIn.user, 'nass');
    assert.equal(await verifier.verifyPasswordLogin('nased', token, ADDRESS), undefined);
    assert.equal(await verifier.verifyPasswordLogin('', token, ADDRESS), undefined);
  });

  test('a throttled login is not hashed, right or wrong, and a success clears the count', async () => {
    const { clock, verifier, hashes } = await setUp();
    for (let i = 0; i < 19; i += 1) await verifier.verifyPasswordLogin('nass', 'x', ADDRESS);
    assert.notEqual(await verifier.verifyPasswordLogin('nass', PASSWORD, ADDRESS), undefined);
    for (let i = 0; i < 20; i += 1) {
      assert.equal(await verifier.verifyPasswordLogin('nass', 'x', ADDRESS), undefined);
    }
    const before = hashes();
    await assert.rejects(verifier.verifyPasswordLogin('nass', 'x', ADDRESS), isThrottled);
    await assert.rejects(verifier.verifyPasswordLogin('nass', PASSWORD, ADDRESS), isThrottled);
    assert.equal(hashes(), before);
    clock.advance(60 * SECOND);
    assert.notEqual(await verifier.verifyPasswordLogin('nass', PASSWORD, ADDRESS), undefined);
  });

  test('an unknown user is throttled like a known one', async () => {
    const { verifier } = await setUp();
    for (let i = 0; i < 20; i += 1) await verifier.verifyPasswordLogin('nobody', 'x', ADDRESS);
    await assert.rejects(verifier.verifyPasswordLogin('nobody', 'x', ADDRESS), isThrottled);
  });

  test('unknown tokens are throttled by address without holding up those who have a good one', async () => {
    const { issueToken, verifier } = await setUp();
    const { token } = await issueToken('nass');
    for (let i = 0; i < 20; i += 1) assert.equal(await verifier.verifyToken('x', ADDRESS), undefined);
    await assert.rejects(verifier.verifyToken('x', ADDRESS), isThrottled);
    assert.equal(await verifier.verifyToken('x', '192.0.2.2'), undefined);
    assert.equal((await verifier.verifyToken(token, ADDRESS))?.signedIn.user, 'nass');
  });

  test('the tokens of a user count together with its passwords', async () => {
    const { issueToken, verifier } = await setUp();
    const expired = await issueToken('nass', START);
    for (let i = 0; i < 10; i += 1) {
      await verifier.verifyToken(expired.token, ADDRESS);
      await verifier.verifyPasswordLogin('nass', 'x', ADDRESS);
    }
    await assert.rejects(verifier.verifyToken(expired.token, ADDRESS), isThrottled);
    await assert.rejects(verifier.verifyPasswordLogin('nass', PASSWORD, ADDRESS), isThrottled);
  });

  test('a right token passes however many passwords of its user, or names from its address, were wrong', async () => {
    const { issueToken, verifier } = await setUp();
    const { token } = await issueToken('nass');
    const other = await issueToken('nased');
    for (let i = 0; i < 20; i += 1) await verifier.verifyPasswordLogin('nass', 'x', ADDRESS);
    for (let i = 0; i < 180; i += 1) await verifier.verifyPasswordLogin(`user-${i}`, 'x', ADDRESS);
    await assert.rejects(verifier.verifyPasswordLogin('nased', OTHER_PASSWORD, ADDRESS), isThrottled);
    for (let i = 0; i < 30; i += 1) {
      assert.equal((await verifier.verifyToken(token, ADDRESS))?.signedIn.user, 'nass');
      assert.equal((await verifier.verifyPasswordLogin('nass', token, ADDRESS))?.signedIn.user, 'nass');
      assert.equal((await verifier.verifyToken(other.token, ADDRESS))?.signedIn.user, 'nased');
    }
    // And no token buys guesses at the password.
    await assert.rejects(verifier.verifyPasswordLogin('nass', 'x', ADDRESS), isThrottled);
  });

  test('a flood of other names with made-up tokens does not make the throttle forget a user', async () => {
    const { verifier } = await setUp();
    for (let i = 0; i < 20; i += 1) await verifier.verifyPasswordLogin('nass', 'x', ADDRESS);
    const madeUp = `pwt_${'A'.repeat(43)}`;
    let throttled = 0;
    for (let i = 0; i < 10_050; i += 1) {
      try {
        await verifier.verifyPasswordLogin(`user-${i}`, madeUp, ADDRESS);
      } catch (error) {
        assert.ok(isThrottled(error));
        throttled += 1;
      }
    }
    assert.equal(throttled, 10_050 - 180);
    await assert.rejects(verifier.verifyPasswordLogin('nass', 'x', ADDRESS), isThrottled);
  });

  test('a login that the store could not decide is no failed one', async () => {
    const { directory, hasher, clock } = await setUp();
    const findUser = async (): Promise<never> => {
      throw new AppError('storage.unavailable');
    };
    const throttle = createThrottle({ clock });
    const broken = createVerifier({ directory: { ...directory, findUser }, hasher, throttle, clock });
    for (let i = 0; i < 30; i += 1) {
      await assert.rejects(broken.verifyPasswordLogin('nass', PASSWORD, ADDRESS), {
        code: 'storage.unavailable',
      });
    }
    assert.equal(throttle.size, 0);
  });

  test('a certificate signs in the user who has its subject, for as long as it is valid', async () => {
    const { directory, verifier } = await setUp();
    const end = START + 5 * SECOND;
    const user = { name: 'cert', org: 'nass', role: 'partner', passwordHash: '', disabled: false } as const;
    await directory.addUser({ ...user, certificate: 'CN=cert,O=NASS' });
    const verified = await verifier.verifyCertificate('CN=cert,O=NASS', end);
    assert.equal(verified?.signedIn.user, 'cert');
    assert.equal(verified.expiresAt, end);
    for (const other of ['CN=cert', 'CN=cert,O=nass', 'O=NASS,CN=cert', 'cert', '']) {
      assert.equal(await verifier.verifyCertificate(other, end), undefined, other);
    }
    await directory.disableUser('cert');
    assert.equal(await verifier.verifyCertificate('CN=cert,O=NASS', end), undefined);
  });
});
