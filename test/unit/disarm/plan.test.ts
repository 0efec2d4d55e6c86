import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textOf } from '../../../server/disarm/framework.ts';
import { isIdentifier } from '../../../server/stix/identifier.ts';
import { isFaulty } from '../../../server/stix/check-object.ts';
import {
  change,
  check,
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
const SPRING = '2026-03-01';
/** The latest time in the fixture, in a later build. */
const builtIn = (day: string): string => `${day}T10:00:00.2485Z`;
const idOf = (externalId: string): string => textOf(find(RELEASE, externalId), 'id');

describe('a first import', () => {
  test('adds every object, markings and identity first', () => {
    const plan = planFor(RELEASE, []);
    assert.equal(plan.posts.length, RELEASE.length);
    assert.equal(plan.objection, undefined);
    assert.equal(plan.heldAt, undefined);
    assert.equal(plan.builtAt, builtIn('2025-03-01'));
    const types = plan.posts.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ['marking-definition', 'identity', 'x-mitre-tactic']);
    assert.deepEqual(types.slice(-2), ['relationship', 'relationship']);
  });

  test('posts valid objects, with their times as they were written', () => {
    for (const object of planFor(RELEASE, []).posts) {
      assert.ok(!isFaulty(check(object)), JSON.stringify(object));
      const origin = RELEASE.find(({ id, type }) => id === object['id'] && type !== 'relationship');
      if (origin)
        assert.deepEqual([object['created'], object['modified']], [origin['created'], origin['modified']]);
    }
  });

  test('names DISARM as the source of a technique, and keeps the marking of its licence', () => {
    const technique = find(planFor(RELEASE, []).posts, 'T0901.001');
    assert.deepEqual(technique['external_references'], [
      { source_name: 'DISARM', url: 'https://example.org/techniques/T0901.001.md', external_id: 'T0901.001' },
    ]);
    assert.deepEqual(technique['object_marking_refs'], [
      'marking-definition--f79f25d2-8b96-4580-b169-eb7b613a7c31',
    ]);
  });

  test('adds the kill chain disarm beside the one that tools for ATT&CK know', () => {
    assert.deepEqual(find(planFor(RELEASE, []).posts, 'T0902')['kill_chain_phases'], [
      { kill_chain_name: 'mitre-attack', phase_name: 'fill-the-hall' },
      { kill_chain_name: 'disarm', phase_name: 'fill-the-hall' },
    ]);
  });

  test('adds a kill chain that a release has already no second time', () => {
    const both = find(planFor(RELEASE, []).posts, 'T0902')['kill_chain_phases'];
    const plan = planFor(change(RELEASE, 'T0902', { kill_chain_phases: both }), []);
    assert.deepEqual(find(plan.posts, 'T0902')['kill_chain_phases'], both);
  });

  test('leaves a reference to a technique of ATT&CK itself under its own source', () => {
    const [own] = [find(RELEASE, 'T0902')['external_references']].flat();
    assert.ok(own !== undefined);
    const attack = { source_name: 'mitre-attack', external_id: 'T1583' };
    const plan = planFor(change(RELEASE, 'T0902', { external_references: [own, attack] }), []);
    const references = find(plan.posts, 'T0902')['external_references'];
    assert.deepEqual([references].flat().at(-1), attack);
  });

  test('gives relationships ids that depend on nothing but their ends and their type', () => {
    const idsIn = (objects: typeof RELEASE): readonly unknown[] =>
      planFor(objects, [])
        .posts.filter(({ type }) => type === 'relationship')
        .map(({ id }) => id);
    const first = idsIn(RELEASE);
    assert.equal(new Set(first).size, 2);
    for (const id of first) assert.ok(isIdentifier(id) && id.at(-22) === '4', String(id));
    assert.deepEqual(idsIn(rebuild(RELEASE, SUMMER)), first);
  });
});

describe('a later import', () => {
  test('adds nothing from the same file', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    assert.deepEqual(summarise(shelf.import(RELEASE)), { unchanged: 11 });
    assert.equal(shelf.texts.length, 11);
  });

  test('adds nothing from a rebuild: other times, other ids of relationships, members in another order', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const turned = rebuild(RELEASE, SUMMER).map((object) =>
      Object.fromEntries(Object.entries(object).reverse()),
    );
    assert.deepEqual(summarise(shelf.import(turned)), { unchanged: 11 });
  });

  test('keeps the id and the created that a technique was first seen with, in every reference to it', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const text = JSON.stringify(rebuild(RELEASE, SUMMER))
      .replaceAll(idOf('T0901'), toOtherId(idOf('T0901'), 'aaaaaa'))
      .replaceAll(idOf('TA91'), toOtherId(idOf('TA91'), 'bbbbbb'));
    const other = JSON.parse(text) as typeof RELEASE;
    assert.deepEqual(summarise(shelf.import(other)), { unchanged: 11 });
    assert.deepEqual(summarise(shelf.import(change(other, 'T0901', { name: 'Hire a Band' }))), {
      changed: ['T0901'],
      unchanged: 10,
    });
    const technique = shelf.latest(idOf('T0901'));
    assert.equal(technique['created'], find(RELEASE, 'T0901')['created']);
    assert.equal(technique['modified'], find(other, 'T0901')['modified']);
  });

  test('takes revoked: false for nothing said', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    assert.deepEqual(summarise(shelf.import(change(RELEASE, 'T0902', { revoked: false }))), {
      unchanged: 11,
    });
  });

  test('changes ids in references alone, not in texts', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const id = toOtherId(idOf('T0901'), 'aaaaaa');
    const other = change(rebuild(RELEASE, SUMMER), 'T0901', { id, description: id });
    shelf.import(other);
    assert.equal(shelf.latest(idOf('T0901'))['description'], id);
  });

  test('tells exactly the one that changed, the one that is gone and the one that is new', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const changed = change(drop(rebuild(RELEASE, SUMMER), 'T0901.002'), 'T0902', { description: 'Other.' });
    const fresh = change([find(changed, 'T0901.001')], 'T0901.001', {
      id: toOtherId(idOf('T0901.001'), 'cccccc'),
      external_references: [{ source_name: 'mitre-attack', external_id: 'T0903' }],
    });
    const plan = shelf.import([...changed, ...fresh]);
    assert.deepEqual(summarise(plan), {
      added: ['T0903'],
      changed: ['T0902'],
      revoked: ['T0901.002', 'relationship'],
      unchanged: 8,
    });
    assert.equal(plan.objection, undefined);
    assert.equal(plan.posts.length, 4);
    const gone = shelf.latest(idOf('T0901.002'));
    assert.deepEqual(
      [gone['revoked'], gone['created'], gone['modified'], gone['name']],
      [true, find(RELEASE, 'T0901.002')['created'], builtIn(SUMMER), 'Hire Brass'],
    );
    assert.deepEqual(summarise(shelf.import([...changed, ...fresh])), { unchanged: 10 });
  });

  test('revokes a relationship whose technique is gone, although the file still has it', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const gone = find(RELEASE, 'T0901.002');
    const plan = shelf.import(
      rebuild(
        RELEASE.filter((object) => object !== gone),
        SUMMER,
      ),
    );
    assert.deepEqual(summarise(plan), {
      skipped: ['relationship'],
      revoked: ['T0901.002', 'relationship'],
      unchanged: 9,
    });
  });

  test('compares times as instants: a version may not be the same moment with more digits', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const modified = textOf(find(RELEASE, 'T0902'), 'modified');
    const same = change(RELEASE, 'T0902', { name: 'Other', modified: modified.replace('Z', '00Z') });
    const plan = shelf.import(same);
    assert.deepEqual(summarise(plan), { changed: ['T0902'], unchanged: 10 });
    // The file has no later time for it than that of the whole.
    assert.equal(shelf.latest(idOf('T0902'))['modified'], builtIn('2025-03-01'));
  });

  test('takes a later moment for later that would come first as text', () => {
    const shelf = createShelf();
    const at = (modified: string): typeof RELEASE => change(RELEASE, 'T0902', { name: modified, modified });
    shelf.import(at('2025-03-01T10:00:00.2484Z'));
    shelf.import(at('2025-03-01T10:00:00.248402Z'));
    assert.equal(shelf.latest(idOf('T0902'))['modified'], '2025-03-01T10:00:00.248402Z');
  });
});

describe('what comes back', () => {
  test('gets a new id once it was revoked, and its relationships as well', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    shelf.import(drop(rebuild(RELEASE, SUMMER), 'T0901.002'));
    const plan = shelf.import(rebuild(RELEASE, WINTER));
    assert.deepEqual(summarise(plan), { added: ['T0901.002', 'relationship'], unchanged: 9 });
    const technique = find(plan.posts, 'T0901.002');
    assert.notEqual(technique['id'], idOf('T0901.002'));
    assert.equal(technique['created'], find(rebuild(RELEASE, WINTER), 'T0901.002')['created']);
    assert.equal(plan.posts.at(-1)?.['source_ref'], technique['id']);
    assert.equal(shelf.latest(idOf('T0901.002'))['revoked'], true);
    assert.deepEqual(summarise(shelf.import(rebuild(RELEASE, SPRING))), { unchanged: 11 });
  });

  test('may go and come back any number of times', () => {
    const shelf = createShelf();
    const ids = new Set<unknown>();
    for (const day of ['2025-04-01', '2025-05-01', '2025-07-01', '2025-08-01']) {
      const plan = shelf.import(rebuild(RELEASE, day));
      ids
        .add(find(plan.posts, 'T0901.002')['id'])
        .add(plan.posts.find(({ type }) => type === 'relationship')?.['id']);
      assert.equal(plan.accounts.filter(({ action }) => action === 'skipped').length, 0);
      shelf.import(drop(rebuild(RELEASE, `${day.slice(0, 8)}15`), 'T0901.002'));
    }
    assert.equal(ids.size, 8);
  });

  test('stays revoked when the file has it revoked, however often it is imported', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const revoked = change(rebuild(RELEASE, SUMMER), 'T0902', { revoked: true });
    assert.deepEqual(summarise(shelf.import(revoked)), { changed: ['T0902'], unchanged: 10 });
    assert.deepEqual(summarise(shelf.import(rebuild(revoked, WINTER))), { unchanged: 11 });
    const described = change(rebuild(revoked, SPRING), 'T0902', { description: 'Dropped.' });
    assert.deepEqual(summarise(shelf.import(described)), { unchanged: 11 });
  });

  test('stays revoked as a relationship as well', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const revoked = RELEASE.map((object) =>
      object['source_ref'] === idOf('T0901.002') ? { ...object, revoked: true } : object,
    );
    const changed = { changed: ['relationship'], unchanged: 10 };
    assert.deepEqual(summarise(shelf.import(rebuild(revoked, SUMMER))), changed);
    assert.deepEqual(summarise(shelf.import(rebuild(revoked, WINTER))), { unchanged: 11 });
  });
});

describe('an import that would do harm', () => {
  test('is objected to when the release is older than what is held and would change it', () => {
    const shelf = createShelf();
    shelf.import(change(rebuild(RELEASE, SUMMER), 'T0902', { name: 'Later' }));
    assert.equal(planFor(RELEASE, shelf.texts).objection, 'older');
    assert.equal(planFor(drop(RELEASE, 'T0901.002'), shelf.texts).objection, 'older');
  });

  test('is objected to when the later release brought nothing but a relationship', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const [relationship] = rebuild(RELEASE, WINTER).filter(({ type }) => type === 'relationship');
    shelf.import([...RELEASE, { ...relationship, target_ref: idOf('T0902') }]);
    assert.equal(planFor(rebuild(RELEASE, SUMMER), shelf.texts).objection, 'older');
  });

  test('is objected to when what the later release revoked would come back', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    shelf.import(drop(rebuild(RELEASE, SUMMER), 'T0902'));
    assert.equal(planFor(rebuild(RELEASE, '2025-04-01'), shelf.texts).objection, 'older');
  });

  test('is not objected to when an older release says nothing else', () => {
    const shelf = createShelf();
    shelf.import(rebuild(RELEASE, SUMMER));
    const plan = planFor(RELEASE, shelf.texts);
    assert.deepEqual([plan.objection, summarise(plan)], [undefined, { unchanged: 11 }]);
  });

  test('is objected to when it says that it was built in time to come', () => {
    const { accounts, objection } = planFor(rebuild(RELEASE, '2027-01-03'), []);
    assert.equal(objection, 'future');
    assert.equal(accounts.length, 11);
    assert.equal(planFor(rebuild(RELEASE, '2027-01-01'), []).objection, undefined);
  });

  test('is objected to when it would revoke more than half of what has an external id', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const less = ['T0901.001', 'T0901.002', 'TA92'].reduce(drop, rebuild(RELEASE, SUMMER));
    assert.equal(planFor(less, shelf.texts).objection, undefined);
    assert.equal(planFor(drop(less, 'T0902'), shelf.texts).objection, 'losses');
    const revoking = rebuild(RELEASE, SUMMER).map((each) =>
      each['type'] === 'marking-definition' ? each : { ...each, revoked: true },
    );
    assert.equal(planFor(revoking, shelf.texts).objection, 'losses');
    // What is revoked already does not count.
    shelf.import(less);
    const half = ['T0902', 'T0901'].reduce(drop, rebuild(less, WINTER));
    assert.equal(planFor(half, shelf.texts).objection, undefined);
  });
});
