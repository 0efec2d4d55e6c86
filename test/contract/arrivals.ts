import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../server/storage/port.ts';
import { toArrival } from './feed-samples.ts';
import { hasCode, openForTest, openSecondForTest, type OpenStore } from './open-store.ts';

const ONE = toArrival(1);
const LATER = toArrival(1, '2018-08-22T00:00:00.');
const TWO = toArrival(2);

/** The name of the moment at which a store stands: another one with each commit. */
async function readMark(store: Store): Promise<string> {
  const source = await store.openExport();
  await source.close();
  return source.mark;
}

/** What partners have shown us. */
export function describeArrivals(openStore: OpenStore): void {
  test('obligation 16: an arrival is known for the organisation that showed it, by id and version, also after a restart', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    assert.deepEqual(await store.findArrivals(['nass'], [ONE, TWO]), [false, false]);
    await store.saveArrivals('nass', [ONE]);
    await store.saveArrivals('fbi', [LATER, TWO]);
    const asked = [TWO, ONE, LATER, ONE, toArrival(3)];
    assert.deepEqual(await store.findArrivals(['nass'], asked), [false, true, false, true, false]);
    assert.deepEqual(await store.findArrivals(['fbi'], asked), [true, false, true, false, false]);
    assert.deepEqual(await store.findArrivals(['dhs'], asked), [false, false, false, false, false]);
    const reopened = await opened.reopen();
    assert.deepEqual(await reopened.findArrivals(['dhs', 'nass', 'fbi'], asked), [
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('obligation 16: nobody, and nothing, is asked for in vain', async (t) => {
    const { store } = await openForTest(t, openStore);
    await store.saveArrivals('nass', []);
    await store.saveArrivals('nass', [ONE]);
    assert.deepEqual(await store.findArrivals([], [ONE, TWO]), [false, false]);
    assert.deepEqual(await store.findArrivals(['nass'], []), []);
  });

  test('obligation 16: what is known already is not written again, in one call either', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await under.store.saveArrivals('nass', [ONE, TWO, ONE]);
    const mark = await readMark(under.store);
    await second.saveArrivals('nass', [TWO, ONE]);
    await under.store.saveArrivals('nass', [ONE]);
    assert.equal(await readMark(second), mark);
    await second.saveArrivals('nass', [ONE, LATER]);
    const source = await second.openExport();
    assert.notEqual(source.mark, mark);
    const arrivals: unknown[] = [];
    for await (const { records } of source.batches()) {
      arrivals.push(...records.filter(({ kind }) => kind === 'arrival'));
    }
    await source.close();
    assert.deepEqual(
      arrivals,
      [ONE, LATER, TWO].map((value) => ({ kind: 'arrival', org: 'nass', value })),
    );
  });

  test('obligation 16: saving what is known already waits for nobody who writes', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under, { writeWaitMs: 60 });
    await second.saveArrivals('nass', [ONE, TWO]);
    const gate = under.createGate();
    const holding = under.store.write(async () => {
      await gate.pass();
      return { result: 'held' };
    });
    await gate.reached;
    await second.saveArrivals('nass', [TWO, ONE]);
    await assert.rejects(second.saveArrivals('nass', [ONE, LATER]), hasCode('storage.unavailable'));
    gate.open();
    await holding;
    await second.saveArrivals('nass', [ONE, LATER]);
    assert.deepEqual(await under.store.findArrivals(['nass'], [LATER]), [true]);
  });

  test('obligation 16: stores that save the same at once, and many at a time, keep each of them once', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const all = Array.from({ length: 2500 }, (_, number) => toArrival(number));
    await Promise.all([
      under.store.saveArrivals('nass', all.slice(0, 1700)),
      second.saveArrivals('nass', all.slice(600)),
      second.saveArrivals('fbi', all.slice(0, 10)),
      under.store.saveArrivals('nass', all.slice(900, 1300)),
    ]);
    for (const store of [under.store, second]) {
      const found = await store.findArrivals(['fbi', 'nass'], [...all, toArrival(9999)]);
      assert.equal(found.length, 2501);
      assert.deepEqual([...new Set(found.slice(0, 2500))], [true]);
      assert.equal(found[2500], false);
    }
    const source = await second.openExport();
    await source.close();
    // Besides two records that every store has, and those of the two organisations.
    assert.equal(source.total, 2 + 2500 + 10);
  });
}
