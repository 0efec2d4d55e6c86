import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deriveId } from '../../../server/disarm/derived-id.ts';
import { DISARM_IDENTITY, DISARM_MARKING, textOf } from '../../../server/disarm/framework.ts';
import { relationshipName } from '../../../server/disarm/holdings.ts';
import type { ImportPlan } from '../../../server/disarm/plan.ts';
import type { JsonObject } from '../../../server/domain/held.ts';
import {
  change,
  createShelf,
  drop,
  find,
  planFor,
  rebuild,
  RELEASE,
  summarise,
  toOtherId,
} from './releases.ts';

const SUMMER = '2025-06-01';
const WINTER = '2025-12-01';
const LAB = 'identity--22222222-2222-4222-8222-222222222222';
const idOf = (externalId: string): string => textOf(find(RELEASE, externalId), 'id');

const AGENCY: JsonObject = {
  type: 'identity',
  spec_version: '2.1',
  id: 'identity--33333333-3333-4333-8333-333333333333',
  created: '2020-01-01T00:00:00.000Z',
  modified: '2020-01-01T00:00:00.000Z',
  name: 'An Agency',
  identity_class: 'organization',
};
const NOTICE: JsonObject = {
  type: 'marking-definition',
  spec_version: '2.1',
  id: 'marking-definition--44444444-4444-4444-8444-444444444444',
  created: '2020-01-01T00:00:00.000Z',
  definition_type: 'statement',
  definition: { statement: 'Handle with care' },
};
const OTHER_NOTICE: JsonObject = { ...NOTICE, definition: { statement: 'Do as you like' } };

/** An analyst's technique, derived from DISARM and so under its licence. */
function makeOwn(externalId: string): JsonObject {
  return {
    ...find(RELEASE, 'T0902'),
    id: 'attack-pattern--11111111-1111-4111-8111-111111111111',
    created_by_ref: LAB,
    name: 'Our own',
    external_references: [{ source_name: 'DISARM', external_id: externalId }],
  };
}

/** What was left out, with the reasons. */
function leftOut({ accounts }: ImportPlan): readonly unknown[] {
  return accounts.filter(({ action }) => action === 'skipped').map(({ id, reason }) => [id, reason]);
}

function isPosted({ posts }: ImportPlan, id: unknown): boolean {
  return posts.some((post) => post['id'] === id);
}

describe('an identity in the file', () => {
  const reason = 'it is not the identity of the DISARM Foundation';

  test('is left out when it is not that of DISARM, whether the collection holds it or not', () => {
    const evil = { ...AGENCY, name: 'Evil', modified: '2021-01-01T00:00:00.000Z' };
    for (const held of [[], [AGENCY]]) {
      for (const object of [evil, { ...evil, revoked: true }]) {
        const shelf = createShelf();
        shelf.post(held);
        const plan = shelf.import([...RELEASE, object]);
        assert.deepEqual(leftOut(plan), [[AGENCY['id'], reason]]);
        assert.equal(isPosted(plan, AGENCY['id']), false);
        assert.equal(plan.posts.length, 11);
      }
    }
  });

  test('is left out also when a technique of DISARM refers to it', () => {
    const objects = change(RELEASE, 'T0902', { x_author_refs: [textOf(AGENCY, 'id')] });
    const plan = planFor([...objects, { ...AGENCY, name: 'Evil' }], [JSON.stringify(AGENCY)]);
    assert.deepEqual(leftOut(plan), [[AGENCY['id'], reason]]);
  });

  test('is left out when it has the id of DISARM and another creator', () => {
    const objects = RELEASE.map((object) =>
      object['id'] === DISARM_IDENTITY ? { ...object, name: 'Evil', created_by_ref: LAB } : object,
    );
    assert.deepEqual(leftOut(planFor(objects, [])), [[DISARM_IDENTITY, reason]]);
  });

  test('does not change the one of DISARM that is held as made by somebody else', () => {
    const shelf = createShelf();
    const theirs = rebuild(RELEASE, WINTER).find(({ id }) => id === DISARM_IDENTITY);
    const held = { ...theirs, created_by_ref: LAB };
    shelf.post([held]);
    const plan = shelf.import(rebuild(RELEASE, SUMMER));
    assert.deepEqual(leftOut(plan), [[DISARM_IDENTITY, 'what is held under its id is by somebody else']]);
    // Nor does its time count for the order.
    assert.deepEqual([plan.heldAt, plan.objection], [undefined, undefined]);
    assert.deepEqual(shelf.latest(DISARM_IDENTITY), held);
  });
});

describe('a marking in the file', () => {
  const marked = change(RELEASE, 'T0902', { object_marking_refs: [DISARM_MARKING, textOf(NOTICE, 'id')] });

  test('is left out when nothing of DISARM in the file has it', () => {
    const foreign = { ...makeOwn('T9999'), object_marking_refs: [textOf(NOTICE, 'id')] };
    for (const held of [[], [JSON.stringify(OTHER_NOTICE)]]) {
      assert.deepEqual(leftOut(planFor([...RELEASE, foreign, NOTICE], held)), [
        [makeOwn('T9999')['id'], 'it is not by DISARM'],
        [NOTICE['id'], 'it marks nothing of DISARM in the file'],
      ]);
    }
  });

  test('is added when an object of DISARM has it, on the whole or on a part', () => {
    const granular = change(RELEASE, 'T0902', {
      granular_markings: [{ marking_ref: textOf(NOTICE, 'id'), selectors: ['name'] }],
    });
    for (const objects of [marked, granular]) {
      const shelf = createShelf();
      const plan = shelf.import([...objects, NOTICE]);
      assert.deepEqual([leftOut(plan), isPosted(plan, NOTICE['id'])], [[], true]);
      assert.deepEqual(summarise(shelf.import([...objects, NOTICE])), { unchanged: 12 });
    }
  });

  test('leaves the one that is held under its id as it is', () => {
    const shelf = createShelf();
    shelf.post([NOTICE]);
    const plan = shelf.import([...marked, OTHER_NOTICE]);
    assert.deepEqual(leftOut(plan), [
      [NOTICE['id'], 'another marking is held under its id, and a marking has no versions'],
    ]);
    assert.deepEqual(shelf.latest(textOf(NOTICE, 'id')), NOTICE);
    assert.equal(plan.posts.filter(({ type }) => type === 'marking-definition').length, 1);
  });

  test('is not the licence when it is by somebody else or no statement', () => {
    const audience = {
      'extension-definition--55555555-5555-4555-8555-555555555555': { extension_type: 'property-extension' },
    };
    const other = [
      { created_by_ref: LAB },
      { definition_type: undefined, definition: undefined, extensions: audience },
    ];
    for (const members of other) {
      const objects = RELEASE.map((object): JsonObject =>
        object['id'] === DISARM_MARKING
          ? (JSON.parse(JSON.stringify({ ...object, ...members })) as JsonObject)
          : object,
      );
      const plan = planFor(objects, []);
      assert.deepEqual(leftOut(plan), [
        [DISARM_MARKING, 'it is not the licence of DISARM, which is a statement by DISARM'],
      ]);
      assert.ok(!plan.posts.some(({ type }) => type === 'marking-definition'));
    }
  });
});

describe('a relationship by somebody else', () => {
  const [theirs = {}] = RELEASE.filter(({ type }) => type === 'relationship');

  test('is left out of the file, and does not stand for one that is gone', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const foreign = { ...theirs, created_by_ref: LAB };
    const objects = RELEASE.map((object) => (object === theirs ? foreign : object));
    const plan = shelf.import(rebuild(objects, SUMMER));
    assert.deepEqual(summarise(plan), {
      skipped: ['relationship'],
      revoked: ['relationship'],
      unchanged: 10,
    });
    assert.match(String(leftOut(plan)), /it is not by DISARM/);
  });

  test('stays as it is in the collection, whatever its marking and its id', () => {
    const name = relationshipName('attack-pattern T0901.001', 'subtechnique-of', 'attack-pattern T0901');
    for (const id of [textOf(theirs, 'id'), deriveId('relationship', name)]) {
      const shelf = createShelf();
      const own = { ...theirs, id, created_by_ref: LAB };
      shelf.post([own]);
      assert.deepEqual(shelf.import(RELEASE).posts.length, 11);
      assert.deepEqual(summarise(shelf.import(drop(rebuild(RELEASE, SUMMER), 'T0901.001'))).revoked, [
        'T0901.001',
        'relationship',
      ]);
      assert.deepEqual(shelf.latest(id), own);
    }
  });
});

describe("an analyst's technique under the licence of DISARM", () => {
  test('is not revoked when DISARM has no such technique', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    shelf.post([makeOwn('T9999')]);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
  });

  test('is not taken over when it was there first with the external_id of one of DISARM', () => {
    const shelf = createShelf();
    const own = makeOwn('T0902');
    shelf.post([own]);
    const plan = shelf.import(RELEASE);
    assert.deepEqual([plan.posts.length, summarise(plan).revoked], [11, undefined]);
    assert.equal(find(plan.posts, 'T0902')['id'], idOf('T0902'));
    const changed = change(rebuild(RELEASE, SUMMER), 'T0902', { name: 'Other' });
    assert.deepEqual(summarise(shelf.import(changed)), { changed: ['T0902'], unchanged: 10 });
    shelf.import(drop(rebuild(RELEASE, WINTER), 'T0902'));
    assert.deepEqual(shelf.latest(textOf(own, 'id')), own);
    assert.equal(shelf.latest(idOf('T0902'))['revoked'], true);
  });

  test('keeps its id to itself: the one of DISARM that has the same gets another', () => {
    const shelf = createShelf();
    const own = { ...makeOwn('T0902'), id: idOf('T0902') };
    shelf.post([own]);
    const plan = shelf.import(RELEASE);
    assert.equal(find(plan.posts, 'T0902')['id'], deriveId('attack-pattern', 'attack-pattern T0902'));
    assert.deepEqual(shelf.latest(idOf('T0902')), own);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
  });

  test('is not known by its type either: a tactic of their own stays', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const own: JsonObject = {
      ...find(RELEASE, 'TA92'),
      id: toOtherId(idOf('TA92'), 'aaaaaa'),
      created_by_ref: LAB,
      external_references: [{ source_name: 'DISARM', external_id: 'TA99' }],
    };
    shelf.post([own]);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), { unchanged: 11 });
  });

  test('counts as of DISARM when it names no creator', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const anonymous = Object.entries(makeOwn('T9999')).filter(([name]) => name !== 'created_by_ref');
    shelf.post([Object.fromEntries(anonymous)]);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SUMMER))), {
      revoked: ['T9999'],
      unchanged: 11,
    });
  });
});
