import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { SchemaObject } from 'ajv/dist/2020.js';
import { isJsonArray, isJsonObject } from '../../../server/stix/json.ts';
import type { JsonObject, JsonValue } from '../../../server/domain/held.ts';
import { createCheckingAjv } from '../../../server/stix/validation/keywords.ts';
import { createValueChecks } from '../../../server/stix/validation/value-checks.ts';
import { makeObject, readStixCases, type StixCase, type StixCases } from '../../support/stix-cases.ts';
import { SCHEMAS, VALIDATOR } from '../../support/stix-validator.ts';

const ROOT = join(import.meta.dirname, '../../..');
const FIXTURES = join(ROOT, 'test/fixtures/stix');
const wantsAll = process.env['POLLWATCH_TEST_TYPES'] === undefined;

function check(cases: StixCases, object: ReturnType<typeof makeObject>): readonly string[] {
  const { faults } = cases.name === 'bundle' ? VALIDATOR.checkBundle(object) : VALIDATOR.check(object);
  return faults.map(({ path, message }) => `${path}: ${message}`);
}

function assertFails(cases: StixCases, change: StixCase, at: string): void {
  const faults = check(cases, makeObject(cases, change));
  assert.ok(
    faults.some((fault) => fault.startsWith(`${at}: `)),
    `${cases.name}, ${change.about}: nothing wrong at ${at}, found ${JSON.stringify(faults)}`,
  );
}

function propertiesOf(schema: SchemaObject): Readonly<Record<string, unknown>> {
  const properties: unknown = schema['properties'];
  return isJsonObject(properties) ? properties : {};
}

function requiredOf(schema: SchemaObject): readonly string[] {
  const required: unknown = schema['required'];
  return isJsonArray(required) ? required.map(String) : [];
}

describe('every type of STIX 2.1', () => {
  const all = readStixCases(FIXTURES);

  test('has cases of its own', { skip: !wantsAll }, () => {
    const names = all.map(({ name }) => name).filter((name) => SCHEMAS.types.has(name));
    assert.deepEqual(names.sort(), [...SCHEMAS.types.keys()].sort());
    assert.equal(names.length, 43);
  });

  for (const cases of all) {
    const schema = SCHEMAS.types.get(cases.name);
    describe(cases.name, () => {
      test('holds with the required properties only, and with every property', () => {
        assert.deepEqual(check(cases, cases.smallest), []);
        assert.deepEqual(check(cases, cases.fullest), []);
      });

      test('fails without a required property, and says which', () => {
        for (const name of schema ? requiredOf(schema) : []) {
          assertFails(cases, { about: `without ${name}`, of: 'smallest', remove: [`/${name}`] }, `/${name}`);
        }
      });

      test('has every property in the fullest object, and fails with null or an empty list in its place', () => {
        for (const name of schema ? Object.keys(propertiesOf(schema)) : []) {
          const base = [cases.fullest, cases.smallest, ...alternatives(cases)].find((each) => name in each);
          assert.ok(base, `no object has ${name}`);
          const faults = check(cases, { ...base, [name]: null });
          assert.ok(
            faults.some((fault) => fault.startsWith(`/${name}: `)),
            `${name} null: ${String(faults)}`,
          );
          if (!isJsonArray(base[name])) continue;
          const emptied = check(cases, { ...base, [name]: [] });
          assert.ok(
            emptied.some((fault) => fault.startsWith(`/${name}: `)),
            `${name} empty: ${String(emptied)}`,
          );
        }
      });

      test('fails for each of its constraints, at the right place', () => {
        for (const { at, ...change } of cases.fails) assertFails(cases, change, at);
      });

      test('holds in close calls', () => {
        for (const change of cases.holds ?? []) {
          assert.deepEqual(check(cases, makeObject(cases, change)), [], change.about);
        }
      });

      test('has a failing object for every constraint that its schema states', () => {
        if (schema) assert.deepEqual(missedConstraints(cases, schema), []);
      });
    });
  }
});

describe('every extension of ours', () => {
  for (const cases of readStixCases(join(FIXTURES, 'extensions'))) {
    test(`${cases.name}: its smallest and fullest objects hold, each constraint has an object that fails`, () => {
      assert.deepEqual(check(cases, cases.smallest), []);
      assert.deepEqual(check(cases, cases.fullest), []);
      for (const { at, ...change } of cases.fails) assertFails(cases, change, at);
      for (const change of cases.holds ?? []) {
        assert.deepEqual(check(cases, makeObject(cases, change)), [], change.about);
      }
      const file = SCHEMAS.files.find(({ $id }) => String($id).endsWith(`/extensions/${cases.name}.json`));
      assert.ok(file);
      // Whether an object is one of these is seen by its extension.
      const missed = missedConstraints(cases, file).filter(
        (path) => path !== '#/properties/extensions/required',
      );
      assert.deepEqual(missed, []);
    });
  }
});

/** Objects of close calls: of two properties that exclude each other the fullest object has one. */
function alternatives(cases: StixCases): readonly JsonObject[] {
  return (cases.holds ?? []).map((change) => makeObject(cases, change)).filter(isJsonObject);
}

const CONSTRAINTS = new Set([
  'enum',
  'const',
  'pattern',
  'minimum',
  'maximum',
  'minItems',
  'minProperties',
  'minLength',
  'maxLength',
  'anyOf',
  'oneOf',
  'not',
  'check',
  'timeOrder',
  'required',
]);

/** The constraints of a schema that no failing object breaks, as schema paths. */
function missedConstraints(cases: StixCases, schema: SchemaObject): readonly string[] {
  const ajv = createCheckingAjv(createValueChecks(SCHEMAS.lists));
  for (const file of SCHEMAS.files) if (file !== schema) ajv.addSchema(file);
  const validate = ajv.compile(schema);
  const broken = new Set<string>();
  const objects = [
    ...cases.fails.map((change) => makeObject(cases, change)),
    ...(PROPERTY_EXTENSIONS.has(cases.name) ? [] : requiredOf(schema)).map((name) =>
      makeObject(cases, { about: '', of: 'smallest', remove: [`/${name}`] }),
    ),
    ...Object.entries(cases.fullest).flatMap(([name, value]) =>
      isJsonArray(value) ? [{ ...cases.fullest, [name]: [] }] : [],
    ),
  ];
  for (const object of objects) {
    validate(partOf(cases, object));
    for (const error of validate.errors ?? []) broken.add(error.schemaPath);
  }
  return constraintsOf(schema, '#').filter((path) => !broken.has(path));
}

/** What a schema of ours describes: an object, or what stands under the key of an extension. */
function partOf({ name }: StixCases, object: JsonValue): JsonValue {
  const key = PROPERTY_EXTENSIONS.get(name);
  if (key === undefined || !isJsonObject(object) || !isJsonObject(object['extensions'])) return object;
  return object['extensions'][key] ?? null;
}

const PROPERTY_EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['incident-takedown', 'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484'],
  ['user-account-platform', 'extension-definition--f031b85e-6afa-46a4-9612-3b6c98be1d80'],
  ['marking-audience', 'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2'],
]);

function constraintsOf(schema: unknown, path: string): readonly string[] {
  if (isJsonArray(schema)) return schema.flatMap((each, index) => constraintsOf(each, `${path}/${index}`));
  if (!isJsonObject(schema)) return [];
  return Object.entries(schema).flatMap(([name, value]) => {
    const here = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (CONSTRAINTS.has(name) && !path.endsWith('/properties')) return [here];
    if (name === 'if' || name === '$defs') return [];
    return constraintsOf(value, here);
  });
}
