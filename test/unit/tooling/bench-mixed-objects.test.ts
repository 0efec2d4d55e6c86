import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readMixedObjects } from '../../../scripts/bench/mixed-objects.ts';
import { findOasisPython } from '../../../scripts/bench/oasis-python.ts';
import { findPackageRoot } from '../../../server/config/package-root.ts';
import { parseObjectText } from '../../../server/stix/json.ts';
import { readStixSchemas } from '../../../server/stix/validation/schema-files.ts';
import { createValidator } from '../../../server/stix/validation/validator.ts';

const schemas = readStixSchemas(findPackageRoot());

describe('the mixed objects of the bench', () => {
  const objects = readMixedObjects().map(parseObjectText);

  test('are valid', () => {
    const validator = createValidator(schemas);
    for (const object of objects)
      assert.deepEqual(validator.check(object).faults, [], JSON.stringify(object['id']));
  });

  test('have every type of STIX 2.1 but the bundle, and types of others', () => {
    const types = new Set(objects.map((object) => object['type']));
    for (const type of schemas.types.keys()) assert.equal(types.has(type), type !== 'bundle', type);
    for (const type of ['narrative', 'channel', 'x-example-thing']) assert.ok(types.has(type), type);
  });

  test('have patterns, granular markings and extensions', () => {
    for (const name of ['pattern', 'granular_markings', 'extensions']) {
      assert.ok(objects.filter((object) => object[name] !== undefined).length > 5, name);
    }
  });

  test('take one line each', () => {
    for (const text of readMixedObjects()) assert.ok(!text.includes('\n'));
  });
});

describe('the Python with the OASIS validator', () => {
  test('is missing, with the reason, where the program does not start', () => {
    const found = findOasisPython('/nowhere/python');
    assert.match('missing' in found ? found.missing : '', /^\/nowhere\/python does not start/);
  });

  test('is missing where the program has no such package', () => {
    // Says its own version for anything that it is asked.
    const found = findOasisPython('/bin/echo');
    assert.match(
      'missing' in found ? found.missing : '',
      /^\/bin\/echo has stix2-validator .*, wanted 3\.2\.0$/s,
    );
  });
});
