import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecisionState } from '../../server/domain/held.ts';
import type { NameRole, Store, WriteSection } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { collect, commit, openForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const TARGET = toStixId('identity', 77);
const OTHER = toStixId('identity', 78);
const ROLES: readonly NameRole[] = ['reference', 'creator', 'marking', 'extension'];
const STATES: readonly DecisionState[] = ['shown', 'eligible', 'waiting', 'blocked', 'lost'];

type Reads = Omit<WriteSection, 'reserveHandles'>;

async function ask<T>(store: Store, question: (section: Reads) => Promise<T>): Promise<T> {
  const seen = await store.view(question);
  const written = await store.write(async (section) => ({ result: await question(section) }));
  assert.deepEqual(written, seen, 'a write and a view answer the same');
  return seen;
}

async function askSorted(
  store: Store,
  question: (section: Reads) => Promise<readonly string[]>,
): Promise<string[]> {
  const answer = await ask(store, question);
  assert.equal(new Set(answer).size, answer.length, 'no id comes twice');
  return answer.toSorted();
}

/** How what is held is found. */
export function describeHeldLookups(openStore: OpenStore): void {
  test('obligation 5: who names an object is found by the role in which it does', async (t) => {
    const { store } = await openForTest(t, openStore);
    const ids = ROLES.map((_, place) => toStixId('campaign', place));
    const [reference = '', creator = '', marking = '', extension = ''] = ids;
    const granular = toStixId('campaign', 10);
    await commit(store, {
      versions: [
        toHeldVersion({ id: reference, handle: 1, facts: { refs: [OTHER, TARGET] } }),
        toHeldVersion({
          id: reference,
          handle: 2,
          version: '2019-01-01T00:00:00Z',
          facts: { refs: [TARGET] },
        }),
        toHeldVersion({ id: creator, handle: 3, facts: { createdBy: TARGET } }),
        toHeldVersion({ id: marking, handle: 4, facts: { markings: [TARGET] } }),
        toHeldVersion({ id: extension, handle: 5, facts: { extensions: [TARGET] } }),
        toHeldVersion({
          id: granular,
          handle: 6,
          facts: { granular: [{ markingRef: TARGET, selectors: ['name'] }, { selectors: ['name'] }] },
        }),
      ],
    });
    const expected: Record<NameRole, readonly string[]> = {
      reference: [reference],
      creator: [creator],
      marking: [marking, granular],
      extension: [extension],
    };
    for (const role of ROLES) {
      const namers = await askSorted(store, (section) => section.namersOf([TARGET], [role], 'any'));
      assert.deepEqual(namers, expected[role].toSorted(), role);
    }
    const all = await askSorted(store, (section) => section.namersOf([OTHER, TARGET], ROLES, 'any'));
    assert.deepEqual(all, [...ids, granular].sort());
    assert.deepEqual(
      await ask(store, (section) => section.namersOf([OTHER], ['creator', 'marking'], 'any')),
      [],
    );
    assert.deepEqual(await ask(store, (section) => section.namersOf([], ROLES, 'any')), []);
    assert.deepEqual(await ask(store, (section) => section.namersOf([TARGET], [], 'any')), []);
  });

  test('obligation 5: who names an object is found by its state in any collection', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [here, there] = [nextCollectionId(), nextCollectionId()];
    const undecided = toHeldVersion({ id: toStixId('tool', 99), handle: 99, facts: { refs: [TARGET] } });
    const versions = STATES.map((_, place) =>
      toHeldVersion({ id: toStixId('tool', place), handle: place + 1, facts: { refs: [TARGET] } }),
    );
    await commit(store, {
      versions: [...versions, undecided],
      decisions: STATES.map((state, place) => ({
        handle: place + 1,
        collection: place % 2 === 0 ? here : there,
        state,
      })),
    });
    for (const [place, state] of STATES.entries()) {
      const namers = await ask(store, (section) => section.namersOf([TARGET], ['reference'], [state]));
      assert.deepEqual(namers, [toStixId('tool', place)], state);
    }
    const two = await askSorted(store, (section) =>
      section.namersOf([TARGET], ['reference'], ['shown', 'lost']),
    );
    assert.deepEqual(two, [toStixId('tool', 0), toStixId('tool', 4)]);
    const shownIn = (collection: typeof here) =>
      ask(store, (section) => section.namersOf([TARGET], ['reference'], ['shown', 'eligible'], collection));
    assert.deepEqual(await shownIn(here), [toStixId('tool', 0)]);
    assert.deepEqual(await shownIn(there), [toStixId('tool', 1)]);
    const any = await askSorted(store, (section) => section.namersOf([TARGET], ['reference'], 'any'));
    assert.deepEqual(any, [...versions, undecided].map((one) => one.id).sort());
    await commit(store, { decisions: [{ handle: 1, collection: here }] });
    assert.deepEqual(await ask(store, (section) => section.namersOf([TARGET], ['reference'], ['shown'])), []);
  });

  test('obligation 5: another version of the same object does not lend its state to the one that names', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const id = toStixId('tool', 1);
    await commit(store, {
      versions: [
        toHeldVersion({ id, handle: 1, facts: { refs: [TARGET] } }),
        toHeldVersion({ id, handle: 2, version: '2020-01-01T00:00:00Z' }),
      ],
      decisions: [
        { handle: 1, collection, state: 'lost' },
        { handle: 2, collection, state: 'shown' },
      ],
    });
    assert.deepEqual(await ask(store, (section) => section.namersOf([TARGET], ['reference'], ['shown'])), []);
    assert.deepEqual(await ask(store, (section) => section.namersOf([TARGET], ['reference'], ['lost'])), [
      id,
    ]);
  });

  test('obligation 5: versions shown in a collection that name an object come in batches, in every role', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [here, there] = [nextCollectionId(), nextCollectionId()];
    const many = Array.from({ length: 1500 }, (_, place) => {
      const facts = place % 2 === 0 ? { refs: [TARGET] } : { createdBy: TARGET };
      return toHeldVersion({ id: toStixId('tool', place), handle: place + 1, facts });
    });
    const publish = many.map(({ id }) => toPublication({ collection: here, id }));
    const elsewhere = toHeldVersion({
      id: toStixId('tool', 5000),
      handle: 5000,
      facts: { markings: [TARGET] },
    });
    const waiting = toHeldVersion({
      id: toStixId('tool', 5001),
      handle: 5001,
      facts: { extensions: [TARGET] },
    });
    const silent = toHeldVersion({ id: toStixId('tool', 5002), handle: 5002, facts: { refs: [OTHER] } });
    await commit(store, {
      versions: [...many, elsewhere, waiting, silent],
      decisions: [
        ...many.map(({ handle }) => ({ handle, collection: here, state: 'shown' as const })),
        { handle: 5000, collection: there, state: 'shown' },
        { handle: 5001, collection: here, state: 'waiting' },
        { handle: 5002, collection: here, state: 'shown' },
      ],
      publish: [
        ...publish,
        toPublication({ collection: there, id: elsewhere.id }),
        toPublication({ collection: here, id: silent.id }),
      ],
    });
    const namers = await ask(store, async (section) => collect(section.shownNamers(here, TARGET)));
    const found = namers.toSorted((one, other) => one.handle - other.handle);
    assert.deepEqual(
      found.map(({ handle, id }) => ({ handle, id })),
      many.map(({ handle, id }) => ({ handle, id })),
    );
    const [only] = await ask(store, async (section) => collect(section.shownNamers(there, TARGET)));
    assert.equal(only?.handle, 5000);
    assert.deepEqual(await ask(store, async (section) => collect(section.shownNamers(there, OTHER))), []);
  });

  test('obligation 5: the ids of an owner are those it owns and those of which it sent a version', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [owned, sent, both, other] = [1, 2, 3, 4].map((place) => toStixId('tool', place));
    assert.ok(owned && sent && both && other);
    await commit(store, {
      objects: [
        { id: owned, owner: 'nass' },
        { id: sent, owner: 'fbi' },
        { id: both, owner: 'nass' },
        { id: other, owner: 'hub' },
      ],
      versions: [
        toHeldVersion({ id: owned, handle: 1, sender: 'fbi' }),
        toHeldVersion({ id: sent, handle: 2, sender: 'nass' }),
        toHeldVersion({ id: both, handle: 3, sender: 'nass' }),
        toHeldVersion({ id: both, handle: 4, sender: 'nass', version: '2020-01-01T00:00:00Z' }),
        toHeldVersion({ id: other, handle: 5, sender: 'hub' }),
      ],
    });
    assert.deepEqual(await askSorted(store, (section) => section.idsOf('nass')), [owned, sent, both]);
    assert.deepEqual(await askSorted(store, (section) => section.idsOf('fbi')), [owned, sent]);
    assert.deepEqual(await askSorted(store, (section) => section.idsOf('hub')), [other]);
    assert.deepEqual(await askSorted(store, (section) => section.idsOf('dhs')), []);
  });

  test('obligation 5: decisions fall due at their moment, once for each object, until they are decided anew', async (t) => {
    const { store } = await openForTest(t, openStore);
    const [here, there] = [nextCollectionId(), nextCollectionId()];
    const ids = [1, 2, 3].map((place) => toStixId('tool', place));
    await commit(store, {
      versions: ids.map((id, place) => toHeldVersion({ id, handle: place + 1 })),
      decisions: [
        { handle: 1, collection: here, state: 'waiting', due: 100 },
        { handle: 1, collection: there, state: 'waiting', due: 90 },
        { handle: 2, collection: here, state: 'waiting', due: 200 },
        { handle: 3, collection: here, state: 'shown' },
      ],
    });
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(89, 10)), []);
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(90, 10)), ids.slice(0, 1));
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(199, 10)), ids.slice(0, 1));
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(200, 10)), ids.slice(0, 2));
    assert.equal((await askSorted(store, (section) => section.dueObjects(200, 1))).length, 1);
    await commit(store, {
      decisions: [
        { handle: 1, collection: here, state: 'shown' },
        { handle: 1, collection: there },
        { handle: 2, collection: here, state: 'waiting', due: 300 },
      ],
    });
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(299, 10)), []);
    assert.deepEqual(await askSorted(store, (section) => section.dueObjects(300, 10)), ids.slice(1, 2));
  });

  test('obligation 5: all held ids come page by page, ascending, each once', async (t) => {
    const { store } = await openForTest(t, openStore);
    const ids = ['tool', 'campaign', 'url', 'attack-pattern', 'x-a'].map((type) => toStixId(type, 1)).sort();
    await commit(store, {
      versions: ids.flatMap((id, place) => [
        toHeldVersion({ id, handle: place + 1 }),
        toHeldVersion({ id, handle: place + 50, version: '2020-01-01T00:00:00Z' }),
      ]),
    });
    const pages: (readonly string[])[] = [];
    let page = await ask(store, (section) => section.heldIds('', 2));
    while (page.length > 0) {
      pages.push(page);
      const after = page.at(-1) ?? '';
      page = await ask(store, (section) => section.heldIds(after, 2));
    }
    assert.deepEqual(pages, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });
}
