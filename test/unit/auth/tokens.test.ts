import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createToken, hashToken, isTokenShaped } from '../../../server/auth/tokens.ts';
import { createFakeIds } from '../../support/fake-ids.ts';

describe('tokens', () => {
  test('a token is pwt_ and 32 random bytes in base64url', () => {
    const seen: number[] = [];
    const fake = createFakeIds(1);
    const secret = (bytes: number): Uint8Array => {
      seen.push(bytes);
      return fake.secret(bytes);
    };
    const { id, token } = createToken({ uuid: () => fake.uuid(), secret });
    assert.deepEqual(seen, [32]);
    assert.match(token, /^pwt_[A-Za-z0-9_-]{43}$/);
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(isTokenShaped(token), true);
  });

  test('only the SHA-256 of a token is for keeping', () => {
    const made = createToken(createFakeIds(2));
    assert.equal(made.hash, createHash('sha256').update(made.token).digest('hex'));
    assert.equal(hashToken(made.token), made.hash);
  });

  test('two tokens differ in text, hash and id', () => {
    const ids = createFakeIds(3);
    const [a, b] = [createToken(ids), createToken(ids)];
    assert.equal(new Set([a.token, b.token, a.hash, b.hash, a.id, b.id]).size, 6);
  });

  test('a text one character short, one long or without the prefix is not shaped like a token', () => {
    const { token } = createToken(createFakeIds(4));
    for (const text of [
      token.slice(0, -1),
      `${token}A`,
      token.slice(4),
      `${token}\n`,
      token.replace('pwt_', 'PWT_'),
      '',
    ]) {
      assert.equal(isTokenShaped(text), false, JSON.stringify(text));
    }
  });
});
