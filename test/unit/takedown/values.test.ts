import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findAccount, parseHandle, type Account } from '../../../server/takedown/accounts.ts';
import { isDefanged, refang } from '../../../server/takedown/refang.ts';
import {
  parseDomain,
  parseEmail,
  parseHash,
  parseIpAddress,
  parseWebAddress,
} from '../../../server/takedown/values.ts';

describe('refanging', () => {
  test('writes a defanged value the way it is used', () => {
    const cases = [
      ['example[.]org', 'example.org'],
      ['example(.)co{.}uk', 'example.co.uk'],
      ['example[dot]org', 'example.org'],
      ['example\\.org', 'example.org'],
      ['hxxp://example[.]org', 'http://example.org'],
      ['hXXps[:]//example[.]org[/]a', 'https://example.org/a'],
      ['h**ps[://]example.org', 'https://example.org'],
      ['desk[at]example[.]org', 'desk@example.org'],
      ['desk[@]example(dot)org', 'desk@example.org'],
      [' https://example.org/\u200b ', 'https://example.org/'],
    ];
    for (const [written, wanted] of cases) assert.equal(refang(written ?? ''), wanted);
  });

  test('a value that is used as it is was not defanged', () => {
    assert.equal(isDefanged(' https://example.org/a[1] '), false);
    assert.equal(isDefanged('https://example[.]org'), true);
  });
});

describe('values of a list', () => {
  test('a domain is a name of two labels or more, in lower case and in ASCII', () => {
    assert.equal(parseDomain('News.Example.ORG.'), 'news.example.org');
    assert.equal(parseDomain('bücher.example'), 'xn--bcher-kva.example');
    for (const text of [
      'example',
      'a b.example',
      '-a.example',
      'a_b.example',
      'file.mp4',
      '192.0.2.1',
      'a..b',
      'x/y.z',
      `${'a'.repeat(64)}.org`,
    ]) {
      assert.equal(parseDomain(text), undefined, text);
    }
  });

  test('a web address keeps its path as written, what a URI may not hold is percent-encoded', () => {
    const valueOf = (text: string): string | undefined => parseWebAddress(text)?.value;
    assert.equal(
      valueOf('HTTPS://News.Example.ORG/A/../b?c=%C3%BC#d'),
      'https://news.example.org/A/../b?c=%C3%BC#d',
    );
    assert.equal(valueOf('https://example.org'), 'https://example.org');
    assert.equal(valueOf('https://example.org:8443/ü|100%'), 'https://example.org:8443/%C3%BC%7C100%25');
    assert.equal(valueOf('http://[2001:db8::7]/a'), 'http://[2001:db8::7]/a');
    for (const text of [
      'ftp://example.org/',
      'https://',
      'https://exa mple.org/',
      'https://user:word@example.org/',
      'https://localhost/',
      'https://example.org\\a',
    ]) {
      assert.equal(valueOf(text), undefined, text);
    }
  });

  test('addresses of mail and of hosts, and hashes, are told by their form', () => {
    assert.equal(parseEmail("o'desk+1@News.Example"), "o'desk+1@news.example");
    for (const text of ['@example.org', 'desk@', 'a b@example.org', 'a..b@example.org', 'desk@example']) {
      assert.equal(parseEmail(text), undefined, text);
    }
    assert.deepEqual(parseIpAddress('192.0.2.0/24'), { type: 'ipv4-addr', value: '192.0.2.0/24' });
    assert.deepEqual(parseIpAddress('2001:DB8::7'), { type: 'ipv6-addr', value: '2001:db8::7' });
    for (const text of ['192.0.2.0/33', '2001:db8::/129', '192.0.2', '1.2.3.4/5/6']) {
      assert.equal(parseIpAddress(text), undefined, text);
    }
    assert.deepEqual(parseHash('D41D8CD98F00B204E9800998ECF8427E'), {
      algorithm: 'MD5',
      hash: 'd41d8cd98f00b204e9800998ecf8427e',
    });
    assert.equal(parseHash('d41d8cd98f00b204e9800998ecf8427'), undefined);
  });
});

describe('accounts', () => {
  const accountOf = (text: string): Account | undefined => {
    const address = parseWebAddress(text);
    assert.ok(address, text);
    return findAccount(address);
  };
  const loginOf = (text: string): string | undefined => {
    const account = accountOf(text);
    return account && `${account.platform} ${account.kind} ${account.login ?? `#${account.userId ?? ''}`}`;
  };

  test('the page of an account tells its platform, its login and what it is', () => {
    const cases = [
      ['https://twitter.com/invented_account', 'twitter account invented_account'],
      ['https://x.com/invented_account/', 'twitter account invented_account'],
      ['https://mobile.twitter.com/@invented_account', 'twitter account invented_account'],
      ['https://www.facebook.com/invented.page/about', 'facebook account invented.page'],
      ['https://www.facebook.com/profile.php?id=100000000000001', 'facebook account #100000000000001'],
      ['https://facebook.com/groups/invented', 'facebook group groups/invented'],
      ['https://www.tiktok.com/@invented', 'tiktok account invented'],
      [
        'https://www.youtube.com/channel/UC0123456789012345678901',
        'youtube account #UC0123456789012345678901',
      ],
      ['https://youtube.com/@invented', 'youtube account invented'],
      ['https://t.me/s/invented', 'telegram account invented'],
      ['https://invented.medium.com/', 'medium account invented'],
      ['https://medium.com/@invented', 'medium account invented'],
      ['https://www.reddit.com/user/invented/', 'reddit account invented'],
      ['https://www.reddit.com/r/invented/', 'reddit group r/invented'],
      ['https://jp.quora.com/profile/Invented-Person', 'quora account Invented-Person'],
      ['https://vk.com/id100', 'vk account id100'],
    ];
    for (const [text = '', wanted] of cases) assert.equal(loginOf(text), wanted, text);
  });

  test('a post, a search and a page of another site are no accounts', () => {
    for (const text of [
      'https://twitter.com/invented/status/1',
      'https://twitter.com/search?q=invented',
      'https://t.me/invented/42',
      'https://t.me/joinchat/abc',
      'https://invented.medium.com/a-story',
      'https://medium.com/a-story',
      'https://www.facebook.com/watch',
      'https://www.youtube.com/watch?v=1',
      'https://twitter.com/',
      'https://nottwitter.com/invented',
      'https://example.org/user/invented',
    ]) {
      assert.equal(accountOf(text), undefined, text);
    }
  });

  test('a login may stand alone, a word that says there is none may not', () => {
    assert.deepEqual(parseHandle('@invented_1'), { login: 'invented_1' });
    assert.deepEqual(parseHandle('100000000000001'), { userId: '100000000000001' });
    for (const text of ['unknown', '22', 'a b', '#tag', '-'])
      assert.equal(parseHandle(text), undefined, text);
  });
});
