import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../../../../server/stix/values/canonical-json.ts';
import { observableId } from '../../../../server/stix/values/observable-id.ts';
import { deriveUuid4, uuid5 } from '../../../../server/stix/values/uuid.ts';
import { isIdentifier } from '../../../../server/stix/identifier.ts';
import { parseJsonText } from '../../../../server/stix/json-parse.ts';

const MD5 = 'b'.repeat(32);

describe('UUIDs of version 5 (RFC 4122, 4.3)', () => {
  test('a name in a namespace gives the UUID that other makers give', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    assert.equal(uuid5(dns, 'example.org'), 'aad03681-8b63-5304-89e0-8ca8f49461b5');
    assert.equal(uuid5(dns.toUpperCase(), 'example.org'), 'aad03681-8b63-5304-89e0-8ca8f49461b5');
    assert.equal(uuid5('6ba7b811-9dad-11d1-80b4-00c04fd430c8', 'ü'), 'b250cb54-d222-583d-8c6e-a07d5d46557a');
    assert.equal(uuid5('00abedb4-aa42-466c-9c01-fed23315a9b7', ''), '541cb4a8-fbf0-5832-816e-d17fd10b36c4');
  });
});

describe('UUIDs derived for objects that are no observables', () => {
  test('they are those of version 5 with the form of version 4 (STIX 2.1, 2.9)', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    assert.equal(deriveUuid4(dns, 'example.org'), 'aad03681-8b63-4304-89e0-8ca8f49461b5');
  });
});

describe('canonical JSON (RFC 8785)', () => {
  test('members stand in the order of their UTF-16 code units, without white space', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    assert.equal(
      canonicalJson(value),
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  test('numbers and strings are written as ECMAScript writes them', () => {
    assert.equal(canonicalJson([1e30, 4.5, 2e-3, 1e-27, -0, 1]), '[1e+30,4.5,0.002,1e-27,0,1]');
    assert.equal(canonicalJson('\u20ac$\u000f\nA\'B"\\/'), '"\u20ac$\\u000f\\nA\'B\\"\\\\/"');
    assert.equal(
      canonicalJson({ b: [null, true, {}], a: { d: [], c: '' } }),
      '{"a":{"c":"","d":[]},"b":[null,true,{}]}',
    );
  });

  test('any value reads back as itself, whatever the order it came in', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (drawn) => {
        const value = parseJsonText(JSON.stringify(drawn));
        const text = canonicalJson(value);
        assert.deepEqual(parseJsonText(text), value);
        assert.equal(canonicalJson(parseJsonText(text)), text);
      }),
    );
  });
});

describe('deterministic identifiers of observables (STIX 2.1, 2.9)', () => {
  test('the id is a UUIDv5 over the contributing properties alone', () => {
    const ids = [
      [{ type: 'ipv4-addr', value: '198.51.100.3' }, 'ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4'],
      [{ type: 'domain-name', value: 'example.org' }, 'domain-name--3500c14b-9bde-5393-b4e5-b260aea7e058'],
      [{ type: 'url', value: 'https://example.org/a?b=ü' }, 'url--20634ce5-ebd1-51fd-b3c4-821c96dc19c7'],
      [
        { type: 'autonomous-system', number: 64500, name: 'N' },
        'autonomous-system--0a5f7072-df00-5729-9f0a-4eb18631a446',
      ],
      [
        {
          type: 'user-account',
          id: 'x',
          user_id: '100',
          account_login: 'page.one',
          account_type: 'facebook',
          display_name: 'P',
        },
        'user-account--a544d8a1-1b92-5a2d-b03c-4f9ee87cc828',
      ],
      [
        {
          type: 'network-traffic',
          src_port: 443,
          protocols: ['ipv4', 'tcp'],
          src_ref: 'ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd',
        },
        'network-traffic--796080ef-2a3f-5c3d-9ba2-9bdf048ae529',
      ],
    ] as const;
    for (const [object, id] of ids) assert.equal(observableId(object), id);
  });

  test('of the hashes one counts: MD5, SHA-1, SHA-256, SHA-512, else the first given', () => {
    const file = (hashes: Record<string, string>) => observableId({ type: 'file', hashes });
    const byMd5 = 'file--aba4f1e7-e3b9-59a9-a722-60a6ada7a8ec';
    assert.equal(file({ MD5 }), byMd5);
    assert.equal(file({ 'SHA-256': 'd'.repeat(64), 'SHA-1': 'a'.repeat(40), MD5 }), byMd5);
    assert.equal(file({ 'SHA-512': 'e', 'SHA-256': 'd', 'SHA-1': 'a' }), file({ 'SHA-1': 'a' }));
    assert.equal(file({ 'SHA-512': 'e', 'SHA-256': 'd' }), file({ 'SHA-256': 'd' }));
    assert.equal(file({ SSDEEP: 'f', 'SHA-512': 'e' }), file({ 'SHA-512': 'e' }));
    assert.equal(
      file({ 'SHA3-256': 'c'.repeat(64), SSDEEP: 'x' }),
      'file--2550c6b3-e138-5372-aefd-5e65053e724f',
    );
  });

  test('extensions count whole, in canonical order', () => {
    const extensions = { 'pdf-ext': { version: '1.7', is_optimized: true } };
    const object = { type: 'file', size: 5, name: 'é.txt', extensions, hashes: { 'SHA-1': 'a'.repeat(40) } };
    assert.equal(observableId(object), 'file--b350c27a-da5a-552a-a231-608916ed54c8');
  });

  test('where nothing contributes there is no deterministic id', () => {
    assert.equal(observableId({ type: 'process', pid: 4 }), undefined);
    assert.equal(observableId({ type: 'artifact', url: 'http://a/' }), undefined);
    assert.equal(observableId({ type: 'file', hashes: {} }), undefined);
  });

  test('an object that is no observable of STIX has none', () => {
    for (const object of [
      { type: 'campaign', name: 'a' },
      { type: 'x-thing', value: 'a' },
      { type: 'constructor' },
      { value: 'a' },
      { type: 1 },
    ]) {
      assert.equal(observableId(object), undefined);
    }
  });

  test('any value gives an identifier of its type, and the same one again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const id = observableId({ type: 'url', value });
        assert.ok(isIdentifier(id) && /^url--.{14}5/.test(id));
        assert.equal(observableId({ value, id, type: 'url' }), id);
      }),
    );
  });
});
