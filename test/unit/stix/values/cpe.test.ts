import { describe, test } from 'node:test';
import { isCpe23 } from '../../../../server/stix/values/cpe.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

const of = (product: string) => `cpe:2.3:a:vendor:${product}:1:*:*:*:*:*:*:*`;
const inLanguage = (language: string) => `cpe:2.3:a:b:c:1:*:*:${language}:*:*:*:*`;

describe('CPE 2.3 formatted strings (NISTIR 7695, 6.2.3)', () => {
  test('thirteen components make one, and no other number', () => {
    assertTakes(isCpe23, ['cpe:2.3:a:microsoft:word:2000:*:*:*:*:*:*:*', 'cpe:2.3:*:*:*:*:*:*:*:*:*:*:*']);
    assertRefuses(isCpe23, [`${of('p')}:*`, of('p').slice(0, -2), 'cpe:2.3:', 'cpe:2.3:a', '']);
  });

  test('the binding to a URI, another version and another spelling of the prefix are none', () => {
    assertRefuses(isCpe23, ['cpe:/a:microsoft:word', of('p').replace('2.3', '2.2'), of('p').toUpperCase()]);
    assertRefuses(isCpe23, ['wfn:[part="a"]', ` ${of('p')}`, `${of('p')} `, `${of('p')}\n`]);
  });

  test('the part is an application, a system, hardware, any or none', () => {
    for (const part of ['a', 'o', 'h', '*', '-']) assertTakes(isCpe23, [of('p').replace(':a:', `:${part}:`)]);
    for (const part of ['x', 'A', 'ao', '']) assertRefuses(isCpe23, [of('p').replace(':a:', `:${part}:`)]);
  });

  test('letters, digits, dots, hyphens and underscores stand for themselves', () => {
    assertTakes(isCpe23, ['Word', '.net_framework', '1.0-beta', '--', '-', '*'].map(of));
  });

  test('other printable characters are escaped, and only those', () => {
    assertTakes(
      isCpe23,
      ['a\\(b\\)', 'a\\:b', '\\@a', 'a\\!', 'a\\/b', 'a\\"b', '\\$0', 'a\\\\', '\\~', '\\?', '\\*'].map(of),
    );
    assertRefuses(
      isCpe23,
      ['a(b)', 'a b', 'a\\ b', 'a!', 'a~b', '1\\.0', 'a\\_b', 'a\\-b', '\\-', 'a\\b', 'a\\', ''].map(of),
    );
    assertRefuses(isCpe23, ['é', 'a\\é', 'a\u0000'].map(of));
  });

  test('wildcards stand at the ends: one asterisk or question marks', () => {
    assertTakes(
      isCpe23,
      ['a*', '*a', '*a*', 'a?', '??a???', '?a*', '*a?', 'a\\*', 'a\\?', 'a\\**', 'a\\\\*', 'a\\??'].map(of),
    );
    assertRefuses(
      isCpe23,
      ['a**', '**', '**a', 'a*b', 'a?b', '?', '??', '?*a', '*?a', 'a?*', 'a*?', 'a\\\\**'].map(of),
    );
  });

  test('the language is a language with a region at most', () => {
    assertTakes(isCpe23, ['en', 'en-us', 'en-US', 'es-419', 'kok', '-', '*'].map(inLanguage));
    assertRefuses(isCpe23, ['english', 'zh-hant', 'x1', 'e', 'en-', 'en-us-x', '*n', ''].map(inLanguage));
  });
});
