import { describe, test } from 'node:test';
import { isUri } from '../../../../server/stix/values/uri.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

describe('URIs (RFC 3986)', () => {
  test('a scheme and a colon make one, whatever the scheme', () => {
    assertTakes(isUri, [
      'http://example.com',
      'HTTP://A',
      'urn:x',
      'mailto:a@b',
      'tel:+1',
      'foo+bar-1.x://y',
      'a:',
    ]);
    assertTakes(isUri, [
      'http:',
      'http://',
      'http:///x',
      'file:///c:/x',
      'a:b:c',
      'x:/',
      'data:text/plain,hello',
    ]);
  });

  test('without a scheme it is a relative reference, and none', () => {
    assertRefuses(isUri, [
      '',
      'example.com',
      '//x',
      '/a/b',
      ':x',
      '1http://x',
      '-a:b',
      'a b:c',
      'not a url',
      '%61:b',
      'a%61:b',
    ]);
  });

  test('a defanged address is none', () => {
    assertRefuses(isUri, ['hxxp://x[.]com/', 'http://x[.]com/', 'http[:]//x.com/', 'http://x(dot)com /']);
  });

  test('path, query and fragment hold their own characters', () => {
    assertTakes(isUri, [
      'http://x/?a=b&c=%20d',
      'http://x/a:b@c;d=e',
      "http://x/(a)'*!$",
      'http://x?y?z/',
      'a:?b',
      'a:#',
      'x:/a//b',
    ]);
    assertTakes(isUri, ['a://b?c/d', 'http://a?b@c', 'http://a#b@c', 'http://x/#a?b', 'http://x/~a']);
    assertRefuses(isUri, [
      'http://x/a[1]',
      'http://x/?a[]=1',
      'http://x/#a#b',
      'http://x/{y}',
      'http://x/<y>',
      'http://x/a|b',
    ]);
    assertRefuses(isUri, [
      'http://a b',
      'http://x/"',
      'http://x/^',
      'http://x/`',
      'http://x/\\y',
      ' http://x',
      'http://x\n',
    ]);
  });

  test('a percent sign begins two hexadecimal digits', () => {
    assertTakes(isUri, ['http://x/%41%aF', 'http://%41/', 'http://%41@x/', 'http://x/?%20#%20']);
    assertRefuses(isUri, [
      'http://a/%zz',
      'http://a/%',
      'http://a/%4',
      'http://a/%4?1',
      'http://a%4/1',
      'http://a/%4#1',
    ]);
  });

  test('characters outside ASCII have to be escaped, for they make an IRI', () => {
    assertRefuses(isUri, [
      'http://bücher.de/',
      'http://a/ü',
      'http://a/?ü',
      'http://a/#ü',
      'http://\u0141/',
      'ü:a',
    ]);
    assertTakes(isUri, ['http://xn--bcher-kva.de/%C3%BC']);
  });

  test('the authority has at most one user part, a host, and digits for a port', () => {
    assertTakes(isUri, [
      'http://user:p@x:1/',
      'http://u:p:q@x/',
      'http://@/',
      'http://x:/',
      'http://:80/',
      'http://1.2.3.4:80',
    ]);
    assertTakes(isUri, ['http://x..y/', 'http://exa_mple.com/', 'http://a/b@c']);
    assertRefuses(isUri, [
      'http://x:abc/',
      'http://x:80:80/',
      'http://a@b@c/',
      'http://a<@b/',
      'http://x:8%30/',
    ]);
  });

  test('an address in brackets is IPv6 or a form of the future', () => {
    assertTakes(isUri, [
      'http://[::1]/',
      'http://[::1]:80/',
      'http://[v1.a:b]/',
      'http://u@[::ffff:1.2.3.4]',
    ]);
    assertRefuses(isUri, [
      'http://[/',
      'http://[::1',
      'http://[::1]x/',
      'http://[1.2.3.4]/',
      'http://[]/',
      'http://[::1%eth0]/',
    ]);
    assertRefuses(isUri, ['http://[v.a]/', 'http://[v1]/', 'http://a[::1]/', 'http://[::1]]/']);
  });
});
