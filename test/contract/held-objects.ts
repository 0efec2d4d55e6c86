import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldObject, HeldVersion } from '../../server/domain/held.ts';
import type { Store } from '../../server/storage/port.ts';
import { toHeldVersion, toStateList } from '../support/held-samples.ts';
import { nextCollectionId, toStixId } from '../support/publications.ts';
import { commit, openForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const ID = toStixId('campaign', 1);
const MARKING = toStixId('marking-definition', 2);

async function readHeld(store: Store, id = ID): Promise<HeldObject | undefined> {
  return (await store.view((section) => section.heldObjects([id]))).get(id);
}

function toHandles(object: HeldObject | undefined): readonly number[] {
  return (object?.versions ?? []).map((version) => version.handle);
}

/** Everything that a version can say. */
const FULL: HeldVersion = toHeldVersion({
  id: ID,
  handle: 41,
  version: '2018-08-21T00:00:00.1234567890123Z',
  sender: 'hub',
  rank: Date.UTC(2026, 0, 1) * 1000 + 7,
  acceptedAt: Date.UTC(2026, 0, 1) * 1000 + 8,
  notBefore: Date.UTC(2030, 0, 1) * 1000 + 9,
  defaults: { tlp: 'amber+strict', audiences: ['federal', 'state'], consent: 'usg' },
  facts: {
    createdBy: toStixId('identity', 3),
    markings: [MARKING, toStixId('marking-definition', 4)],
    granular: [
      { markingRef: MARKING, selectors: ['objects.[0].name', 'a.b'] },
      { selectors: ['description'] },
    ],
    refs: [toStixId('tool', 5), toStixId('tool', 6)],
    extensions: [toStixId('extension-definition', 7)],
    embedsMarkings: true,
  },
});

/** What is held beside the pages. */
export function describeHeldObjects(openStore: OpenStore): void {
  test('obligation 8: a held version comes back as it went in, with all its members and with none', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const plain = toHeldVersion({ id: toStixId('url', 9), handle: 42, facts: { kind: 'observable' } });
    await commit(store, { objects: [{ id: ID, owner: 'fbi' }], versions: [FULL, plain] });
    for (const open of [() => Promise.resolve(store), () => opened.reopen()]) {
      const from = await open();
      const full = await readHeld(from);
      assert.deepEqual(full?.versions, [FULL]);
      assert.equal(full.owner, 'fbi');
      assert.equal(full.recall, undefined);
      const copy = await readHeld(from, plain.id);
      assert.deepEqual(copy?.versions, [plain]);
      assert.deepEqual([copy.id, copy.owner, copy.states.size], [plain.id, undefined, 0]);
    }
  });

  test('obligation 8: the changeable members of a version are written again under its handle', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [one, other] = [nextCollectionId(), nextCollectionId()];
    await commit(store, { versions: [FULL] });
    const steps: readonly HeldVersion[] = [
      { ...FULL, toIntake: false, postedTo: [one, other] },
      { ...FULL, deletedFrom: [other] },
      { ...FULL, verdict: { kind: 'refused', by: 'ann', at: 1_234_567, reason: 'Not "now" – später' } },
      { ...FULL, verdict: { kind: 'released', by: 'ann', at: 1_234_568 } },
      FULL,
    ];
    for (const changed of steps) {
      await commit(store, { versions: [changed] });
      assert.deepEqual((await readHeld(store))?.versions, [changed]);
    }
  });

  test('obligation 5: versions come ascending by version key, then by rank', async (t) => {
    const { store } = await openForTest(t, openStore);
    const copy = (handle: number, version: string, rank: number) =>
      toHeldVersion({ id: ID, handle, version, rank, sender: `org-${handle}` });
    await commit(store, {
      versions: [
        copy(1, '2018-08-22T00:00:00Z', 5),
        copy(2, '2018-08-21T00:00:00.5Z', 9),
        copy(3, '2018-08-21T00:00:00.500Z', 7),
        copy(4, '2018-08-21T00:00:00Z', 8),
      ],
    });
    await commit(store, { versions: [copy(5, '2018-08-21T00:00:00.50Z', 8)] });
    assert.deepEqual(toHandles(await readHeld(store)), [4, 3, 5, 2, 1]);
  });

  test('obligation 4: owner and recall are written as a whole', async (t) => {
    const { store } = await openForTest(t, openStore);
    const recall = { by: 'ann', at: 1_600_000_000_000_001, reason: 'It was "wrong".\nReally: ж' };
    await commit(store, { versions: [FULL], objects: [{ id: ID, owner: 'fbi' }] });
    const steps = [
      { id: ID, owner: 'hub', recall },
      { id: ID, owner: 'nass' },
      { id: ID, recall },
      { id: ID },
    ];
    for (const record of steps) {
      await commit(store, { objects: [record] });
      const object = await readHeld(store);
      assert.deepEqual([object?.owner, object?.recall], [record.owner, record.recall]);
      assert.deepEqual(toHandles(object), [FULL.handle]);
    }
  });

  test('obligation 4: a dropped copy is gone with its decisions, and the last one takes the object along', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const copies = [1, 2].map((handle) =>
      toHeldVersion({
        id: ID,
        handle,
        sender: `org-${handle}`,
        facts: { kind: 'observable', refs: [MARKING] },
      }),
    );
    const other = toHeldVersion({ id: toStixId('tool', 3), handle: 3 });
    await commit(store, {
      versions: [...copies, other],
      decisions: [
        { handle: 3, collection, state: 'waiting', due: 6 },
        { handle: 1, collection, state: 'waiting', due: 5 },
        { handle: 2, collection, state: 'eligible' },
      ],
    });
    await commit(store, { dropVersions: [1] });
    const object = await readHeld(store);
    assert.deepEqual(toHandles(object), [2]);
    assert.deepEqual(toStateList(object), [`2 ${collection} eligible`]);
    await store.view(async (section) => {
      assert.deepEqual(await section.idsOf('org-1'), []);
      assert.deepEqual(await section.dueObjects(10, 1), [other.id]);
      assert.deepEqual(await section.namersOf([MARKING], ['reference'], ['waiting']), []);
      assert.deepEqual(await section.namersOf([MARKING], ['reference'], 'any'), [ID]);
    });
    await commit(store, { dropVersions: [2] });
    assert.equal(await readHeld(store), undefined);
    assert.deepEqual(await store.view((section) => section.heldIds('', 10)), [other.id]);
    assert.deepEqual(await store.view((section) => section.namersOf([MARKING], ['reference'], 'any')), []);
  });

  test('obligation 4: decisions are kept by version and collection until they are decided anew', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [here, there] = [nextCollectionId(), nextCollectionId()];
    const versions = [1, 2].map((handle) =>
      toHeldVersion({ id: ID, handle, version: `201${handle}-01-01T00:00:00Z` }),
    );
    await commit(store, {
      versions,
      decisions: [
        { handle: 1, collection: here, state: 'shown' },
        { handle: 1, collection: there, state: 'lost' },
        { handle: 2, collection: here, state: 'waiting' },
      ],
    });
    assert.deepEqual(toStateList(await readHeld(store)), [
      `1 ${here} shown`,
      `1 ${there} lost`,
      `2 ${here} waiting`,
    ]);
    await commit(store, {
      decisions: [
        { handle: 1, collection: here },
        { handle: 2, collection: here, state: 'blocked' },
        { handle: 2, collection: there, state: 'eligible' },
      ],
    });
    assert.deepEqual(toStateList(await readHeld(store)), [
      `1 ${there} lost`,
      `2 ${here} blocked`,
      `2 ${there} eligible`,
    ]);
    await commit(store, { versions: versions.map((one) => ({ ...one, toIntake: false })) });
    assert.equal(toStateList(await readHeld(store)).length, 3);
  });

  test('obligation 5: ids never held are missing from the answer, however many are asked for', async (t) => {
    const { store } = await openForTest(t, openStore);
    await commit(store, { versions: [FULL], objects: [{ id: ID, owner: 'fbi' }] });
    const many = Array.from({ length: 40_000 }, (_, place) => toStixId('url', place));
    const collection = nextCollectionId();
    await store.view(async (section) => {
      assert.equal((await section.heldObjects([])).size, 0);
      assert.deepEqual([...(await section.heldObjects([...many, ID])).keys()], [ID]);
      assert.equal((await section.shownIds(collection, many)).size, 0);
      assert.deepEqual(await section.namersOf([...many, MARKING], ['marking'], 'any'), [ID]);
    });
  });
}
