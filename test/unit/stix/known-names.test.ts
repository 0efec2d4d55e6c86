import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { isJsonObject } from '../../../server/stix/json.ts';
import { createNameEngine, namesIn } from '../../../server/stix/validation/known-names.ts';
import { SCHEMAS } from '../../support/stix-validator.ts';

const LEGAL = '^(?:[a-z][a-z0-9_]{2,249}|id)$';
function namesOf(schema: SchemaObject): readonly string[] {
  const properties: unknown = schema['properties'];
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

const engine = createNameEngine(SCHEMAS.files, namesIn(SCHEMAS.files));

describe('the names of properties', () => {
  test('are judged as the expression of the schemas judges them, known or not', () => {
    const { test: matches } = engine(LEGAL, 'u');
    const legal = new RegExp(LEGAL, 'u');
    const names = [...SCHEMAS.types.values()].flatMap((schema) => namesOf(schema));
    for (const name of [...names, 'id', 'MD5', 'SHA-256', 'gid', 'sid', 'x', '__proto__', 'constructor']) {
      assert.equal(matches(name), legal.test(name), name);
    }
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z_]{1,8}$/)), (name) => {
        assert.equal(matches(name), legal.test(name));
      }),
    );
  });

  test('have an expression that stands in the schemas as it is written here', () => {
    assert.ok(!(engine(LEGAL, 'u') instanceof RegExp));
    assert.ok(engine('^a$', 'u') instanceof RegExp);
  });
});
