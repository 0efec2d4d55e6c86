import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DISARM_IDENTITY, DISARM_MARKING, textOf } from '../../../server/disarm/framework.ts';
import { planImport, type ImportPlan } from '../../../server/disarm/plan.ts';
import type { JsonObject } from '../../../server/domain/held.ts';
import { AppError } from '../../../server/domain/errors.ts';
import { readEnvelope } from '../../../server/stix/read-objects.ts';
import {
  check,
  change,
  createShelf,
  find,
  rebuild,
  RELEASE,
  summarise,
  toOtherId,
  planFor,
} from './releases.ts';

const SUMMER = '2025-06-01';
const idOf = (externalId: string): string => textOf(find(RELEASE, externalId), 'id');

function reasons({ accounts }: ImportPlan): readonly string[] {
  return accounts.flatMap(({ action, reason }) => (action === 'skipped' ? [reason ?? ''] : []));
}

function refuses(objects: readonly JsonObject[], pattern: RegExp): void {
  assert.throws(
    () => planFor(objects, []),
    (error) =>
      error instanceof AppError && error.code === 'input.invalid' && pattern.test(error.detail ?? ''),
  );
}

describe('a file', () => {
  test('is refused when it is not by the DISARM Foundation', () => {
    const strangers = RELEASE.filter(({ id }) => id !== DISARM_IDENTITY && id !== DISARM_MARKING);
    refuses(strangers, /no release of DISARM: it holds neither the identity nor the licence/);
  });

  test('is refused when it has the identity and nothing of the framework', () => {
    refuses(
      RELEASE.filter(({ type }) => type === 'identity' || type === 'relationship'),
      /it holds no technique, tactic or matrix/,
    );
  });

  test('brings in nothing that is not by DISARM, and says so of each', () => {
    const foreign = change(RELEASE, 'T0902', { created_by_ref: undefined, object_marking_refs: undefined });
    const campaign = {
      ...find(RELEASE, 'T0902'),
      type: 'campaign',
      id: idOf('T0902').replace(/^.*--/, 'campaign--'),
    };
    const plan = planFor([...foreign, campaign], []);
    assert.deepEqual(reasons(plan), ['it is not by DISARM', 'DISARM has no objects of the type "campaign"']);
    assert.equal(plan.posts.length, 10);
  });
});

describe('in one file', () => {
  test('the first of two techniques with one external_id stands, and nothing refers to the other', () => {
    const twin = { ...find(RELEASE, 'T0901'), id: toOtherId(idOf('T0901'), 'dddddd') };
    const [relationship] = RELEASE.filter(({ type }) => type === 'relationship');
    const toTwin = {
      ...relationship,
      id: toOtherId(textOf(relationship ?? {}, 'id'), 'eeeeee'),
      target_ref: twin.id,
    };
    const shelf = createShelf();
    const plan = shelf.import([...RELEASE, twin, toTwin]);
    assert.deepEqual([...reasons(plan)].sort(), [
      `${idOf('T0901')} comes first in the file with the same external_id`,
      `its target_ref is ${twin.id}, which is not imported`,
    ]);
    assert.equal(plan.posts.length, 11);
    const again = shelf.import([...RELEASE, twin, toTwin]);
    assert.deepEqual(reasons(again), reasons(plan));
    assert.deepEqual(again.posts, []);
  });

  test('the later of two versions of a technique stands', () => {
    const later = {
      ...find(rebuild(RELEASE, SUMMER), 'T0902'),
      created: textOf(find(RELEASE, 'T0902'), 'created'),
      name: 'Later',
    };
    for (const objects of [
      [...RELEASE, later],
      [later, ...RELEASE],
    ]) {
      const plan = planFor(objects, []);
      assert.equal(find(plan.posts, 'T0902')['name'], 'Later');
      assert.equal(reasons(plan).length, 1);
    }
  });

  test('a technique without an external_id is left out with what refers to it', () => {
    const plan = planFor(change(RELEASE, 'T0901.001', { external_references: undefined }), []);
    assert.deepEqual([...reasons(plan)].sort(), [
      'it has no external_id, by which DISARM is followed from release to release',
      `its source_ref is ${idOf('T0901.001')}, which is not imported`,
    ]);
    assert.equal(plan.posts.length, 9);
  });

  test('the second of two relationships that say the same is left out', () => {
    const [relationship] = RELEASE.filter(({ type }) => type === 'relationship');
    const again = { ...relationship, id: toOtherId(textOf(relationship ?? {}, 'id'), 'ffffff') };
    const plan = planFor([...RELEASE, again], []);
    assert.deepEqual(reasons(plan), ['the file holds the same relationship twice']);
  });

  test('an object that cannot be read is left out with what is wrong with it, and is not taken for gone', () => {
    const shelf = createShelf();
    shelf.import(RELEASE);
    const broken = change(rebuild(RELEASE, SUMMER), 'T0901.001', { modified: 'yesterday' });
    const [relationship, ...rest] = broken.filter(({ type }) => type === 'relationship');
    const others = broken.filter(({ type }) => type !== 'relationship');
    const plan = shelf.import([...others, ...rest, { ...relationship, created: 'yesterday' }]);
    assert.deepEqual(summarise(plan), { skipped: ['T0901.001', 'relationship'], unchanged: 9 });
    assert.match(reasons(plan).join(), /\/modified: .*yesterday/);
  });

  test('an object that is not valid STIX is left out with its faults', () => {
    const faulty = change(RELEASE, 'TA92', {
      external_references: [{ source_name: 'DISARM', external_id: 'TA92', url: 5 }],
    });
    const [reason = ''] = reasons(planFor(change(faulty, 'TA92', { object_marking_refs: [] }), []));
    assert.match(reason, /^\/external_references\/0\/url: .*; \/object_marking_refs: /);
  });

  test('an object with a member twice is left out', () => {
    const text = JSON.stringify({ objects: RELEASE }).replace('"name":"Hire Brass"', '"name":"A","name":"B"');
    const plan = planImport(readEnvelope(Buffer.from(text), { maxDepth: 100 }), [], { check, now: 0 });
    assert.equal(reasons(plan).length, 2);
    assert.match(reasons(plan).join(), /name/);
  });

  test('what is no object at all is left out', () => {
    assert.deepEqual(reasons(planFor([...RELEASE, 'T0901', null], [])), [
      'it is not a JSON object',
      'it is not a JSON object',
    ]);
  });
});
