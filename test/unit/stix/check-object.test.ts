import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonValue } from '../../../server/domain/held.ts';
import { checkObject, isFaulty, type CheckedObject } from '../../../server/stix/check-object.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';

const UUID = '8a1f0c52-93ad-4b14-8d54-f7ab0c3ec2b1';
const TIME = '2018-08-24T18:00:00.000Z';
const MARKING = `marking-definition--${UUID}`;

const CAMPAIGN = {
  type: 'campaign',
  spec_version: '2.1',
  id: `campaign--${UUID}`,
  created: TIME,
  modified: TIME,
  name: 'A campaign',
  labels: ['a', 'b'],
};
const DOMAIN = { type: 'domain-name', spec_version: '2.1', id: `domain-name--${UUID}`, value: 'a.example' };

type Members = Readonly<Record<string, JsonValue | undefined>>;

/** An object with members changed; `undefined` takes one out. */
function change(base: Members, members: Members): JsonValue {
  const entries = Object.entries({ ...base, ...members });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function faultsOf(value: JsonValue): readonly string[] {
  const result = checkObject(VALIDATOR.check, value, ['2.0', '2.1']);
  return isFaulty(result) ? result.faults.map(({ path, message }) => `${path} ${message}`).sort() : [];
}

/** Where a campaign with these members is faulty. */
function pathsOf(members: Members, base: Members = CAMPAIGN): readonly string[] {
  return faultsOf(change(base, members)).map((fault) => fault.slice(0, fault.indexOf(' ')));
}

function checkedOf(value: JsonValue): CheckedObject {
  const result = checkObject(VALIDATOR.check, value, ['2.0', '2.1']);
  assert.ok(!isFaulty(result), JSON.stringify(result));
  return result;
}

describe('an object', () => {
  test('an object with its type, id, version and times is taken, with its version as it was written', () => {
    const { type, id, version, versionKey, specVersion } = checkedOf(CAMPAIGN);
    assert.deepEqual([type, id, specVersion], ['campaign', CAMPAIGN.id, '2.1']);
    assert.equal(version, TIME);
    assert.equal(
      versionKey,
      checkedOf(change(CAMPAIGN, { modified: '2018-08-24T18:00:00.000000Z' })).versionKey,
    );
  });

  test('what is no JSON object is refused as a whole', () => {
    for (const value of [null, 1, 'campaign', true, [CAMPAIGN]]) {
      assert.match(faultsOf(value).join(), /^ expected a STIX object, found /);
    }
  });

  test('the type is a text of 3 to 250 characters a-z, 0-9 and single hyphens (STIX 2.1, 2.9)', () => {
    const long = 'x'.repeat(250);
    assert.deepEqual(pathsOf({ type: long, id: `${long}--${UUID}` }), []);
    for (const type of [
      'ab',
      'Campaign',
      'x_y',
      'x--y',
      '-xy',
      'xy-',
      '1xy',
      '',
      'x y',
      `${long}x`,
      1,
      null,
      {},
    ]) {
      assert.ok(pathsOf({ type }).includes('/type'), JSON.stringify(type));
    }
    assert.deepEqual(faultsOf(change(CAMPAIGN, { type: undefined })), ['/type is missing']);
  });

  test('a bundle is no object of an upload (TAXII 2.1, 3.7)', () => {
    for (const type of ['bundle', 'action']) {
      assert.deepEqual(pathsOf({ type, id: `${type}--${UUID}` }), ['/type']);
    }
  });

  test('the id is the type, two hyphens and a UUID of the versions 1 to 5 (STIX 2.1, 2.9)', () => {
    for (const version of '12345') {
      assert.deepEqual(pathsOf({ id: `campaign--8a1f0c52-93ad-${version}b14-8d54-f7ab0c3ec2b1` }), []);
    }
    const bad = [
      'campaign--8a1f0c52-93ad-0b14-8d54-f7ab0c3ec2b1',
      'campaign--8a1f0c52-93ad-7b14-8d54-f7ab0c3ec2b1',
      'campaign--8a1f0c52-93ad-4b14-cd54-f7ab0c3ec2b1',
      'campaign--00000000-0000-0000-0000-000000000000',
      `identity--${UUID}`,
      `campaigns--${UUID}`,
      `campaign-${UUID}`,
      `campaign--${UUID} `,
      `campaign--${UUID}\n`,
      UUID,
      '',
      1,
      [CAMPAIGN.id],
    ];
    for (const id of bad) assert.deepEqual(pathsOf({ id }), ['/id'], JSON.stringify(id));
    assert.deepEqual(faultsOf(change(CAMPAIGN, { id: undefined })), ['/id is missing']);
  });

  test('an id with a third part between type and UUID is no id of that type', () => {
    assert.deepEqual(pathsOf({ id: `campaign--other--${UUID}` }), ['/id']);
    assert.deepEqual(pathsOf({ created_by_ref: `identity--other--${UUID}` }), ['/created_by_ref']);
    assert.deepEqual(pathsOf({ object_marking_refs: [`marking-definition--x--${UUID}`] }), [
      '/object_marking_refs/0',
    ]);
  });

  test('names that every object inherits are no members', () => {
    assert.deepEqual(faultsOf({}), ['/type is missing']);
    assert.deepEqual(faultsOf(change(CAMPAIGN, { constructor: 1 })), []);
  });
});

describe('the version of STIX', () => {
  test('an object with times and no spec_version is of STIX 2.0, one with another is refused', () => {
    assert.equal(checkedOf(change(CAMPAIGN, { spec_version: undefined })).specVersion, '2.0');
    assert.equal(checkedOf(change(CAMPAIGN, { spec_version: '2.0' })).specVersion, '2.0');
    for (const version of ['2.2', '1.2', '', '2.10', 2.1, null]) {
      assert.deepEqual(pathsOf({ spec_version: version }), ['/spec_version'], JSON.stringify(version));
    }
  });

  test('only an observable may leave spec_version and its times out (STIX 2.1, 3.1)', () => {
    const { specVersion, version } = checkedOf(change(DOMAIN, { spec_version: undefined }));
    assert.deepEqual([specVersion, version], ['2.1', '1970-01-01T00:00:00.000000Z']);
    const bare = { spec_version: undefined, created: undefined, modified: undefined };
    assert.ok(pathsOf(bare).includes('/spec_version'));
    assert.deepEqual(pathsOf({ created: undefined, modified: undefined }), ['/created', '/modified']);
  });

  test('a 2.0 object is checked for its shape alone: its markings are not', () => {
    const old = { spec_version: undefined, granular_markings: 1, object_marking_refs: 'x' };
    assert.deepEqual(pathsOf(old), []);
    assert.deepEqual(pathsOf({ ...old, modified: 'yesterday' }), ['/modified']);
  });
});

describe('times', () => {
  test('created and modified are real times in UTC with at least three digits of a second (STIX 2.1, 3.2)', () => {
    for (const time of [
      '2018-08-24T18:00:00.0001Z',
      '2020-02-29T23:59:59.999999999Z',
      '9999-12-31T23:59:59.999Z',
    ]) {
      assert.deepEqual(pathsOf({ modified: time }), [], time);
    }
    const bad = [
      '2018-08-24T18:00:00Z',
      '2018-08-24T18:00:00.00Z',
      '2018-02-30T00:00:00.000Z',
      '2019-02-29T00:00:00.000Z',
      '2018-08-24T24:00:00.000Z',
      '2018-08-24 18:00:00.000Z',
      '2018-08-24T18:00:00.000+00:00',
      '2018-08-24T18:00:00.000',
      '2018-13-01T00:00:00.000Z',
      ' 2018-08-24T18:00:00.000Z',
      '',
      0,
      null,
    ];
    for (const time of bad) {
      assert.deepEqual(pathsOf({ modified: time }), ['/modified'], JSON.stringify(time));
      assert.deepEqual(pathsOf({ created: time }), ['/created'], JSON.stringify(time));
    }
  });

  test('modified is not before created, at full precision (STIX 2.1, 3.2)', () => {
    assert.deepEqual(pathsOf({ created: '2018-08-24T18:00:00.0000001Z' }), ['/modified']);
    assert.deepEqual(pathsOf({ created: '2018-08-24T18:00:00.00000Z' }), []);
  });

  test('a marking-definition has no modified, and its version is then created (TAXII 2.1, 3.4.1)', () => {
    const marking = change(CAMPAIGN, {
      type: 'marking-definition',
      id: MARKING,
      modified: undefined,
      definition_type: 'statement',
      definition: { statement: 'Copyright' },
    });
    assert.equal(checkedOf(marking).version, TIME);
    assert.deepEqual(pathsOf({ modified: undefined }), ['/modified']);
  });

  test('an observable has the one fixed version, whatever times it carries', () => {
    const times = { created: TIME, modified: TIME };
    assert.equal(checkedOf(change(DOMAIN, times)).version, '1970-01-01T00:00:00.000000Z');
  });
});

describe('flags and markings', () => {
  test('revoked is true or false, and created_by_ref is the id of an identity', () => {
    assert.deepEqual(pathsOf({ revoked: true, created_by_ref: `identity--${UUID}` }), []);
    for (const revoked of ['true', 0, null]) assert.deepEqual(pathsOf({ revoked }), ['/revoked']);
    for (const ref of [`campaign--${UUID}`, 'identity--1', 1, null, [`identity--${UUID}`]]) {
      assert.deepEqual(pathsOf({ created_by_ref: ref }), ['/created_by_ref']);
    }
  });

  test('object_marking_refs is a list of one or more ids of marking-definitions', () => {
    assert.deepEqual(pathsOf({ object_marking_refs: [MARKING] }), []);
    for (const refs of [[], MARKING, null, {}]) {
      assert.deepEqual(pathsOf({ object_marking_refs: refs }), ['/object_marking_refs']);
    }
    assert.deepEqual(pathsOf({ object_marking_refs: [MARKING, `identity--${UUID}`, 1] }), [
      '/object_marking_refs/1',
      '/object_marking_refs/2',
    ]);
  });

  test('a granular marking has exactly one of marking_ref and lang, and selectors (STIX 2.1, 7.2.3)', () => {
    const granular = (marking: JsonValue): readonly string[] => pathsOf({ granular_markings: [marking] });
    const selectors = ['name'];
    assert.deepEqual(granular({ marking_ref: MARKING, selectors }), []);
    assert.deepEqual(granular({ lang: 'en', selectors }), []);
    const at = '/granular_markings/0';
    assert.deepEqual(granular({ selectors }), [at]);
    assert.deepEqual(granular({ marking_ref: MARKING, lang: 'en', selectors }), [at]);
    assert.deepEqual(granular({ marking_ref: `identity--${UUID}`, selectors }), [`${at}/marking_ref`]);
    assert.deepEqual(granular({ lang: 1, selectors }), [`${at}/lang`]);
    assert.deepEqual(granular({ marking_ref: MARKING }), [`${at}/selectors`]);
    assert.deepEqual(granular({ marking_ref: MARKING, selectors: [] }), [`${at}/selectors`]);
    assert.deepEqual(granular(1), [at]);
    for (const list of [[], {}, null])
      assert.deepEqual(pathsOf({ granular_markings: list }), ['/granular_markings']);
  });

  test('a selector selects something, and neither a marking nor revoked (release rules, 2)', () => {
    const select = (selector: JsonValue): readonly string[] =>
      pathsOf({
        object_marking_refs: [MARKING],
        revoked: false,
        granular_markings: [{ marking_ref: MARKING, selectors: [selector] }],
      });
    for (const selector of ['name', 'labels', 'labels.[1]', 'type'])
      assert.deepEqual(select(selector), [], selector);
    const forbidden = ['revoked', 'object_marking_refs', 'object_marking_refs.[0]', 'granular_markings'];
    const nothing = [
      'labels.[2]',
      'label',
      'name.x',
      'labels.0',
      'toString',
      'constructor',
      'labels.length',
      '__proto__',
    ];
    for (const selector of [
      ...forbidden,
      'granular_markings.[0].selectors',
      ...nothing,
      '',
      '[0]',
      'a b',
      1,
      null,
    ]) {
      assert.deepEqual(select(selector), ['/granular_markings/0/selectors/0'], JSON.stringify(selector));
    }
  });

  test('all faults of an object are listed at once', () => {
    const members = { created: 1, modified: undefined, revoked: 1, object_marking_refs: [] };
    assert.deepEqual(pathsOf(members), ['/created', '/modified', '/object_marking_refs', '/revoked']);
  });
});
