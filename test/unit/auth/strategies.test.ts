import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseBasicCredentials, parseCredentials } from '../../../server/auth/strategies.ts';

const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

describe('Authorization header', () => {
  test('the scheme is compared without regard to case and followed by blanks (RFC 9110, 11.4)', () => {
    for (const header of ['Basic abc', 'basic abc', 'BASIC   abc', 'bAsIc abc ']) {
      assert.equal(parseCredentials(header, 'basic'), 'abc', header);
    }
    for (const header of [
      'Basi abc',
      'Basicabc',
      'Basic',
      'Basic ',
      'Basic\tabc',
      'Bearer abc',
      '',
      ' Basic abc',
    ]) {
      assert.equal(parseCredentials(header, 'basic'), undefined, header);
    }
  });

  test('a header has at most 8 KiB', () => {
    const longest = `Basic ${'a'.repeat(8192 - 6)}`;
    assert.equal(parseCredentials(longest, 'basic'), longest.slice(6));
    assert.equal(parseCredentials(`${longest}a`, 'basic'), undefined);
  });

  test('the password may hold colons and be empty, the user name may do neither (RFC 7617, 2)', () => {
    assert.deepEqual(parseBasicCredentials(encode('nass:a:b::')), { user: 'nass', password: 'a:b::' });
    assert.deepEqual(parseBasicCredentials(encode('nass:')), { user: 'nass', password: '' });
    assert.equal(parseBasicCredentials(encode(':secret')), undefined);
    assert.equal(parseBasicCredentials(encode('nass')), undefined);
    assert.equal(parseBasicCredentials(''), undefined);
  });

  test('a user name has at most 256 characters', () => {
    const longest = 'n'.repeat(256);
    assert.deepEqual(parseBasicCredentials(encode(`${longest}:x`)), { user: longest, password: 'x' });
    assert.equal(parseBasicCredentials(encode(`${longest}n:x`)), undefined);
  });

  test('what is no base64, or no UTF-8 inside, is malformed', () => {
    const good = encode('nass:ab');
    for (const text of [
      `${good}=`,
      good.slice(0, -1),
      `${good}!`,
      'bmFzczp_',
      `b m${good}`,
      'bmFz=zpm',
      'Zg',
      '====',
    ]) {
      assert.equal(parseBasicCredentials(text), undefined, text);
    }
    assert.equal(parseBasicCredentials(Buffer.from('nass:\xe9', 'latin1').toString('base64')), undefined);
  });

  test('every user name without a colon and every password come back', () => {
    const seed = 20261122;
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const user = text.filter((name) => name.length > 0 && !name.includes(':'));
    fc.assert(
      fc.property(user, text, (name, password) => {
        assert.deepEqual(parseBasicCredentials(encode(`${name}:${password}`)), { user: name, password });
      }),
      { seed, numRuns: 200 },
    );
  });
});
