import { describe, test } from 'node:test';
import { isLowercaseHyphenated } from '../../../../server/stix/values/word-form.ts';
import { assertRefuses, assertTakes } from './verdicts.ts';

describe('lower case with hyphens (STIX 2.1, 2.11)', () => {
  test('words in lower case with hyphens between them have the form', () => {
    assertTakes(isLowercaseHyphenated, [
      'mitre-attack',
      'lockheed-martin-cyber-kill-chain',
      'phase-1.2',
      'aufklärung',
    ]);
  });

  test('capitals, white space and underscores have not, and the empty text neither', () => {
    assertRefuses(isLowercaseHyphenated, [
      'Mitre',
      'some_thing',
      'two words',
      'two\twords',
      'Über',
      'a\u00a0b',
      '',
    ]);
  });
});
