import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPatternFault } from '../../../../server/stix/pattern/fault.ts';
import { findIllegalHashes } from '../../../../server/stix/pattern/hashes.ts';
import { findIllegalNames } from '../../../../server/stix/pattern/names.ts';
import { parsePattern } from '../../../../server/stix/pattern/parser.ts';
import type { Pattern } from '../../../../server/stix/pattern/syntax-tree.ts';

function read(text: string): Pattern {
  const result = parsePattern(text);
  assert.ok(!isPatternFault(result), JSON.stringify(result));
  return result;
}

const namesIn = (comparison: string) => findIllegalNames(read(`[${comparison}]`)).map(({ name }) => name);
const hashFaultsIn = (comparison: string) => findIllegalHashes(read(`[${comparison}]`));

describe('names in a pattern', () => {
  test('a type has 3 to 250 characters of a-z, 0-9 and single hyphens (STIX 2.1, 2.9)', () => {
    for (const type of ['url', 'x-a-b', 'ipv4-addr', 'x509-certificate', 'a'.repeat(250)]) {
      assert.deepEqual(namesIn(`${type}:name = 1`), [], type);
    }
    for (const type of ['ab', 'f', 'File', 'user_account', 'a--b', 'abc-', '_abc', 'a'.repeat(251)]) {
      assert.deepEqual(namesIn(`${type}:name = 1`), [type], type);
    }
  });

  test('a property of an object has 3 to 250 characters of a-z, 0-9 and _, or is id (STIX 2.1, 3.1)', () => {
    for (const name of ['name', 'rir', 'x_y', '_ab', 'id', 'a'.repeat(250)]) {
      assert.deepEqual(namesIn(`file:${name} = 1`), [], name);
    }
    for (const name of ['ab', 'x', 'Name', 'a'.repeat(251)]) {
      assert.deepEqual(namesIn(`file:${name} = 1`), [name], name);
    }
    assert.deepEqual(namesIn("file:'na-me' = 1 OR file:'' = 1"), ['na-me', '']);
  });

  test('names further along a path are hashes, extensions and keys, and have no such form', () => {
    assert.deepEqual(
      namesIn("file:hashes.'SHA-256' = 'x' OR file:hashes.MD5 = 'x' OR url:a_b.X[0].y = 1"),
      [],
    );
    assert.deepEqual(namesIn("file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0"), []);
  });

  test('each name is told once, wherever it stands', () => {
    assert.deepEqual(namesIn('a:x = 1 AND (a:x IN (1) OR EXISTS b:x) AND abc:abc = 1'), ['a', 'x', 'b']);
    assert.deepEqual(
      findIllegalNames(read('([a:abc = 1] AND [url:value = 1]) OR [b:abc = 1]')).map(({ name }) => name),
      ['a', 'b'],
    );
  });

  test('what was probably meant is told', () => {
    const messages = (comparison: string) =>
      findIllegalNames(read(`[${comparison}]`)).map(({ message }) => message);
    assert.match(messages('Network_Traffic:src_port = 1').join(), /Did you mean network-traffic\?$/);
    assert.match(messages("file:'Mime-Type' = 1").join(), /Did you mean mime_type\?$/);
    assert.match(messages('f:name = 1').join(), /^Found "f" in the pattern, but a type has 3 to 250 /);
    assert.ok(messages(`${'a'.repeat(60_000)}:name = 1`).join().length < 300);
  });
});

describe('hashes in a pattern', () => {
  const [md5, sha256] = ['0123456789abcdefABCDEF0123456789', 'a'.repeat(64)];

  test('a hash that is compared has the length of its algorithm', () => {
    assert.deepEqual(hashFaultsIn(`file:hashes.MD5 = '${md5}' OR file:hashes.'SHA-256' != '${sha256}'`), []);
    assert.deepEqual(hashFaultsIn(`x509-certificate:hashes.'sha256' IN ('${sha256}')`), []);
    assert.deepEqual(hashFaultsIn(`file:hashes.'SHA-256' = 'f00'`), [
      {
        path: "file:hashes.'SHA-256'",
        message: '"f00" is no SHA-256 hash, which has 64 hexadecimal digits.',
      },
    ]);
    assert.equal(hashFaultsIn(`file:hashes.MD5 = '${md5}0' OR file:hashes.MD5 IN ('', '${md5}')`).length, 2);
    assert.equal(hashFaultsIn(`file:hashes.MD5 != '${'g'.repeat(32)}'`).length, 1);
  });

  test('an SSDEEP hash is no hexadecimal number', () => {
    assert.deepEqual(hashFaultsIn(`file:hashes.SSDEEP = '96:s4Ud1Lj96tHHlZDrwciQm:s4Ud1Lj96t'`), []);
    assert.equal(hashFaultsIn(`file:hashes.SSDEEP = 'no hash'`).length, 1);
  });

  test('a hash is compared with a string', () => {
    assert.match(hashFaultsIn(`file:hashes.MD5 = h'${md5}'`)[0]?.message ?? '', /MD5 hash is compared with/);
    assert.equal(hashFaultsIn('file:hashes.MD5 IN (5)').length, 1);
  });

  test('patterns of hashes, other algorithms and other properties are not looked at', () => {
    assert.deepEqual(hashFaultsIn(`file:hashes.MD5 LIKE 'ab%' OR file:hashes.MD5 MATCHES '^ab'`), []);
    assert.deepEqual(
      hashFaultsIn(`file:hashes.TLSH = 'x' OR file:hashes.x_own = 'x' OR EXISTS file:hashes.MD5`),
      [],
    );
    assert.deepEqual(hashFaultsIn(`file:MD5 = 'x' OR file:hashes[*] = 'x' OR file:hashes = 'x'`), []);
  });
});
