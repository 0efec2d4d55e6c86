import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createPasswordHasher } from '../../../server/auth/passwords.ts';
import { createToken } from '../../../server/auth/tokens.ts';
import { AppError } from '../../../server/domain/errors.ts';
import { createCheapHasher, ids } from './sample-directory.ts';

const isCode = (code: string) => (error: unknown) => error instanceof AppError && error.code === code;

describe('passwords', () => {
  test('a password matches its own hash and no other does', async () => {
    const hasher = createCheapHasher();
    const phc = await hasher.hashPassword('correct horse');
    assert.match(phc, /^\$scrypt\$ln=4,r=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    assert.equal(await hasher.verifyPassword('correct horse', phc), true);
    for (const wrong of ['correct horsf', 'Correct horse', 'correct horse ', '']) {
      assert.equal(await hasher.verifyPassword(wrong, phc), false, wrong);
    }
  });

  test('the same password gets another salt each time', async () => {
    const hasher = createCheapHasher();
    assert.notEqual(await hasher.hashPassword('same'), await hasher.hashPassword('same'));
  });

  test('the default cost is N=2^15, r=8, p=3', async () => {
    const hasher = createPasswordHasher({ ids });
    const phc = await hasher.hashPassword('costly');
    assert.match(phc, /^\$scrypt\$ln=15,r=8,p=3\$/);
    assert.equal(await hasher.verifyPassword('costly', phc), true);
  });

  test('the cost is read back from the stored text, so old hashes outlive a raised cost', async () => {
    const phc = await createCheapHasher().hashPassword('old');
    const raised = createPasswordHasher({ ids, cost: { log2N: 5, r: 2, p: 2 } });
    assert.equal(await raised.verifyPassword('old', phc), true);
  });

  test('verifies the test vector of RFC 7914 (section 12)', async () => {
    // Password "pleaseletmein", salt "SodiumChloride", N=16384, r=8, p=1; 64 bytes.
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
      'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
    const toText = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
    const phc = `$scrypt$ln=14,r=8,p=1$${toText(Buffer.from('SodiumChloride'))}$${toText(Buffer.from(key, 'hex'))}`;
    assert.equal(await createCheapHasher().verifyPassword('pleaseletmein', phc), true);
  });

  test('a password has at most 1024 bytes of UTF-8', async () => {
    const hasher = createCheapHasher();
    const longest = 'é'.repeat(512);
    const phc = await hasher.hashPassword(longest);
    assert.equal(await hasher.verifyPassword(longest, phc), true);
    await assert.rejects(hasher.hashPassword(`${longest}x`), isCode('input.invalid'));
    await assert.rejects(hasher.hashPassword(''), isCode('input.invalid'));
    assert.equal(await hasher.verifyPassword(`${longest}x`, phc), false);
  });

  test('a password that looks like a token is refused when it is set', async () => {
    await assert.rejects(createCheapHasher().hashPassword(createToken(ids).token), isCode('input.invalid'));
  });

  test('no password matches the unmatchable text', async () => {
    const hasher = createCheapHasher();
    assert.match(hasher.unmatchable, /^\$scrypt\$ln=4,r=1,p=1\$/);
    assert.equal(await hasher.verifyPassword('anything', hasher.unmatchable), false);
  });

  test('a stored text that cannot be read, or would take too much memory, is storage.corrupt', async () => {
    const hasher = createCheapHasher();
    const phc = await hasher.hashPassword('x');
    const broken = [
      '',
      'plain',
      phc.slice(0, -30),
      phc.replace('scrypt', 'argon2id'),
      phc.replace('ln=4', 'ln=30'),
      phc.replace('ln=4', 'ln=0'),
      phc.replace('r=1', 'r=0'),
      phc.replace('p=1', 'p=99'),
    ];
    for (const text of broken)
      await assert.rejects(hasher.verifyPassword('x', text), isCode('storage.corrupt'), text);
  });

  test('beyond the running and the waiting ones a hash is server.busy, and later ones are served again', async () => {
    const hasher = createPasswordHasher({
      ids,
      cost: { log2N: 4, r: 1, p: 1 },
      maxRunning: 2,
      maxWaiting: 3,
    });
    const asked = Array.from({ length: 6 }, () => hasher.hashPassword('x'));
    const settled = await Promise.allSettled(asked);
    assert.deepEqual(
      settled.map((one) => one.status),
      ['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
    );
    const [, , , , , last] = settled;
    assert.ok(last?.status === 'rejected' && last.reason instanceof AppError);
    assert.equal(last.reason.code, 'server.busy');
    assert.equal(last.reason.retryAfterSeconds, 1);
    const again = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.hashPassword('x')));
    assert.ok(again.every((one) => one.status === 'fulfilled'));
  });

  test('one address gets a quarter of the waiting places, so that a flood of it leaves room for others', async () => {
    const hasher = createPasswordHasher({
      ...{ ids, cost: { log2N: 4, r: 1, p: 1 } },
      ...{ maxRunning: 2, maxWaiting: 8 },
    });
    const check = (asker?: string): Promise<boolean> =>
      hasher.verifyPassword('x', hasher.unmatchable, asker).catch((error: unknown) => {
        assert.ok(isCode('server.busy')(error));
        return true;
      });
    const flood = Array.from({ length: 50 }, () => check('192.0.2.1'));
    const honest = ['192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.4', '192.0.2.5', undefined].map(check);
    const late = check('192.0.2.6');
    // True stands for a refusal: no password matches.
    const refused = (await Promise.all(flood)).filter(Boolean).length;
    assert.equal(refused, 50 - 2 - 2);
    assert.deepEqual(await Promise.all(honest), [false, false, false, false, false, false]);
    assert.equal(await late, true);
    assert.equal(await check('192.0.2.1'), false);
  });
});
