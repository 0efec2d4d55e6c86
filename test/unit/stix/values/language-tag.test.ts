import { describe, test } from 'node:test';
import { findPackageRoot } from '../../../../server/config/package-root.ts';
import { createListChecks } from '../../../../server/stix/values/list-checks.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

const { isLanguageTag, isSoftwareLanguage } = createListChecks(findPackageRoot());

describe('language tags (RFC 5646)', () => {
  test('a registered language is one, with two letters or three, in any case', () => {
    assertTakes(isLanguageTag, ['en', 'de', 'EN', 'kok', 'tlh', 'mul', 'und', 'yue', 'qaa', 'qtz']);
  });

  test('a language that is not registered is none', () => {
    assertRefuses(isLanguageTag, [
      'xx',
      'a',
      'e',
      'zzz',
      'qua-',
      'quz1',
      'english',
      'español',
      'xx-Bogus-lang-code',
    ]);
  });

  test('a code of three letters is none where the registry has two letters', () => {
    assertRefuses(isLanguageTag, ['eng', 'deu', 'ger']);
  });

  test('script, region and variants follow in this order, each registered', () => {
    assertTakes(isLanguageTag, [
      'zh-Hant-TW',
      'es-419',
      'sr-Latn-RS',
      'de-1996',
      'de-CH-1901',
      'sl-rozaj-biske',
    ]);
    assertTakes(isLanguageTag, ['hy-Latn-IT-arevela', 'en-Qaaa', 'en-XK', 'en-QM', 'ZH-hANT-tw']);
    assertRefuses(isLanguageTag, [
      'de-419-DE',
      'zh-TW-Hant',
      'en-1996x',
      'en-UK',
      'en-Abcd',
      'en-000',
      'en-Qaby',
    ]);
  });

  test('one extended language may follow, and no second one (RFC 5646, 2.2.2)', () => {
    assertTakes(isLanguageTag, ['zh-yue', 'zh-yue-HK', 'sgn-ase']);
    assertRefuses(isLanguageTag, ['zh-cmn-yue', 'zh-eng']);
  });

  test('no variant and no singleton appears twice (RFC 5646, 2.2.9)', () => {
    assertTakes(isLanguageTag, ['en-a-bb-b-cc', 'de-1901-1996']);
    assertRefuses(isLanguageTag, ['de-1996-1996', 'en-a-bb-a-cc', 'de-1996-DE-1996']);
  });

  test('an extension has a subtag of two to eight characters', () => {
    assertTakes(isLanguageTag, ['en-u-ca-gregory', 'en-a-bb-x-1', 'en-0-12345678']);
    assertRefuses(isLanguageTag, ['en-u', 'en-u-x', 'en-u-x-a', 'en-u-b', 'en-u-123456789', 'en-a-b-cc']);
  });

  test('what is of private use follows an x, with one to eight characters each', () => {
    assertTakes(isLanguageTag, ['x-private', 'x-a-b-c', 'en-x-1', 'en-GB-x-a-12345678']);
    assertRefuses(isLanguageTag, ['x', 'x-', 'en-x', 'x-123456789', 'x-a_b', 'x-a--b']);
  });

  test('the tags from before the grammar are all valid (RFC 5646, 2.2.8)', () => {
    assertTakes(isLanguageTag, [
      'i-klingon',
      'I-Klingon',
      'en-GB-oed',
      'zh-min-nan',
      'zh-min',
      'sgn-BE-FR',
      'art-lojban',
    ]);
    assertRefuses(isLanguageTag, ['i-english', 'i', 'i-klingon-x', 'en-GB-oedx']);
  });

  test('names of Windows locales that are in common use pass, though not registered', () => {
    assertTakes(isLanguageTag, ['ns', 'ns-ZA', 'en-CB', 'sr-SP', 'sr-Cyrl-SP']);
    assertRefuses(isLanguageTag, ['ns-DE', 'de-CB', 'sr-Latn-SP']);
  });

  test('separators are single hyphens between subtags', () => {
    assertRefuses(isLanguageTag, [
      '',
      '-',
      'en-',
      '-en',
      'en--US',
      'en_US',
      'en US',
      ' en',
      'en\n',
      'en-U S',
    ]);
  });
});

describe('languages of software (STIX 2.1, 6.14)', () => {
  test('a code of ISO 639-2 is one, terminological or bibliographic', () => {
    assertTakes(isSoftwareLanguage, ['eng', 'deu', 'ger', 'zho', 'chi', 'cnr', 'qaa']);
  });

  test('a tag of RFC 5646 is one, and anything else is none', () => {
    assertTakes(isSoftwareLanguage, ['en', 'pt-BR']);
    assertRefuses(isSoftwareLanguage, ['english', 'xx', 'zzz', '']);
  });
});
