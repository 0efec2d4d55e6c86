import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SchemaObject } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JsonValue } from '../../../../server/domain/held.ts';
import { isJsonArray, isJsonObject } from '../../../../server/stix/json.ts';
import { SCHEMAS } from '../../../support/stix-validator.ts';
import { observable, versioned, warn, warnOfBundle } from './warned.ts';

const MANY = 100_000;
/** Of what takes more letters, so many make up 1 MB. */
const SOME = 50_000;
const MAX_MS = 200;
const SEED = 20181106;

describe('the bounds of warnings', () => {
  test('tells the first 20 warnings of an object and the number of all', () => {
    const custom = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x_${index}`, 1] as const));
    const { warnings, count } = warn(versioned('campaign', { name: 'a', ...custom(21) }));
    assert.equal(warnings.length, 20);
    assert.equal(count, 21);
    assert.equal(warn(versioned('campaign', { name: 'a', ...custom(20) })).warnings.length, 20);
  });

  test('tells each kind of warning before a second one of another kind', () => {
    const phases = Array.from({ length: 30 }, () => ({ kill_chain_name: 'A B', phase_name: 'C' }));
    const { warnings, count } = warn(
      versioned('malware', {
        is_family: true,
        kill_chain_phases: phases,
        malware_types: ['stealer'],
        x_a: 1,
      }),
    );
    assert.deepEqual([...new Set(warnings.map(({ code }) => code))], [121, 216, 401]);
    assert.equal(warnings.length, 20);
    assert.equal(count, 62);
  });

  test('gives nothing for what is no object of a type', () => {
    for (const value of [null, 1, 'a', [], {}, { type: 1 }, { type: 'bundle', x_a: 1 }]) {
      assert.deepEqual(warn(value), { warnings: [], count: 0 });
    }
    assert.equal(warnOfBundle(null).count, 0);
    assert.equal(warnOfBundle({ objects: {} }).count, 0);
  });

  const listOf = (length: number, value: JsonValue) => Array.from({ length }, () => value);
  const members = (value: JsonValue) =>
    Object.fromEntries(Array.from({ length: SOME }, (_, index) => [`Key${index}`, value] as const));
  const nested = () => {
    let value: JsonValue = 1;
    for (let depth = 0; depth < MANY; depth += 1) value = { Deep: value };
    return value;
  };
  const large: ReadonlyMap<string, () => JsonValue> = new Map([
    ['labels', () => versioned('campaign', { name: 'a', labels: listOf(MANY, 'abc') })],
    ['sectors', () => versioned('identity', { name: 'a', sectors: listOf(MANY, 'No Sector') })],
    ['custom properties', () => versioned('campaign', { name: 'a', ...members(1) })],
    ['a long sector', () => versioned('identity', { name: 'a', sectors: ['a_B '.repeat(250_000)] })],
    ['a long property', () => versioned('identity', { name: 'a', ['a_'.repeat(500_000)]: 1 })],
    ['a long type', () => ({ ...versioned('campaign', { name: 'a' }), type: 'a-'.repeat(500_000) })],
    ['references', () => versioned('campaign', { external_references: listOf(SOME, { url: 'a' }) })],
    ['extensions', () => observable('file', { name: 'a', extensions: members({}) })],
    ['dictionary keys', () => observable('url', { value: 'a', x_a: members(1) })],
    ['a deep dictionary', () => observable('url', { value: 'a', x_a: nested() })],
    ['protocols', () => observable('network-traffic', { protocols: listOf(MANY, 'TCP') })],
    ['objects', () => versioned('observed-data', { objects: members({ type: 'url' }) })],
    ['a pattern', () => versioned('indicator', { pattern_type: 'stix', pattern: '[a:b=1]OR'.repeat(MANY) })],
    ['hashes', () => observable('file', { hashes: members('a') })],
  ]);

  test('takes less than 200 ms for 1 MB of anything in one object', () => {
    for (const [name, make] of large) {
      const object = make();
      const took = measure(() => warn(object));
      assert.ok(took < MAX_MS, `${name}: ${took.toFixed(0)} ms`);
    }
  });

  test('takes less than 200 ms for a file of 50,000 objects', () => {
    const objects = listOf(SOME, { id: 'campaign--1', modified: '2018-08-21T18:00:00.000Z' });
    assert.equal(warnOfBundle({ type: 'bundle', objects }).count, SOME - 1);
    assert.ok(measure(() => warnOfBundle({ objects })) < MAX_MS);
  });

  test('never throws, whatever an object holds', () => {
    const types = [...SCHEMAS.types.keys()];
    const names = [...new Set([...SCHEMAS.types.values()].flatMap(listProperties))];
    const words = [
      ...types,
      ...names,
      'hashes',
      'pdf-ext',
      'socket-ext',
      'extension_type',
      'new-sdo',
      '__proto__',
    ];
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(...words),
        fc.jsonValue() as fc.Arbitrary<JsonValue>,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.constantFrom(...words), fc.string()), tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        tree,
        fc.dictionary(fc.constantFrom(...names), tree),
        (type, value, rest) => {
          for (const object of [value, { ...rest, type }]) {
            const { warnings, count } = warn(object);
            assert.ok(warnings.length <= 20 && warnings.length <= count);
            warnOfBundle(isJsonArray(object) ? { objects: object } : object);
          }
        },
      ),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

/** The least processor time of a few tries, in milliseconds: other work on the machine does not count. */
function measure(run: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const start = process.cpuUsage();
    run();
    return process.cpuUsage(start).user / 1000;
  });
  return Math.min(...times);
}

function listProperties(schema: SchemaObject): readonly string[] {
  const properties: unknown = schema['properties'];
  return isJsonObject(properties) ? Object.keys(properties) : [];
}
