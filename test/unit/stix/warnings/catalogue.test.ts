import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CATALOGUE } from '../../../../server/stix/validation/warnings/catalogue.ts';
import { SCHEMAS } from '../../../support/stix-validator.ts';

/** The numbers of the OASIS validator, but for 101 and 102: it looks at those only when 401 is switched off. */
const OASIS = [
  103, 111, 121, 141, 142, 143, 149, 150, 201, 202, 203, 211, 212, 213, 214, 215, 216, 218, 219, 220, 221,
  222, 223, 225, 226, 227, 228, 230, 231, 241, 243, 244, 245, 271, 272, 273, 274, 275, 276, 277, 301, 302,
  303, 304, 305, 306, 401,
];

describe('the catalogue of warnings', () => {
  test('has every number of the OASIS validator, and each code once', () => {
    const codes: readonly (number | string)[] = CATALOGUE.map(({ code }) => code);
    assert.deepEqual(
      codes.filter((code) => typeof code === 'number'),
      OASIS,
    );
    assert.equal(new Set(codes).size, codes.length);
  });

  test('has a warning for every open vocabulary', () => {
    const codes: ReadonlySet<number | string> = new Set(CATALOGUE.map(({ code }) => code));
    for (const [name, { warning }] of SCHEMAS.vocabularies) {
      if (warning !== null) assert.ok(codes.has(warning), name);
    }
  });
});
