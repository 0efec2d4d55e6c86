import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deriveId } from '../../../server/disarm/derived-id.ts';
import { DISARM_IDENTITY, DISARM_MARKING, textOf } from '../../../server/disarm/framework.ts';
import type { JsonObject } from '../../../server/domain/held.ts';
import {
  change,
  createShelf,
  drop,
  find,
  rebuild,
  RELEASE,
  summarise,
  toOtherId,
  planFor,
} from './releases.ts';

const SUMMER = '2025-06-01';
const WINTER = '2025-12-01';
const idOf = (externalId: string): string => textOf(find(RELEASE, externalId), 'id');
const withoutDisarm = { created_by_ref: undefined, object_marking_refs: undefined };

describe('a collection that holds other things', () => {
  test('keeps an attack-pattern of ATT&CK with the same external_id as it is', () => {
    const attack = find(
      change(RELEASE, 'T0902', { ...withoutDisarm, id: toOtherId(idOf('T0902'), 'aaaaaa') }),
      'T0902',
    );
    const shelf = createShelf();
    shelf.post([attack]);
    assert.deepEqual(summarise(shelf.import(RELEASE)).unchanged, 0);
    shelf.import(drop(rebuild(RELEASE, SUMMER), 'T0902'));
    assert.deepEqual(shelf.latest(textOf(attack, 'id')), attack);
    assert.equal(shelf.latest(idOf('T0902'))['revoked'], true);
  });

  test("keeps an analyst's technique that refers to one of DISARM's, and the relationships to it", () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const reference = { external_references: [{ source_name: 'DISARM', external_id: 'T0902' }] };
    const own = find(
      change(RELEASE, 'T0902', { ...withoutDisarm, ...reference, id: toOtherId(idOf('T0902'), 'bbbbbb') }),
      'T0902',
    );
    const [relationship] = RELEASE.filter(({ type }) => type === 'relationship');
    const remark: JsonObject = {
      ...relationship,
      id: 'relationship--5a3bbc6e-6d0b-4c0e-9a53-0f5d4b8f8a11',
      relationship_type: 'related-to',
      target_ref: idOf('T0902'),
      object_marking_refs: ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da'],
    };
    shelf.post([own, remark]);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
    assert.deepEqual(summarise(shelf.import(drop(rebuild(RELEASE, WINTER), 'T0902'))), {
      revoked: ['T0902'],
      unchanged: 10,
    });
  });

  test('gives a technique another id when something else has the one in the file', () => {
    const shelf = createShelf();
    shelf.post([
      {
        ...find(RELEASE, 'T0902'),
        name: 'Not of DISARM',
        created_by_ref: toOtherId(DISARM_IDENTITY, 'cccccc'),
        object_marking_refs: [toOtherId(DISARM_MARKING, 'cccccc')],
      },
    ]);
    const plan = shelf.import(RELEASE);
    assert.equal(find(plan.posts, 'T0902')['id'], deriveId('attack-pattern', 'attack-pattern T0902'));
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
  });

  test('does not let two techniques change places when a release swaps their ids', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const text = JSON.stringify(rebuild(RELEASE, SUMMER))
      .replaceAll(idOf('T0901.001'), 'SWAP')
      .replaceAll(idOf('T0901.002'), idOf('T0901.001'))
      .replaceAll('SWAP', idOf('T0901.002'));
    assert.deepEqual(summarise(shelf.import(JSON.parse(text) as typeof RELEASE)), { unchanged: 11 });
  });
});

describe('a release that was uploaded as it is before', () => {
  test('keeps its ids, is brought into our form once, and then stays', () => {
    const shelf = createShelf();
    shelf.post(RELEASE);
    const plan = shelf.import(RELEASE);
    assert.deepEqual(summarise(plan), {
      changed: ['T0901', 'T0901.001', 'T0901.002', 'T0902'],
      unchanged: 7,
    });
    for (const object of plan.posts) {
      const before = RELEASE.find(({ id }) => id === object['id']);
      assert.equal(object['created'], before?.['created']);
    }
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
  });

  test('takes the next microsecond for a version when the file has no later time', () => {
    const shelf = createShelf();
    const late = RELEASE.map((object) => ({
      ...object,
      ...(object['type'] === 'attack-pattern' ? { modified: '2025-03-01T10:00:00.9999999Z' } : {}),
    }));
    shelf.post(late);
    shelf.import(late);
    assert.equal(shelf.latest(idOf('T0902'))['modified'], '2025-03-01T10:00:01.000000Z');
  });

  test('keeps the first created when two releases left two under one id', () => {
    const shelf = createShelf();
    shelf.post(RELEASE);
    shelf.post(rebuild(RELEASE, SUMMER));
    const plan = shelf.import(rebuild(RELEASE, WINTER));
    assert.equal(find(plan.posts, 'T0902')['created'], find(RELEASE, 'T0902')['created']);
    // Each relationship was there twice, under two ids.
    assert.deepEqual(summarise(plan).revoked, ['relationship', 'relationship']);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, '2026-01-01'))), { unchanged: 11 });
  });

  test('keeps the first of two objects for one external_id and revokes the other', () => {
    const shelf = createShelf();
    shelf.post(RELEASE);
    const other = find(change(RELEASE, 'T0902', { id: toOtherId(idOf('T0902'), 'dddddd') }), 'T0902');
    shelf.post([other]);
    const plan = shelf.import(rebuild(RELEASE, SUMMER));
    assert.deepEqual(summarise(plan).revoked, ['T0902']);
    assert.equal(shelf.latest(textOf(other, 'id'))['revoked'], true);
    assert.equal(shelf.latest(idOf('T0902'))['revoked'], undefined);
  });

  test('compares with the latest version, whatever came last', () => {
    const shelf = createShelf();
    const [first, later] = [
      planFor(RELEASE, []).posts,
      change(rebuild(RELEASE, SUMMER), 'T0902', { name: 'Later' }),
    ];
    shelf.post(
      planFor(later, []).posts.map((object) => ({ ...object, created: '2025-03-01T10:00:00.000Z' })),
    );
    shelf.post(first);
    assert.deepEqual(summarise(shelf.import(change(rebuild(RELEASE, WINTER), 'T0902', { name: 'Later' }))), {
      unchanged: 11,
    });
  });

  test('leaves the identity out that was revoked there, as it can have no later version', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    shelf.post([{ ...shelf.latest(DISARM_IDENTITY), modified: '2025-04-01T10:00:00.000Z', revoked: true }]);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), {
      skipped: ['identity'],
      unchanged: 10,
    });
  });
});

describe('the licence', () => {
  test('is another marking when its statement changes, as a marking has no versions', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const other = rebuild(RELEASE, SUMMER).map((object) =>
      object['id'] === DISARM_MARKING ? { ...object, definition: { statement: 'CC0' } } : object,
    );
    const plan = shelf.import(other);
    const [marking] = plan.posts;
    assert.equal(marking?.['type'], 'marking-definition');
    assert.notEqual(marking['id'], DISARM_MARKING);
    assert.deepEqual(find(plan.posts, 'T0902')['object_marking_refs'], [marking['id']]);
    assert.deepEqual(summarise(shelf.import(rebuild(other, WINTER))), { unchanged: 11 });
    // Also what has no creator is still known as DISARM's.
    assert.deepEqual(summarise(shelf.import(drop(rebuild(other, '2026-01-01'), 'T0901.001'))).revoked, [
      'T0901.001',
      'relationship',
    ]);
  });

  test('is followed by granular markings as well', () => {
    const marked = change(RELEASE, 'T0902', {
      granular_markings: [{ marking_ref: DISARM_MARKING, selectors: ['name'] }],
    });
    const shelf = createShelf();
    shelf.import(
      marked.map((object) =>
        object['id'] === DISARM_MARKING ? { ...object, definition: { statement: 'Old' } } : object,
      ),
    );
    const plan = planFor(rebuild(marked, SUMMER), shelf.texts);
    assert.deepEqual(find(plan.posts, 'T0902')['granular_markings'], [
      { marking_ref: plan.posts[0]?.['id'] ?? '', selectors: ['name'] },
    ]);
  });
});
