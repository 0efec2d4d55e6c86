import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { isCanonicalSubject, toSubject } from '../../../server/auth/subject.ts';
import { CN, der, makeAuthority, named, O, OU, type Subject } from '../../http/tls-certificates.ts';

const authority = makeAuthority('Unit tests');
const CHARACTERS = [
  'a',
  'b',
  ',',
  '+',
  '=',
  '\\',
  '"',
  '<',
  '>',
  ';',
  '#',
  ' ',
  '\n',
  '\0',
  'é',
  '😀',
  '\u202e',
];
const UID = '0.9.2342.19200300.100.1.1';

function issue(subject: Subject): X509Certificate {
  return new X509Certificate(authority.issue({ subject }).cert);
}

const write = (subject: Subject): string | undefined => toSubject(issue(subject).raw);
const latin1 = (tag: number, text: string): Buffer => der(tag, Buffer.from(text, 'latin1'));

/** What Node prints, in the form of RFC 2253: it has a line for each name, and leaves what is not ASCII as it is. */
function fromNode(certificate: X509Certificate): string {
  const lines = certificate.subject.split('\n').reverse();
  const text = lines.map((line) => line.split(' + ').reverse().join('+')).join(',');
  return text.replace(/[^\0-\x7f]+/gu, (run) =>
    [...Buffer.from(run)].map((byte) => `\\${byte.toString(16).toUpperCase()}`).join(''),
  );
}

// Each text is what OpenSSL 3.0 prints for it: openssl x509 -noout -subject -nameopt RFC2253
const PRINTED: readonly (readonly [Subject, string])[] = [
  [named('bob'), 'CN=bob'],
  [[[[O, 'FBI']], [[CN, 'ann']]], 'CN=ann,O=FBI'],
  [
    [
      [[O, 'FBI']],
      [
        [CN, 'ann'],
        [OU, 'x'],
        [UID, 'uid1'],
      ],
    ],
    'UID=uid1+CN=ann+OU=x,O=FBI',
  ],
  [named('a\nCN=b'), 'CN=a\\0ACN=b'],
  [named('a,CN=b+c"d\\e<f>g;h=i#j'), 'CN=a\\,CN=b\\+c\\"d\\\\e\\<f\\>g\\;h=i#j'],
  [named(' a '), 'CN=\\ a\\ '],
  [named('#a'), 'CN=\\#a'],
  [named('#'), 'CN=#'],
  [named(' '), 'CN=\\ '],
  [named('  '), 'CN=\\ \\ '],
  [named('a\\ '), 'CN=a\\\\\\ '],
  [named('José 😀\u202e\u007f\0z'), 'CN=Jos\\C3\\A9 \\F0\\9F\\98\\80\\E2\\80\\AE\\7F\\00z'],
  [named('\ufeffbob'), 'CN=\\EF\\BB\\BFbob'],
  [named(''), 'CN='],
  [[[['1.2.3.4', 'a']]], '1.2.3.4=#0C0161'],
  [[[[CN, latin1(0x14, 'Jos\xe9')]]], 'CN=Jos\\C3\\A9'],
  [[[[CN, der(0x1e, Buffer.from([0, 0x62, 0x20, 0x2e]))]]], 'CN=b\\E2\\80\\AE'],
  [
    [[['2.5.4.6', latin1(0x13, 'US')]], [['1.2.840.113549.1.9.1', latin1(0x16, 'a@b')]]],
    'emailAddress=a@b,C=US',
  ],
];

describe('the subject of a certificate', () => {
  test('is written as OpenSSL prints it with -nameopt RFC2253 (RFC 2253, 2)', () => {
    for (const [subject, text] of PRINTED) assert.equal(write(subject), text);
  });

  test('is canonical as it is written, and none of these is', () => {
    for (const [, text] of PRINTED) assert.ok(isCanonicalSubject(text), text);
    const others = [
      ...['', 'bob', 'CN', '=bob', 'CN=bob,', ',CN=bob', 'CN=bob+', '/CN=bob', '/C=US/CN=bob', 'CN = bob'],
      ...['CN=ann, O=FBI', 'subject=CN=bob', 'cn=bob', 'commonName=bob', '2.5.4.3=bob', '2.5.4.3=#0C0161'],
      ...['CN="bob"', 'CN=a;O=b', 'CN=a\\,b,', 'CN= a', 'CN=a ', 'CN=#a', 'CN=#0C0161', 'CN=José', 'CN=a\nb'],
      ...[
        'CN=Jos\\c3\\a9',
        'CN=\\C3',
        'CN=\\62ob',
        'CN=b\\ob',
        'CN=a\\#',
        'CN=a\\ b',
        '1.2.3.4=a',
        '1.2.03=#0C00',
      ],
      ...['1.2.3.4=#0c0161', '1.2.3.4=#0C0', 'CN=a\\', 'X-Y=a', 'CN=a\0'],
    ];
    for (const text of others) assert.ok(!isCanonicalSubject(text), text);
  });

  test('is undefined when it is empty or holds characters that there are not', () => {
    assert.equal(write([]), undefined);
    for (const value of [Buffer.from([0xd8, 0]), Buffer.from([0xd8])]) {
      assert.equal(toSubject(replaceValue(der(0x1e, value))), undefined);
    }
    assert.equal(toSubject(replaceValue(der(0x0c, Buffer.from([0xff])))), undefined);
  });

  test('is undefined when the identifier of an attribute could be read as another one', () => {
    const bob = der(0x0c, Buffer.from('bob'));
    assert.equal(toSubject(replaceValue(bob)), 'CN=bob');
    for (const type of ['060480550403', '060455048003', '0604550403ff', '06025504ff', '0600']) {
      assert.equal(toSubject(replaceValue(bob, type)), undefined, type);
    }
  });

  test('is undefined for bytes that are no certificate', () => {
    const { raw } = issue(named('bob'));
    for (let size = 0; size < 200; size += 1) assert.equal(toSubject(raw.subarray(0, size)), undefined);
    assert.equal(toSubject(Buffer.from('3080000000', 'hex')), undefined);
    assert.equal(toSubject(Buffer.from('1f8101', 'hex')), undefined);
  });

  test('is for every subject what Node makes of it, canonical, and like that of no other', () => {
    const value = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 6 });
    const attribute = fc.tuple(fc.constantFrom(CN, O, OU, UID), value);
    const subjects = fc.array(fc.array(attribute, { minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 3,
    });
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(subjects, (subject) => {
        const certificate = issue(subject);
        const text = toSubject(certificate.raw) ?? '';
        assert.equal(text, fromNode(certificate));
        assert.match(text, /^[ -~]+$/);
        assert.ok(isCanonicalSubject(text), text);
        // A set has no order.
        const same = JSON.stringify(subject.map((set) => set.map(String).sort()));
        assert.equal(seen.get(text) ?? same, same);
        seen.set(text, same);
      }),
      { seed: 20261122, numRuns: 300 },
    );
  });
});

/** The smallest certificate that has these fields, with a common name whose value OpenSSL may not read. */
function replaceValue(value: Buffer, type = '0603550403'): Buffer {
  const commonName = der(0x30, Buffer.from(type, 'hex'), value);
  const empty = der(0x30);
  const name = der(0x30, der(0x31, commonName));
  return der(0x30, der(0x30, der(0x02, Buffer.from([1])), empty, empty, empty, name));
}
