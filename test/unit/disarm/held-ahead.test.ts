import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DISARM_IDENTITY, textOf } from '../../../server/disarm/framework.ts';
import type { ImportPlan } from '../../../server/disarm/plan.ts';
import { parseVersionKey } from '../../../server/domain/timestamp.ts';
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
  type Shelf,
} from './releases.ts';

// The clock of the tests says 2027-01-01T00:00:00Z.
const SPRING = '2025-04-01';
const SUMMER = '2025-06-01';
const WINTER = '2025-12-01';
const LAST = '9999-12-31T23:59:59.999999Z';
const idOf = (externalId: string): string => textOf(find(RELEASE, externalId), 'id');
const later = change(rebuild(RELEASE, SUMMER), 'T0902', { name: 'Later' });

/** A collection with a release, and one of its techniques with a version in time to come. */
function holdAhead(externalId: string, modified: string): Shelf {
  const shelf = createShelf();
  shelf.import(RELEASE);
  shelf.post([{ ...shelf.latest(idOf(externalId)), modified }]);
  return shelf;
}

/** What the accounts say of the clock, by id. */
function saidOf({ accounts }: ImportPlan): readonly string[] {
  return accounts.filter(({ reason }) => reason?.includes('ahead of the clock')).map(({ id }) => id);
}

function keyOf(object: JsonObject): string {
  return parseVersionKey(textOf(object, 'modified')) ?? '';
}

describe('what is held of DISARM and dated more than a day ahead of the clock', () => {
  test('does not make a release an older one, and the plan and its account say so', () => {
    const plan = planFor(later, holdAhead('T0901', '9999-01-01T00:00:00.000Z').texts);
    assert.equal(plan.objection, undefined);
    assert.equal(plan.heldAt, '2025-03-01T10:00:00.2485Z');
    assert.deepEqual(plan.ahead, [{ id: idOf('T0901'), modified: '9999-01-01T00:00:00.000Z' }]);
    assert.deepEqual(saidOf(plan), [idOf('T0901')]);
  });

  test('begins after that day, to the last digit', () => {
    const at = (modified: string): readonly unknown[] => {
      const { ahead, objection } = planFor(later, holdAhead('T0901', modified).texts);
      return [ahead.length, objection];
    };
    assert.deepEqual(at('2027-01-02T00:00:00.000Z'), [0, 'older']);
    assert.deepEqual(at('2027-01-02T00:00:00.000000000001Z'), [1, undefined]);
  });

  test('leaves the versions before it to count', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    shelf.import(later);
    shelf.post([{ ...shelf.latest(idOf('T0902')), modified: '9999-01-01T00:00:00.000Z' }]);
    const plan = planFor(rebuild(RELEASE, SPRING), shelf.texts);
    assert.equal(plan.heldAt, find(later, 'T0902')['modified']);
    assert.equal(plan.objection, 'older');
  });

  test('is named as well when it is a second object for one external_id, or the identity', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const twin = { ...shelf.latest(idOf('T0901')), id: toOtherId(idOf('T0901'), 'aaaaaa'), modified: LAST };
    shelf.post([twin, { ...shelf.latest(DISARM_IDENTITY), modified: LAST }]);
    const plan = shelf.import(later);
    assert.equal(plan.objection, undefined);
    assert.deepEqual(summarise(plan), { changed: ['T0902'], revoked: ['T0901'], unchanged: 10 });
    assert.deepEqual([...saidOf(plan)].sort(), [twin.id, DISARM_IDENTITY].sort());
    const { reason } = plan.accounts.find(({ action }) => action === 'revoked') ?? {};
    assert.match(reason ?? '', /^\S+ was there first and stands for it; it is held with a time more than/);
  });

  test('gets versions that are later still, up to the end of the last year', () => {
    for (const modified of ['2300-01-01T00:00:00.000Z', '9999-01-01T00:00:00Z', LAST]) {
      const shelf = holdAhead('T0902', modified);
      for (const [day, name] of [
        [SUMMER, 'One'],
        [WINTER, 'Two'],
      ] as const) {
        const before = keyOf(shelf.latest(idOf('T0902')));
        const plan = shelf.import(change(rebuild(RELEASE, day), 'T0902', { name }));
        assert.deepEqual(
          [plan.objection, summarise(plan)],
          [undefined, { changed: ['T0902'], unchanged: 10 }],
        );
        assert.equal(shelf.latest(idOf('T0902'))['name'], name);
        assert.ok(keyOf(shelf.latest(idOf('T0902'))) > before, modified);
      }
      shelf.import(drop(rebuild(RELEASE, '2026-01-01'), 'T0902'));
      assert.equal(shelf.latest(idOf('T0902'))['revoked'], true);
      assert.deepEqual(summarise(shelf.import(drop(rebuild(RELEASE, '2026-02-01'), 'T0902'))), {
        unchanged: 10,
      });
    }
  });

  test('is not looked at when it is by somebody else', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const lab = 'identity--22222222-2222-4222-8222-222222222222';
    shelf.post([
      {
        ...shelf.latest(idOf('T0901')),
        id: toOtherId(idOf('T0901'), 'aaaaaa'),
        created_by_ref: lab,
        modified: '2026-12-31T00:00:00.000Z',
      },
    ]);
    const { ahead, objection } = planFor(later, shelf.texts);
    assert.deepEqual([ahead, objection], [[], undefined]);
  });
});

describe('a release', () => {
  test('is one of time to come also when its time has more digits than a clock', () => {
    const objects = change(RELEASE, 'T0902', { modified: '9999-01-01T00:00:00.0000000001Z' });
    assert.equal(planFor(objects, []).objection, 'future');
  });
});
