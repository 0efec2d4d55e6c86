import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findPackageRoot } from '../../../server/config/package-root.ts';
import { idsOfBuiltIn } from '../../../server/domain/built-in.ts';
import { statesLevel } from '../../../server/domain/tlp-spelling.ts';
import { TLP_MARKINGS } from '../../../server/release/markings.ts';
import { FIXED_IDENTITY } from '../../../server/release/world.ts';
import { readFixedObjects } from '../../../server/stix/fixed-objects.ts';
import { checkObject, isFaulty } from '../../../server/stix/check-object.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';

const FIXED = readFixedObjects(findPackageRoot());
const IDS = idsOfBuiltIn(FIXED);

describe('the objects that are built in', () => {
  test('each is valid, and has an id of its own', () => {
    assert.equal(IDS.size, FIXED.length);
    for (const { value, faults } of FIXED)
      assert.ok(faults.length === 0 && !isFaulty(checkObject(VALIDATOR.check, value, ['2.1'])));
  });

  test('the four markings of TLP 1.0 and the five of TLP 2.0 are among them, each of its own level', () => {
    assert.equal(TLP_MARKINGS.size, 9);
    for (const [id, level] of TLP_MARKINGS) {
      const raw = FIXED.find(({ text }) => text.includes(`"id": "${id}"`) || text.includes(`"id":"${id}"`));
      const shaped = raw && checkObject(VALIDATOR.check, raw.value, ['2.1']);
      assert.ok(shaped && !isFaulty(shaped), id);
      assert.ok(statesLevel(shaped.object, level), id);
    }
  });

  test('the fixed identity and its extension-definitions are among them', () => {
    assert.ok(IDS.has(FIXED_IDENTITY));
    assert.equal([...IDS].filter((id) => id.startsWith('extension-definition--')).length, 6);
  });
});
