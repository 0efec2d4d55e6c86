import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject, ObjectFacts } from '../../../server/domain/held.ts';
import { readFacts } from '../../../server/stix/facts.ts';

const at = (type: string, n: number): string =>
  `${type}--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [ONE, TWO, THREE] = [at('campaign', 1), at('domain-name', 2), at('x-thing', 3)];
const IDENTITY = at('identity', 4);
const MARKING = at('marking-definition', 5);
const EXTENSION = at('extension-definition', 6);

function facts(members: JsonObject, type = 'report'): ObjectFacts {
  return readFacts({ type, created: '2018-08-24T18:00:00.000Z', ...members }, type);
}

describe('what the release rules read from an object', () => {
  test('every property that ends in _ref or _refs and holds an identifier is a reference (release rules, 3 b)', () => {
    const members = {
      source_ref: ONE,
      object_refs: [TWO, THREE],
      x_refer: ONE,
      xref: ONE,
      ref: ONE,
      refs: [ONE],
    };
    assert.deepEqual(facts(members).refs, [ONE, TWO, THREE]);
  });

  test('references are found at any depth, in extensions, embedded objects and translations too (release rules, 3 b)', () => {
    assert.deepEqual(facts({ extensions: { [EXTENSION]: { a: [{ b_ref: ONE }] } } }).refs, [ONE]);
    assert.deepEqual(facts({ objects: { '0': { src_ref: '1', x_ref: TWO } } }, 'observed-data').refs, [TWO]);
    assert.deepEqual(facts({ contents: { de: { object_refs: [THREE] } } }, 'language-content').refs, [THREE]);
    assert.deepEqual(facts({ a_refs: { b: { c_refs: [ONE] } } }).refs, [ONE]);
  });

  test('one id under a plural and a list under a singular are references as well', () => {
    assert.deepEqual(facts({ x_refs: ONE }).refs, [ONE]);
    assert.deepEqual(facts({ x_ref: [ONE, TWO] }).refs, [ONE, TWO]);
    assert.deepEqual(facts({ x_refs: [[ONE], [[TWO]]] }).refs, [ONE, TWO]);
  });

  test('what is no identifier is no reference, and each counts once', () => {
    const members = {
      a_ref: 'x',
      b_ref: 1,
      c_refs: ['campaign--1', null, ONE, ONE],
      d_ref: ONE,
      e_ref: `a--b--${ONE}`,
    };
    assert.deepEqual(facts(members).refs, [ONE]);
  });

  test('the creator and markings are no references, but named in ways of their own (release rules, 3 b)', () => {
    const { refs, createdBy, markings, granular } = facts({
      created_by_ref: IDENTITY,
      object_marking_refs: [MARKING],
      granular_markings: [
        { marking_ref: MARKING, selectors: ['name', 1] },
        { lang: 'de', selectors: ['name'] },
      ],
    });
    assert.deepEqual(refs, []);
    assert.equal(createdBy, IDENTITY);
    assert.deepEqual(markings, [MARKING]);
    assert.deepEqual(granular, [{ markingRef: MARKING, selectors: ['name'] }, { selectors: ['name'] }]);
  });

  test('the keys of extensions are the definitions used; other keys are not', () => {
    const { extensions } = facts({ extensions: { [EXTENSION]: {}, 'archive-ext': {} } });
    assert.deepEqual(extensions, [EXTENSION]);
  });

  test('an observed-data with markings inside is marked as such (release rules, 3)', () => {
    const embeds = (objects: JsonObject, type = 'observed-data'): boolean =>
      facts({ objects }, type).embedsMarkings;
    assert.equal(embeds({ '0': { object_marking_refs: [MARKING] } }), true);
    assert.equal(embeds({ '0': {}, '1': { granular_markings: [] } }), true);
    assert.equal(embeds({ '0': { value: 'object_marking_refs' } }), false);
    assert.equal(embeds({ '0': { object_marking_refs: [MARKING] } }, 'report'), false);
  });

  test('a language-content tells which version it translates, by the instant', () => {
    const translate = (time: string): string | undefined =>
      facts({ object_ref: ONE, object_modified: time }, 'language-content').objectModified;
    assert.equal(translate('2018-08-24T18:00:00.000Z'), translate('2018-08-24T18:00:00.000000Z'));
    assert.equal(translate('yesterday'), undefined);
    assert.equal(facts({ object_modified: '2018-08-24T18:00:00.000Z' }).objectModified, undefined);
  });
});
