import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { FeedReject, ListedReject } from '../../server/domain/feed.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { toArrival, toPullFeed, toPushFeed, toReject, toState } from './feed-samples.ts';
import { openForTest, openSecondForTest, type OpenStore } from './open-store.ts';
import { readRecords } from './transfer-content.ts';

const FEED = toPullFeed(1);
const NOBODY = toPullFeed(99).id;
/** An original that takes more room as JSON than a document of MongoDB has. */
const LONG = `{"x":"${'\\"'.repeat(4_500_000)}"}`;

/** More bytes than all originals of a test have. */
const ALL = 1_000_000_000;

/** The rejects of a feed as the store has to list them. */
function inOrder(rejects: Iterable<FeedReject>): readonly FeedReject[] {
  return [...rejects].sort((one, other) => other.at - one.at || (one.key < other.key ? 1 : -1));
}

/** The newest ones, as long as their originals come to at most so many bytes. */
function within(rejects: readonly FeedReject[], maxBytes: number): readonly FeedReject[] {
  let sum = 0;
  const end = rejects.findIndex(({ original }) => (sum += Buffer.byteLength(original ?? '')) > maxBytes);
  return end < 0 ? rejects : rejects.slice(0, end);
}

/** A list of rejects with at most so many bytes of originals. */
function inList(rejects: readonly FeedReject[], maxBytes = Infinity): readonly ListedReject[] {
  const given = within(rejects, maxBytes).length;
  return rejects.map(({ original, ...rest }, place) => {
    if (original === undefined) return rest;
    const originalBytes = Buffer.byteLength(original);
    return { ...rest, originalBytes, ...(place < given ? { original } : {}) };
  });
}

/** Feeds, how far they are, and what they rejected. */
export function describeFeeds(openStore: OpenStore): void {
  test('obligation 15: a feed is kept as it was added, is found by its name and listed by names, also after a restart', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    assert.deepEqual(await store.listFeeds(), []);
    assert.equal(await store.findFeed(FEED.name), undefined);
    const feeds = [toPushFeed(3, { name: 'b' }), toPullFeed(2, { name: 'c' }), toPullFeed(4, { name: 'B' })];
    for (const feed of feeds) assert.equal(await store.addFeed(feed), true);
    const [push, pull, upper] = feeds;
    assert.deepEqual(await store.listFeeds(), [upper, push, pull]);
    assert.deepEqual(await store.findFeed('b'), push);
    assert.equal(await store.findFeed(pull?.id ?? ''), undefined);
    assert.equal(await store.addFeed(toPullFeed(5, { name: 'b' })), false);
    assert.equal(await store.addFeed(toPullFeed(2, { name: 'd' })), false);
    const reopened = await opened.reopen();
    assert.deepEqual(await reopened.listFeeds(), [upper, push, pull]);
  });

  test('obligation 15: pausing and resuming change nothing else, and say whether there is such a feed', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const { store } = under;
    await store.addFeed(FEED);
    await store.addFeed(toPushFeed(2));
    for (let turn = 0; turn < 2; turn += 1) assert.equal(await store.pauseFeed(FEED.id), true);
    assert.deepEqual(await second.listFeeds(), [{ ...FEED, paused: true }, toPushFeed(2)]);
    assert.equal(await second.resumeFeed(FEED.id), true);
    assert.deepEqual(await store.findFeed(FEED.name), FEED);
    assert.equal(await store.pauseFeed(NOBODY), false);
    assert.equal(await store.resumeFeed(FEED.name), false);
  });

  test('obligation 15: a state is saved by the same fence or a higher one, and by no lower one, with its rejects or not at all', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await store.addFeed(FEED);
    assert.equal(await store.readFeedProgress(FEED.id), undefined);
    const save = (fence: number, number: number): Promise<boolean> =>
      store.saveFeedProgress(FEED.id, { fence, state: toState(number) }, [toReject(number)]);
    assert.equal(await save(5, 1), true);
    assert.equal(await save(5, 2), true);
    assert.equal(await save(4, 3), false);
    assert.deepEqual(await store.readFeedProgress(FEED.id), { fence: 5, state: toState(2) });
    assert.equal(await store.countFeedRejects(FEED.id), 2);
    assert.equal(await save(7, 4), true);
    assert.equal(await save(6, 5), false);
    assert.equal(await save(5, 6), false);
    const reopened = await opened.reopen();
    assert.deepEqual(await reopened.readFeedProgress(FEED.id), { fence: 7, state: toState(4) });
    assert.deepEqual(
      await reopened.listFeedRejects(FEED.id, 10, ALL),
      inOrder([1, 2, 4].map((number) => toReject(number))),
    );
  });

  test('obligation 15: nothing is saved for a feed that never was, or is gone', async (t) => {
    const { store } = await openForTest(t, openStore);
    const progress = { fence: 1, state: toState(1) };
    assert.equal(await store.saveFeedProgress(FEED.id, progress, [toReject(1)]), false);
    await store.addFeed(FEED);
    assert.equal(await store.readFeedProgress(FEED.id), undefined);
    assert.equal(await store.countFeedRejects(FEED.id), 0);
  });

  test('obligation 15: of two stores that race with two fences the lower one never has the last word', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await under.store.addFeed(FEED);
    for (let round = 1; round <= 8; round += 1) {
      const [low, high] = [2 * round, 2 * round + 1];
      const save = (store: typeof second, fence: number): Promise<boolean> =>
        store.saveFeedProgress(FEED.id, { fence, state: toState(fence) }, [toReject(fence)]);
      // Each does several pages; whichever begins may be first.
      const pages = (store: typeof second, fence: number): readonly Promise<boolean>[] =>
        [1, 2, 3].map(() => save(store, fence));
      const late = (): readonly Promise<boolean>[] => pages(under.store, low);
      const early = (): readonly Promise<boolean>[] => pages(second, high);
      const order = round % 2 === 0 ? [late, early] : [early, late];
      const saves = order.map((begin) => begin());
      const highs = saves[round % 2 === 0 ? 1 : 0] ?? [];
      await Promise.all(saves.flat());
      assert.deepEqual(await Promise.all(highs), [true, true, true]);
      assert.equal(await save(under.store, low), false);
      const expected = { fence: high, state: toState(high) };
      for (const store of [under.store, second]) {
        assert.deepEqual(await store.readFeedProgress(FEED.id), expected);
      }
    }
  });

  test('obligation 15: a save that races with a removal leaves nothing behind it', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    for (let round = 0; round < 6; round += 1) {
      await under.store.addFeed(FEED);
      const save = () => second.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, [toReject(1)]);
      const remove = () => under.store.removeFeed(FEED.id);
      await Promise.all(round % 2 === 0 ? [save(), remove(), save()] : [remove(), save(), save()]);
      assert.equal(await save(), false);
      for (const store of [under.store, second]) {
        assert.equal(await store.readFeedProgress(FEED.id), undefined);
        assert.equal(await store.countFeedRejects(FEED.id), 0);
      }
    }
  });

  test('obligation 15: a removed feed leaves no state and no rejects, and other feeds keep theirs', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const other = toPushFeed(2);
    for (const feed of [FEED, other]) {
      await store.addFeed(feed);
      const rejects = [toReject(1), toReject(2, { original: LONG })];
      assert.equal(await store.saveFeedProgress(feed.id, { fence: 3, state: toState(1) }, rejects), true);
    }
    assert.equal(await store.removeFeed(FEED.id), true);
    assert.equal(await store.removeFeed(FEED.id), false);
    assert.deepEqual(await store.listFeeds(), [other]);
    assert.equal(await store.readFeedProgress(FEED.id), undefined);
    assert.equal(await store.countFeedRejects(FEED.id), 0);
    assert.deepEqual(await store.readFeedProgress(other.id), { fence: 3, state: toState(1) });
    assert.equal(await store.countFeedRejects(other.id), 2);
    // Its name is free, and who comes next begins anew: with any fence.
    assert.equal(await store.addFeed(toPullFeed(5, { name: FEED.name })), true);
    assert.equal(await store.addFeed({ ...FEED, name: 'again' }), true);
    assert.equal(await store.saveFeedProgress(FEED.id, { fence: 1, state: toState(2) }, []), true);
    const reopened = await opened.reopen();
    assert.deepEqual(await reopened.listFeedRejects(FEED.id, 10, ALL), []);
  });

  test('obligation 15: a reject takes the place of one with its key, also in one call or when both are long, and comes back byte for byte', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await store.addFeed(FEED);
    const save = (rejects: readonly FeedReject[]): Promise<boolean> =>
      store.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, rejects);
    const odd = toReject(1, {
      id: '\ud800',
      version: 'a\u0000b',
      original: ' {"a" : 1.0, "ж": "\\u00e9"}\r\n',
    });
    await save([odd, toReject(2)]);
    const list = (from: typeof store) => from.listFeedRejects(FEED.id, 10, ALL);
    assert.deepEqual(await list(store), inList(inOrder([odd, toReject(2)])));
    const long = toReject(2, { original: LONG });
    await save([{ ...odd, reason: 'first' }, long, { ...odd, reason: 'second', at: odd.at + 1 }]);
    const second = { ...odd, reason: 'second', at: odd.at + 1 };
    assert.deepEqual(await list(store), inList([second, long]));
    const other = { ...long, original: 'ж'.repeat(5_000_000) };
    await save([other]);
    const reopened = await opened.reopen();
    assert.deepEqual(await list(reopened), inList([second, other]));
    const exported = (await readRecords(reopened)).filter((record) => record.kind === 'feed-reject');
    assert.deepEqual(inOrder(exported.map(({ value }) => value)), [second, other]);
  });

  test('obligation 15: a list has originals up to the bound, and of the others how long they are and all else', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await store.addFeed(FEED);
    const odd = { id: '\ud800', version: 'a\u0000b', reason: 'ж "\\' } as const;
    const rejects = [
      toReject(1, { at: 9, original: 'жж' }),
      toReject(2, { at: 8 }),
      toReject(3, { at: 7, original: LONG, ...odd }),
      toReject(4, { at: 6, original: 'x', ...odd }),
      toReject(5, { at: 5, original: '' }),
      // Only a backup of somebody's making has so long a name.
      toReject(6, { at: 4, original: 'y', id: '\u0000'.repeat(100_000) }),
    ];
    await store.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, rejects);
    const reopened = await opened.reopen();
    for (const bytes of [0, 3, 4, 4 + LONG.length - 1, 4 + LONG.length, 5 + LONG.length, ALL]) {
      const listed = await reopened.listFeedRejects(FEED.id, 10, bytes);
      assert.deepEqual(listed, inList(rejects, bytes), `${bytes} bytes`);
    }
  });

  test('obligation 15: trimming keeps the newest rejects up to the bytes of their originals', async (t) => {
    const { store } = await openForTest(t, openStore);
    await store.addFeed(FEED);
    const rejects = [
      toReject(1, { at: 9 }),
      toReject(2, { at: 8, original: 'жж' }),
      toReject(3, { at: 7, original: LONG }),
      toReject(4, { at: 6, original: 'x' }),
      toReject(5, { at: 5 }),
    ];
    for (const [bytes, count] of [
      [5 + LONG.length, 5],
      [4 + LONG.length, 3],
      [3 + LONG.length, 2],
      [4, 2],
      [3, 1],
      [0, 1],
    ] as const) {
      await store.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, rejects);
      await store.trimFeedRejects(FEED.id, 10, bytes);
      const kept = inList(rejects.slice(0, count), 0);
      assert.deepEqual(await store.listFeedRejects(FEED.id, 10, 0), kept, `${bytes} bytes`);
    }
    // Nothing is left of what went.
    await store.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, [toReject(3, { original: 'z' })]);
    assert.equal((await store.listFeedRejects(FEED.id, 1, ALL))[0]?.original, 'z');
  });

  test('obligation 15: random rejects are listed, counted and trimmed as a list in memory is', async (t) => {
    const { store } = await openForTest(t, openStore);
    const feeds = [FEED, toPushFeed(2)];
    const stepArb = fc.record({
      feed: fc.constantFrom(...feeds.map(({ id }) => id)),
      rejects: fc.array(
        fc.record({
          number: fc.nat(12),
          at: fc.constantFrom(0, 1, 9, 10, 2 ** 53 - 2),
          original: fc.constantFrom(undefined, '', 'жж', 'x'.repeat(9), '"\ud800', 'y'.repeat(70_000)),
        }),
        { maxLength: 5 },
      ),
      limit: fc.nat(6),
      keep: fc.option(fc.nat(8), { nil: undefined }),
      bytes: fc.constantFrom(0, 4, 9, 13, 30, 70_000, 70_013, 1_000_000),
    });
    const check = async (steps: readonly (typeof stepArb extends fc.Arbitrary<infer T> ? T : never)[]) => {
      for (const feed of feeds) {
        await store.removeFeed(feed.id);
        await store.addFeed(feed);
      }
      const lists = new Map(feeds.map(({ id }) => [id, new Map<string, FeedReject>()]));
      for (const { feed, rejects, limit, keep, bytes } of steps) {
        const list = lists.get(feed) ?? new Map<string, FeedReject>();
        const made = rejects.map(({ number, at, original }) =>
          toReject(number, { at, ...(original === undefined ? {} : { original }) }),
        );
        await store.saveFeedProgress(feed, { fence: 1, state: toState(1) }, made);
        for (const reject of made) list.set(reject.key, reject);
        if (keep !== undefined) {
          await store.trimFeedRejects(feed, keep, bytes);
          const sorted = inOrder(list.values());
          const kept = within(sorted.slice(0, keep), bytes).length;
          for (const { key } of sorted.slice(kept)) list.delete(key);
        }
        for (const [id, all] of lists) {
          const sorted = inOrder(all.values());
          assert.deepEqual(await store.listFeedRejects(id, 100, ALL), inList(sorted));
          const listed = await store.listFeedRejects(id, limit, bytes);
          assert.deepEqual(listed, inList(sorted.slice(0, limit), bytes));
          assert.equal(await store.countFeedRejects(id), sorted.length);
        }
      }
    };
    const { seed, numRuns } = readRandomRuns(t);
    const steps = fc.array(stepArb, { minLength: 1, maxLength: 6 });
    await fc.assert(fc.asyncProperty(steps, check), { seed, numRuns: Math.ceil(numRuns / 3) });
  });

  test('obligation 16: what a partner has shown us stays known when its feed is removed', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await store.addFeed(FEED);
    await store.saveArrivals(FEED.org, [toArrival(1)]);
    await store.removeFeed(FEED.id);
    assert.deepEqual(await store.findArrivals([FEED.org], [toArrival(1)]), [true]);
    assert.deepEqual(await (await opened.reopen()).findArrivals([FEED.org], [toArrival(1)]), [true]);
  });

  test('feeds change without a change of the directory or of any collection', async (t) => {
    const { store } = await openForTest(t, openStore);
    const before = await store.directoryGeneration();
    await store.addFeed(FEED);
    await store.pauseFeed(FEED.id);
    await store.saveFeedProgress(FEED.id, { fence: 1, state: toState(1) }, [toReject(1)]);
    await store.saveArrivals(FEED.org, [toArrival(1)]);
    await store.removeFeed(FEED.id);
    assert.equal(await store.directoryGeneration(), before);
    assert.equal(await store.generation(FEED.into), 0);
  });
}
