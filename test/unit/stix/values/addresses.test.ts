import { describe, test } from 'node:test';
import {
  isDomainName,
  isEmailAddress,
  isIpv4,
  isIpv6,
  isMacAddress,
} from '../../../../server/stix/values/addresses.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

const LABEL = 'a'.repeat(63);

describe('IPv4 addresses', () => {
  test('four octets are one, and a prefix length of 0 to 32 makes it a block', () => {
    assertTakes(isIpv4, [
      '0.0.0.0',
      '198.51.100.3',
      '255.255.255.255',
      '1.2.3.4/24',
      '1.2.3.4/0',
      '1.2.3.4/32',
    ]);
  });

  test('other octets, leading zeros and other prefix lengths make it none', () => {
    assertRefuses(isIpv4, [
      '256.1.1.1',
      '1.2.3',
      '1.2.3.4.5',
      '01.2.3.4',
      '1.2.3.04',
      '1.2.3.0x4',
      '1.2.3.-4',
      '1..2.3',
    ]);
    assertRefuses(isIpv4, [
      '1.2.3.4/33',
      '1.2.3.4/01',
      '192.168.0.1/01',
      '1.2.3.4/',
      '/24',
      '1.2.3.4/24/1',
      '1.2.3.4/+8',
    ]);
    assertRefuses(isIpv4, [
      '',
      '1.2.3.4 ',
      ' 1.2.3.4',
      '1.2.3.4:80',
      '1.2.3.4-9',
      '::1',
      'example',
      '١.2.3.4',
    ]);
  });
});

describe('IPv6 addresses (RFC 4291, 2.2)', () => {
  test('eight groups are one, and a double colon stands for one or more of them', () => {
    assertTakes(isIpv6, [
      '1:2:3:4:5:6:7:8',
      '::',
      '::1',
      '1::',
      '1:2:3:4:5:6:7::',
      '::2:3:4:5:6:7:8',
      '1::3:4:5:6:7:8',
      'FE80::a',
    ]);
    assertRefuses(isIpv6, [
      '1::2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1:2:3:4::5:6:7:8',
      '1',
      ':1',
      '1:',
    ]);
    assertRefuses(isIpv6, [
      '',
      ':',
      ':::',
      '1:::2',
      '::1::',
      '1::2::3',
      'g::1',
      '12345::',
      '[::1]',
      ' ::1',
      '::1 ',
    ]);
  });

  test('IPv4 may stand at the end', () => {
    assertTakes(isIpv6, ['::ffff:1.2.3.4', '::1.2.3.4', '1:2:3:4:5:6:1.2.3.4', '64:ff9b::192.0.2.33']);
    assertRefuses(isIpv6, [
      '1.2.3.4',
      '1.2.3.4::',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::256.1.1.1',
      '::1.2.3',
      '::1.2.3.4:5',
      '1.2.3.4::1',
    ]);
  });

  test('a zone may follow (RFC 4007, 11)', () => {
    assertTakes(isIpv6, ['fe80::1%eth0', 'fe80::1%12', 'fe80::1%eth0/64']);
    assertRefuses(isIpv6, ['fe80::1%', 'fe80::1%%', 'fe80::1%a b', '%eth0', 'fe80::1%ü']);
  });

  test('a prefix length of 0 to 128 makes it a block', () => {
    assertTakes(isIpv6, ['2001:db8::/0', '2001:db8::/32', '2001:db8::/128', '::ffff:1.2.3.4/96']);
    assertRefuses(isIpv6, ['2001:db8::/129', '2001:db8::/01', '2001:db8::/', '/64', '::1/64/64', '::/-1']);
  });
});

describe('MAC addresses (STIX 2.1, 6.10)', () => {
  test('six octets in lower case with colons are one, and nothing else', () => {
    assertTakes(isMacAddress, ['d2:fb:49:24:37:18']);
    assertRefuses(isMacAddress, [
      'D2:FB:49:24:37:18',
      'd2-fb-49-24-37-18',
      'd2fb49243718',
      'd2:fb:49:24:37',
      '',
    ]);
    assertRefuses(isMacAddress, [
      'd2:fb:49:24:37:18:00',
      'g2:fb:49:24:37:18',
      'd2:fb:49:24:37:1',
      'd2:fb:49:24:37:18\n',
    ]);
  });
});

describe('domain names (RFC 1034, RFC 5890)', () => {
  test('labels of letters, digits and inner hyphens are one, with or without the dot of the root', () => {
    assertTakes(isDomainName, [
      'example.com',
      'localhost',
      'EXAMPLE.com',
      'example.com.',
      '1.2.3.4',
      'a',
      'r3---sn-a.example',
    ]);
    assertRefuses(isDomainName, [
      '',
      '.',
      '..',
      '.com',
      'a..b',
      'example.com..',
      '-a.com',
      'a-.com',
      '-bad-.com',
      '-',
    ]);
  });

  test('what is no name of a host or domain is refused', () => {
    assertRefuses(isDomainName, [
      'bad domain',
      'exa_mple.com',
      '_dmarc.example.com',
      '*.example.com',
      'a/b',
      'a:80',
      'a@b',
    ]);
    assertRefuses(isDomainName, [
      'http://example.com',
      'example[.]com',
      'example.com/',
      ' a.com',
      'a.com\n',
      'a\u0000.com',
    ]);
  });

  test('a label has 63 octets at most and a name 253', () => {
    const longest = `${LABEL}.${LABEL}.${LABEL}.${'a'.repeat(61)}`;
    assertTakes(isDomainName, [`${LABEL}.com`, longest, `${longest}.`, `${'a.'.repeat(126)}a`]);
    assertRefuses(isDomainName, [`a${LABEL}.com`, `${longest}a`, `${longest}a.`, `${'a.'.repeat(127)}a`]);
    assertTakes(isDomainName, [`${'ü'.repeat(40)}.de`]);
    assertRefuses(isDomainName, [`${'ü'.repeat(60)}.de`]);
  });

  test('an internationalised label may be in either form (RFC 5890, 2.3.2.1)', () => {
    assertTakes(isDomainName, [
      'bücher.example',
      'xn--bcher-kva.example',
      'XN--BCHER-KVA.example',
      'straße.de',
      'ς.gr',
    ]);
    assertTakes(isDomainName, [
      'пример.рф',
      'xn--e1afmkfd.xn--p1ai',
      'مثال.إختبار',
      '点看.中国',
      '한국.kr',
      'ශ්‍රී',
      'l·l.cat',
    ]);
  });

  test('a label that looks like an A-label but stands for no U-label is none', () => {
    assertRefuses(isDomainName, [
      'xn--%62cher-kva',
      'xn--bcher\n-kva',
      'xn--bcher-ｋva',
      'xn--bcher-\u00adkva',
      'xn--bcher-kva:80',
      'xn--bcher-kva/x',
    ]);
    assertRefuses(isDomainName, [
      'xn--',
      'xn--zzzzzz',
      'xn--n3h.net',
      'xn--a.de',
      'xn--strasse-.de',
      'xn--A-ga.de',
    ]);
  });

  test('capitals, symbols and what is not normalised are no part of a U-label (RFC 5892)', () => {
    assertRefuses(isDomainName, [
      'Ünï.de',
      '☃.net',
      'I♥NY.com',
      '⒈com',
      'e\u0301.com',
      'ａ.com',
      'ﬁ.com',
      'Å.com',
      'ـ.com',
    ]);
    assertRefuses(isDomainName, [
      '\u0301a.com',
      '\u200d.com',
      '・.com',
      'l·.cat',
      '1א',
      '٠۰.com',
      'ᄒ.kr',
      '-ü.com',
      'üb--x.com',
    ]);
  });
});

describe('email addresses (RFC 5322, 3.4.1)', () => {
  test('a dot-atom, an at sign and a domain of two labels are one', () => {
    assertTakes(isEmailAddress, [
      'john@example.com',
      'j.doe@e.co.uk',
      'j+t@e.com',
      "o'b@e.com",
      'a_b=c@e.com',
      'J@E.COM',
    ]);
    assertTakes(isEmailAddress, ['j@xn--bcher-kva.de', 'j@e-x.c1', '123@e.com', `${'a'.repeat(70)}@e.com`]);
  });

  test('dots stand between the atoms of the local part', () => {
    assertRefuses(isEmailAddress, [
      '.j@e.com',
      'j.@e.com',
      'j..d@e.com',
      '@e.com',
      'j d@e.com',
      'a(c)@e.com',
      'jüri@e.com',
    ]);
  });

  test('quoted local parts, single hosts and addresses in brackets are not taken', () => {
    assertRefuses(isEmailAddress, ['"j d"@example.com', 'a@b', 'j@[1.2.3.4]']);
  });

  test('the domain is one, without the dot of the root', () => {
    assertRefuses(isEmailAddress, [
      'j@',
      'j@-e.com',
      'j@e..com',
      'j@.com',
      'j@e.com.',
      'j@e_x.com',
      'j@@e.com',
      'a@b@c.com',
    ]);
    assertRefuses(isEmailAddress, ['j@bücher.de', 'j@e,com', 'j@e.com ', 'j@e.com\n', '']);
  });

  test('display names, schemes and defanged addresses are no part of one', () => {
    assertRefuses(isEmailAddress, [
      'John <j@e.com>',
      '<j@e.com>',
      'mailto:j@e.com',
      'j[at]e.com',
      'j@e[.]com',
      'not an email',
    ]);
  });
});
