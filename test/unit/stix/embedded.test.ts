import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../../server/domain/held.ts';
import { isObservable } from '../../../server/stix/kinds.ts';
import { embedSchemas } from '../../../server/stix/validation/embedded-schemas.ts';
import { readStixCases, removeAt } from '../../support/stix-cases.ts';
import { SCHEMAS, VALIDATOR } from '../../support/stix-validator.ts';

const UUID = '5a7c1b9e-2d3f-5e4a-9b8c-7d6e5f4a3b2c';
const CASES = readStixCases(`${import.meta.dirname}/../../fixtures/stix`);

function observedData(objects: JsonValue): JsonObject {
  return {
    type: 'observed-data',
    spec_version: '2.1',
    id: 'observed-data--c409d7ef-251c-46b8-970d-49e8f516273b',
    created: '2018-08-21T18:00:00.000Z',
    modified: '2018-08-21T18:00:00.000Z',
    first_observed: '2018-08-01T00:00:00Z',
    last_observed: '2018-08-20T23:59:59.9Z',
    number_observed: 1,
    objects,
  };
}

function check(objects: JsonValue): readonly string[] {
  return VALIDATOR.check(observedData(objects)).faults.map(({ path, message }) => `${path}: ${message}`);
}

describe('the objects inside observed data (STIX 2.1, 4.14)', () => {
  const observables = CASES.filter(
    ({ name }) => SCHEMAS.types.has(name) && isObservable({ created: '' }, name),
  );

  test('every type of observable holds without its id', () => {
    assert.equal(observables.length, 18);
    for (const { name, smallest } of observables) {
      const { id: _, ...member } = smallest;
      const references = check({ 0: member }).filter((fault) => !fault.includes('in the same objects'));
      assert.deepEqual(references, [], name);
    }
  });

  test('every fault of an observable has its place in the container', () => {
    let broke = 0;
    for (const { name, smallest } of observables) {
      const broken = structuredClone(smallest);
      const required = Object.keys(smallest).find((each) => each !== 'type' && each !== 'id');
      if (required === undefined) continue;
      removeAt(broken, `/${required}`);
      const alone = VALIDATOR.check(broken);
      if (alone.count === 0) continue;
      broke += 1;
      const { path } = alone.faults[0] ?? { path: '' };
      assert.ok(
        check({ first: { type: 'url', value: 'https://example.com/' }, 'a-1': broken }).some((fault) =>
          fault.startsWith(`/objects/a-1${path}: `),
        ),
        `${name} without ${required}`,
      );
    }
    assert.ok(broke >= 15, `only ${broke} types were broken`);
  });

  test('an object that is no observable is refused, of STIX or of an extension', () => {
    for (const type of ['campaign', 'relationship', 'marking-definition', 'observed-data']) {
      assert.deepEqual(check({ 0: { type, name: 'Example' } }), [
        `/objects/0/type: expected the type of an observable (SCO), such as domain-name, found "${type}"`,
      ]);
    }
    const extensions = {
      'extension-definition--ac67ddd4-4012-4655-9f28-fcc32d6936f9': { extension_type: 'new-sdo' },
    };
    assert.equal(check({ 0: { type: 'narrative', name: 'Example', extensions } }).length, 1);
    assert.equal(check({ 0: { type: 'bundle' } }).length, 1);
  });

  test('a reference names a key or the id of a member, of the right type', () => {
    const directory = { type: 'directory', path: '/tmp' };
    const withId = { ...directory, id: `directory--${UUID}` };
    const fileIn = (ref: string): JsonObject => ({ type: 'file', name: 'a.txt', parent_directory_ref: ref });
    assert.deepEqual(check({ 0: directory, 1: fileIn('0') }), []);
    assert.deepEqual(check({ 0: withId, 1: fileIn('0') }), []);
    assert.deepEqual(check({ 0: withId, 1: fileIn(withId.id) }), []);
    assert.deepEqual(check({ [withId.id]: withId, 1: fileIn(withId.id) }), []);
    for (const ref of ['1', '2', withId.id, 'constructor', '']) {
      assert.deepEqual(check({ 0: directory, 1: fileIn(ref) }), [
        `/objects/1/parent_directory_ref: expected the key or id, in the same objects, of a directory, found "${ref}"`,
      ]);
    }
  });

  test('references in lists, in parts and in extensions resolve in the container too', () => {
    const objects = {
      0: {
        type: 'email-message',
        is_multipart: true,
        to_refs: ['1', '2'],
        body_multipart: [{ body_raw_ref: '1' }],
      },
      1: { type: 'email-addr', value: 'a@example.com' },
      2: { type: 'file', name: 'a.zip', extensions: { 'archive-ext': { contains_refs: ['2', '1'] } } },
      3: { type: 'network-traffic', src_ref: '2', protocols: ['tcp'] },
    };
    assert.deepEqual(
      check(objects).map((fault) => fault.slice(0, fault.indexOf(':'))),
      [
        '/objects/0/to_refs/1',
        '/objects/0/body_multipart/0/body_raw_ref',
        '/objects/2/extensions/archive-ext/contains_refs/1',
        '/objects/3/src_ref',
      ],
    );
  });

  test('markings name objects of the feed, never a key', () => {
    const marked = { type: 'url', value: 'https://example.com/', object_marking_refs: ['0'] };
    assert.equal(check({ 0: marked }).length, 1);
    const ref = `marking-definition--${UUID}`;
    assert.deepEqual(check({ 0: { ...marked, object_marking_refs: [ref] } }), []);
  });

  test('an id that has to be random counts only where there is one (STIX 2.1, 2.9)', () => {
    const process = { type: 'process', pid: 5 };
    assert.deepEqual(check({ 0: process }), []);
    assert.equal(check({ 0: { ...process, id: `process--${UUID}` } }).length, 1);
  });

  test('outside a container an observable still needs its id, and a reference is an id', () => {
    check({ 0: { type: 'domain-name', value: 'news.example.com' } });
    const { faults } = VALIDATOR.check({ type: 'file', name: 'a.txt', parent_directory_ref: '0' });
    assert.deepEqual(faults.map(({ path }) => path).sort(), ['/id', '/parent_directory_ref']);
  });

  test('of many faults the first 20 are told, and all are counted', () => {
    const objects = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [index, { type: 'file', content_ref: 'x' }]),
    );
    const { faults, count } = VALIDATOR.check(observedData(objects));
    assert.equal(faults.length, 20);
    assert.equal(count, 10_000);
  });

  test('never throws, whatever stands in objects', () => {
    const key = fc.constantFrom('0', '1', '__proto__', 'type', 'id', `file--${UUID}`);
    const value = fc.oneof(fc.jsonValue(), key, fc.constantFrom('file', 'process', 'campaign', 'x-example'));
    const member = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.constantFrom('type', 'id', 'name', 'contains_refs', 'extensions', 'pid'), value),
    );
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(key, member), fc.jsonValue()), (objects) => {
        VALIDATOR.check(observedData(parse(JSON.stringify(objects))));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the embedded form of the schemas', () => {
  test('leaves the schemas that it is made from as they are', () => {
    const before = JSON.stringify(SCHEMAS.files);
    const embedded = embedSchemas(SCHEMAS.files);
    assert.equal(JSON.stringify(SCHEMAS.files), before);
    assert.ok(!before.includes('containedRef'));
    assert.equal(embedded.length, SCHEMAS.files.length);
  });
});

function parse(text: string): JsonValue {
  return JSON.parse(text) as JsonValue;
}
