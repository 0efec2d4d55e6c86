import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../../server/domain/held.ts';
import { assertSilent, assertWarns, observable, requireWarning, versioned, warnOfBundle } from './warned.ts';

const UUID = '7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10';

describe('warnings about what STIX lists', () => {
  test('expects a marking to be a statement or a level of TLP, or an extension (201)', () => {
    const definition = { modified: '2018-08-21T18:00:00.000Z' };
    const marking = (properties: JsonObject) => {
      const { modified: _, ...rest } = versioned('marking-definition', { ...definition, ...properties });
      return rest;
    };
    assertWarns(
      marking({ definition_type: 'iep', definition: {} }),
      '201 /definition_type',
      '401 /definition_type',
    );
    const extensions = {
      [`extension-definition--${UUID}`]: { extension_type: 'property-extension', a_b: 1 },
    };
    assertWarns(marking({ definition_type: 'iep', extensions }), '201 /definition_type');
    assertSilent(marking({ definition_type: 'statement', definition: { statement: 'A' } }));
    assertSilent(marking({ extensions }));
  });

  test('expects the relationships that STIX lists between two types (202)', () => {
    assertWarns(related('campaign', 'uses', 'identity'), '202 /target_ref');
    assertWarns(related('campaign', 'exploits', 'identity'), '202 /relationship_type');
    assertWarns(related('note', 'targets', 'identity'), '202 /relationship_type');
    assertSilent(related('campaign', 'targets', 'identity'));
    assertSilent(related('campaign', 'targets', 'marking-definition'));
    assertSilent(related('note', 'related-to', 'identity'));
  });

  test('expects the same type on both ends of derived-from and duplicate-of (202)', () => {
    assertWarns(related('campaign', 'duplicate-of', 'intrusion-set'), '202 /target_ref');
    assertWarns(related('campaign', 'derived-from', 'report'), '202 /target_ref');
    assertSilent(related('campaign', 'duplicate-of', 'campaign'));
  });

  test('lets objects of other types be related as their makers like (202)', () => {
    assertSilent(related('campaign', 'uses', 'narrative'));
    assertSilent(related('narrative', 'subnarrative-of', 'narrative'));
  });

  test('names the relationship that was probably meant (202)', () => {
    const { message } = requireWarning(related('campaign', 'atributed_to', 'threat-actor'), 202);
    assert.match(message, /found "atributed_to" \(was "attributed-to" meant\?\)$/);
  });

  test('expects another time of each version of an object in a file (203)', () => {
    const first = versioned('campaign', { name: 'A' });
    const places = (objects: readonly JsonObject[]) =>
      warnOfBundle({ type: 'bundle', id: `bundle--${UUID}`, objects }).warnings.map(
        ({ code, path }) => `${String(code)} ${path}`,
      );
    assert.deepEqual(places([first, versioned('report'), { ...first, name: 'B' }]), [
      '203 /objects/2/modified',
    ]);
    assert.deepEqual(places([first, { ...first, modified: '2018-08-21T18:00:00.0000Z' }]), [
      '203 /objects/1/modified',
    ]);
    assert.deepEqual(places([first, { ...first, modified: '2018-08-21T18:00:00.001Z' }]), []);
    assert.deepEqual(places([observable('url'), observable('url')]), []);
  });

  test('looks at the bundle itself, too (103 and 401)', () => {
    const bundle = {
      type: 'bundle',
      id: 'bundle--7c575100-88ab-1f5c-9d0e-3b1a0f4c2d10',
      spec_version: '2.0',
    };
    assert.match(warnOfBundle(bundle).warnings[0]?.message ?? '', /^expected a UUID of version 4,/);
    assert.deepEqual(
      warnOfBundle(bundle).warnings.map(({ code, path }) => `${String(code)} ${path}`),
      ['103 /id', '401 /spec_version'],
    );
  });
});

function related(from: string, name: string, to: string): JsonObject {
  return versioned('relationship', {
    relationship_type: name,
    source_ref: `${from}--${UUID}`,
    target_ref: `${to}--${UUID}`,
  });
}
