import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEW_STATE } from '../../server/domain/feed.ts';
import type { Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { toArrival, toPullFeed } from './feed-samples.ts';
import { commit, hasCode, letOthersRun, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const COLLECTION = nextCollectionId();
const FEED = toPullFeed(1).id;

/** One call of each kind. */
const CALLS: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ['ping', (store) => store.ping()],
  ['write', (store) => store.write(() => Promise.resolve({ result: 1 }))],
  ['commit', (store) => commit(store, { publish: [toPublication({ collection: COLLECTION })] })],
  ['view', (store) => store.view((section) => section.heldIds('', 1))],
  ['readObjects', (store) => store.readObjects(COLLECTION, { ...DEFAULT_POLL, after: 0, limit: 1 })],
  ['readManifest', (store) => store.readManifest(COLLECTION, { ...DEFAULT_POLL, after: 0, limit: 1 })],
  ['hasObject', (store) => store.hasObject(COLLECTION, toStixId('tool', 1))],
  ['hasVersion', (store) => store.hasVersion(COLLECTION, toStixId('tool', 1), ['2018-01-01T00:00:00.'])],
  ['generation', (store) => store.generation(COLLECTION)],
  ['lastTick', (store) => store.lastTick(COLLECTION)],
  ['countEntries', (store) => store.countEntries(COLLECTION)],
  ['readEntries', (store) => store.readEntries(COLLECTION, 0, 1)],
  ['addFeed', (store) => store.addFeed(toPullFeed(1))],
  ['listFeeds', (store) => store.listFeeds()],
  ['findFeed', (store) => store.findFeed('feed-1')],
  ['pauseFeed', (store) => store.pauseFeed(FEED)],
  ['resumeFeed', (store) => store.resumeFeed(FEED)],
  ['saveFeedProgress', (store) => store.saveFeedProgress(FEED, { fence: 1, state: NEW_STATE }, [])],
  ['readFeedProgress', (store) => store.readFeedProgress(FEED)],
  ['listFeedRejects', (store) => store.listFeedRejects(FEED, 1, 1)],
  ['countFeedRejects', (store) => store.countFeedRejects(FEED)],
  ['trimFeedRejects', (store) => store.trimFeedRejects(FEED, 0, 0)],
  ['removeFeed', (store) => store.removeFeed(FEED)],
  ['saveArrivals', (store) => store.saveArrivals('dhs', [toArrival(1)])],
  ['findArrivals', (store) => store.findArrivals(['dhs'], [toArrival(1)])],
  ['openIntents', (store) => store.openIntents(1)],
  ['findIntent', (store) => store.findIntent('x')],
  ['findSubmission', (store) => store.findSubmission('x')],
  ['saveOutcomes', (store) => store.saveOutcomes('x', 'open', [])],
  ['findUser', (store) => store.findUser('ann')],
  ['listUsers', (store) => store.listUsers()],
  ['disableUser', (store) => store.disableUser('ann')],
  ['findTokenByHash', (store) => store.findTokenByHash('ab')],
  ['directoryGeneration', (store) => store.directoryGeneration()],
  ['readPolicies', (store) => store.readPolicies()],
  ['savePolicies', (store) => store.savePolicies([])],
];

/** Opened, busy, closed. */
export function describeLifeCycle(openStore: OpenStore): void {
  test('obligation 11: every call after close is storage.unavailable', async (t) => {
    const { store } = await openForTest(t, openStore);
    for (const [name, call] of CALLS) await assert.doesNotReject(call(store), name);
    await store.close();
    for (const [name, call] of CALLS)
      await assert.rejects(async () => call(store), hasCode('storage.unavailable'), name);
  });

  test('obligation 11: a write whose lock is not free in time is storage.unavailable, and reads go on', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under, { writeWaitMs: 60 });
    const gate = under.createGate();
    const holding = under.store.write(async () => {
      await gate.pass();
      return { result: 'held', changes: { publish: [toPublication({ collection: COLLECTION })] } };
    });
    await gate.reached;
    let hasRun = false;
    const late = second.write(() => {
      hasRun = true;
      return Promise.resolve({ result: 'late' });
    });
    const answer = assert.rejects(late, hasCode('storage.unavailable'));
    assert.equal(await second.countEntries(COLLECTION), 0);
    await second.ping();
    await answer;
    assert.equal(hasRun, false);
    gate.open();
    assert.equal(await holding, 'held');
    await commit(second, { publish: [toPublication({ collection: COLLECTION, id: toStixId('tool', 2) })] });
    assert.equal(await under.store.countEntries(COLLECTION), 2);
  });

  test('obligation 11: a directory change that finds the database busy is storage.unavailable', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under, { writeWaitMs: 60 });
    const gate = under.createGate();
    const holding = under.store.write(async () => {
      await gate.pass();
      return { result: 'held', changes: { publish: [toPublication({ collection: COLLECTION })] } };
    });
    await gate.reached;
    const organisation = { id: 'nass', name: 'NASS', audience: 'state', hub: false } as const;
    await assert.rejects(second.addOrganisation(organisation), hasCode('storage.unavailable'));
    gate.open();
    await holding;
    assert.equal(await second.addOrganisation(organisation), true);
  });

  test('obligation 11: one write more than may wait is server.busy, and those that wait are done', async (t) => {
    const { store, createGate } = await openForTest(t, openStore, { maxPendingWrites: 3 });
    const gate = createGate();
    const holding = store.write(async () => {
      await gate.pass();
      return { result: 0 };
    });
    await gate.reached;
    const writes = [1, 2, 3, 4].map((result) => store.write(() => Promise.resolve({ result })));
    const answers = Promise.allSettled(writes);
    gate.open();
    assert.equal(await holding, 0);
    const settled = await answers;
    const done = settled.map((one) =>
      one.status === 'fulfilled' ? one.value : hasCode('server.busy')(one.reason),
    );
    assert.deepEqual(done, [1, 2, 3, true]);
    assert.equal(await store.write(() => Promise.resolve({ result: 5 })), 5);
  });

  test('obligation 12: close may be called twice, one after the other and at once', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await store.ping();
    await store.close();
    await store.close();
    const reopened = await opened.reopen();
    await reopened.ping();
    await Promise.all([reopened.close(), reopened.close()]);
    await assert.rejects(async () => reopened.ping(), hasCode('storage.unavailable'));
  });

  test('obligation 12: a write that is under way when the store closes is done, or refused and leaves nothing', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const publish = [toPublication({ collection: COLLECTION })];
    const writes = [1, 2].map(() =>
      store.write(async () => {
        await letOthersRun();
        return { result: true, changes: { publish } };
      }),
    );
    const answers = Promise.allSettled(writes);
    await letOthersRun();
    await store.close();
    const settled = await answers;
    for (const one of settled) {
      if (one.status === 'rejected')
        assert.ok(hasCode('storage.unavailable')(one.reason), String(one.reason));
    }
    const isAnswered = settled.some((one) => one.status === 'fulfilled');
    const reopened = await opened.reopen();
    assert.equal(await reopened.countEntries(COLLECTION), isAnswered ? 1 : 0);
  });

  test('obligation 12: a store closes while as many writes wait as may, and does or refuses each', async (t) => {
    const { opened, store, createGate } = await openForTest(t, openStore, { maxPendingWrites: 2 });
    const gate = createGate();
    const writes = [1, 2, 3].map((number) =>
      store.write(async () => {
        await gate.pass();
        const publish = [toPublication({ collection: COLLECTION, id: toStixId('tool', number) })];
        return { result: true, changes: { publish } };
      }),
    );
    const answers = Promise.allSettled(writes);
    const closing = store.close();
    gate.open();
    await closing;
    const done = (await answers).filter((one) => one.status === 'fulfilled').length;
    await assert.rejects(store.ping(), hasCode('storage.unavailable'));
    await assert.rejects(store.countEntries(COLLECTION), hasCode('storage.unavailable'));
    const reopened = await opened.reopen();
    assert.equal(await reopened.countEntries(COLLECTION), done);
  });

  test('obligation 12: closing one store leaves the other one at work', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await commit(second, { publish: [toPublication({ collection: COLLECTION })] });
    await second.close();
    await under.store.ping();
    await commit(under.store, {
      publish: [toPublication({ collection: COLLECTION, id: toStixId('tool', 2) })],
    });
    assert.equal(await under.store.countEntries(COLLECTION), 2);
  });
}
