import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HeldKind, JsonObject } from '../../../server/domain/held.ts';
import { isOpenToObservables, kindOf } from '../../../server/stix/kinds.ts';

/** STIX 2.1, 6. */
const OBSERVABLES =
  'artifact autonomous-system directory domain-name email-addr email-message file ipv4-addr ipv6-addr mac-addr mutex network-traffic process software url user-account windows-registry-key x509-certificate'.split(
    ' ',
  );
const TIMES = { created: '2018-08-24T18:00:00.000Z', modified: '2018-08-24T18:00:00.000Z' };
const EXTENSION = 'extension-definition--00000000-0000-4000-8000-000000000006';

function kind(type: string, members: JsonObject = TIMES): HeldKind {
  return kindOf({ type, ...members }, type);
}

describe('kinds of objects (release rules, 1)', () => {
  test('the 18 observables of STIX are observables, with times or without', () => {
    assert.equal(OBSERVABLES.length, 18);
    for (const type of OBSERVABLES) {
      assert.deepEqual([kind(type), kind(type, {})], ['observable', 'observable'], type);
    }
  });

  test('the objects of STIX with versions are no observables, whatever they say of themselves', () => {
    const extensions = { [EXTENSION]: { extension_type: 'new-sco' } };
    for (const type of [
      'campaign',
      'relationship',
      'sighting',
      'note',
      'language-content',
      'observed-data',
    ]) {
      assert.equal(kind(type, {}), 'versioned', type);
      assert.equal(kind(type, { extensions }), 'versioned', type);
    }
  });

  test('marking-definitions, extension-definitions and identities that are no individuals are supporting objects', () => {
    for (const type of ['marking-definition', 'extension-definition']) assert.equal(kind(type), 'supporting');
    for (const identity_class of ['organization', 'group', 'class', 'system', 'unknown', 'x', '']) {
      assert.equal(kind('identity', { identity_class }), 'supporting', identity_class);
    }
    for (const identity_class of ['individual', 1, null, ['organization']]) {
      assert.equal(kind('identity', { identity_class }), 'versioned');
    }
    assert.equal(kind('identity', {}), 'versioned');
  });

  test('a custom type is what its extension declares, else an observable when it has no times', () => {
    const declared = (extension_type: string, members: JsonObject = {}): HeldKind =>
      kind('x-thing', { ...members, extensions: { [EXTENSION]: { extension_type } } });
    assert.equal(declared('new-sco', TIMES), 'observable');
    assert.equal(declared('new-sdo'), 'versioned');
    assert.equal(declared('new-sro'), 'versioned');
    assert.equal(declared('property-extension'), 'observable');
    assert.equal(declared('property-extension', TIMES), 'versioned');
    assert.deepEqual([kind('x-thing', {}), kind('x-thing')], ['observable', 'versioned']);
    assert.equal(kind('x-thing', { extensions: [1], ...TIMES }), 'versioned');
  });

  test('of what was never held the type alone says whether an observable may refer to it', () => {
    assert.equal(isOpenToObservables('file'), true);
    assert.equal(isOpenToObservables('marking-definition'), true);
    assert.equal(isOpenToObservables('identity'), false);
    assert.equal(isOpenToObservables('x-thing'), false);
  });
});
