import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease } from '../../server/storage/port.ts';
import { openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const FIRST: Lease = { holder: 'one', fence: 1, beat: 0 };
const RENEWED: Lease = { ...FIRST, beat: 1 };
const TAKEN: Lease = { holder: 'two', fence: 2, beat: 0 };

/** Who does what only one may do. */
export function describeLeases(openStore: OpenStore): void {
  test('obligation 13: a lease is absent until it is taken, and then what it was swapped to, also after a restart', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    assert.equal(await store.readLease('chores'), undefined);
    assert.equal(await store.swapLease('chores', undefined, FIRST), true);
    assert.deepEqual(await store.readLease('chores'), FIRST);
    assert.equal(await store.swapLease('chores', FIRST, RENEWED), true);
    const reopened = await opened.reopen();
    assert.deepEqual(await reopened.readLease('chores'), RENEWED);
  });

  test('obligation 13: a swap by whoever does not know the lease as it is changes nothing', async (t) => {
    const { store } = await openForTest(t, openStore);
    assert.equal(await store.swapLease('chores', FIRST, RENEWED), false);
    assert.equal(await store.readLease('chores'), undefined);
    await store.swapLease('chores', undefined, RENEWED);
    const wrong: readonly (Lease | undefined)[] = [
      undefined,
      FIRST,
      { ...RENEWED, holder: 'two' },
      { ...RENEWED, fence: 2 },
      { ...RENEWED, beat: 2 },
    ];
    for (const expected of wrong) {
      assert.equal(await store.swapLease('chores', expected, TAKEN), false, JSON.stringify(expected));
      assert.deepEqual(await store.readLease('chores'), RENEWED);
    }
    assert.equal(await store.swapLease('chores', RENEWED, TAKEN), true);
    assert.equal(await store.swapLease('chores', RENEWED, FIRST), false);
    assert.deepEqual(await store.readLease('chores'), TAKEN);
  });

  test('obligation 13: leases of different names have nothing to do with each other', async (t) => {
    const { store } = await openForTest(t, openStore);
    assert.equal(await store.swapLease('chores', undefined, FIRST), true);
    assert.equal(await store.readLease('feeds'), undefined);
    assert.equal(await store.swapLease('feeds', undefined, TAKEN), true);
    assert.deepEqual(await store.readLease('chores'), FIRST);
  });

  test('obligation 13: of several stores that take, renew or take over a lease at once one succeeds', async (t) => {
    const under = await openForTest(t, openStore);
    const stores = [under.store, await openSecondForTest(under), await openSecondForTest(under)];
    let expected: Lease | undefined;
    for (let fence = 1; fence <= 10; fence += 1) {
      const nexts = stores.map((_store, place): Lease => ({ holder: `store ${place}`, fence, beat: 0 }));
      const before = expected;
      // Twice each: a store must not let through two of its own either.
      const swaps = [...stores, ...stores].map((store, place) => {
        const next = nexts[place % stores.length] ?? FIRST;
        return store.swapLease('chores', before, { ...next, beat: place });
      });
      const won = (await Promise.all(swaps)).flatMap((isDone, place) => (isDone ? [place] : []));
      assert.equal(won.length, 1, `round ${fence}: ${JSON.stringify(won)}`);
      const found = await Promise.all(stores.map((store) => store.readLease('chores')));
      for (const lease of found) assert.deepEqual([lease?.fence, lease?.beat], [fence, won[0]]);
      expected = found[0];
    }
  });
}
