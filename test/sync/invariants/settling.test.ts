import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../server/storage/port.ts';
import { createSentLimit } from '../../../server/sync/settling.ts';
import { domain, marked } from '../../support/marked-objects.ts';
import type { PostedObject } from '../../support/partner/behaviour.ts';
import type { TestHub } from '../../support/test-hub.ts';
import { post, readPages, startRing, type Ring } from '../hubs-ring.ts';
import { startPullWorld } from '../pull/pull-world.ts';
import { createMemoryPartner } from '../push/memory-partner.ts';
import { findCollection, startPushWorld } from '../push/push-world.ts';

type Direction = 'pull' | 'push';

const ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;
const WAYS = [['pull'], ['push'], ['pull', 'push'], ['push', 'pull']] as const;
/** Each content goes around three times, and there are two. */
const MAX_ROUNDS = 10;
const BOUND = { timeout: 120_000 };

const GREEN = marked('green', 'all');
const THREE_TIMES_EACH = ['a', 'b', 'a', 'b', 'a', 'b'];

function observable(content: string): PostedObject {
  return { ...domain(1, GREEN), x_content: content };
}

/** @returns how many requests carried objects */
async function runAll({ hubs }: Ring, way: readonly Direction[], order: readonly number[]): Promise<number> {
  let carried = 0;
  for (const direction of way) {
    for (const place of order) {
      const hub = hubs[place];
      assert.ok(hub);
      for (const { server } of hubs) server.clock.advance(10_000_000);
      const before = hub.carried();
      for (const feed of await hub.server.core.store.listFeeds()) {
        if (feed.direction === direction) assert.equal((await hub.run(feed)).result, 'complete');
      }
      carried += hub.carried() - before;
    }
  }
  return carried;
}

/** What the collection shows as its content. */
async function shownIn({ store }: TestHub): Promise<string | undefined> {
  const { id } = await findCollection(store, 'reference');
  const [only, ...others] = await store.readEntries(id, 0, 10);
  assert.equal(others.length, 0);
  return only && /"x_content":"(.)"/.exec(only.text)?.[1];
}

describe('two contents of one observable in a ring of hubs over plain collections', () => {
  for (const way of WAYS) {
    for (const order of ORDERS) {
      test('come to rest, whichever hub runs first and whichever way it runs', BOUND, async (t) => {
        t.diagnostic(`${way.join(' and ')}, hubs ${order.join()}`);
        await using ring = await startRing({ from: 'plain-1', into: 'plain-1' });
        const [one, two] = ring.hubs;
        await post(one, 'plain-1', [observable('a')], 'other');
        await post(two, 'plain-1', [observable('b')], 'other');
        let rounds = 0;
        while ((await runAll(ring, way, order)) > 0) {
          rounds += 1;
          assert.ok(rounds < MAX_ROUNDS);
        }
        assert.equal(await runAll(ring, way, order), 0);
        for (const hub of ring.hubs) {
          assert.equal((await readPages(hub, 'plain-1', 'other')).flat().length, 1);
          for (const feed of await hub.server.core.store.listFeeds()) {
            assert.deepEqual(await hub.readRejects(feed), []);
          }
        }
      });
    }
  }
});

describe('a pull into a plain collection', () => {
  test('takes the same content of an observable in the place of another one three times', async () => {
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
    for (const content of THREE_TIMES_EACH) {
      world.give(observable(content));
      await world.run();
      assert.equal(await shownIn(world.hub), content);
    }
    // The first one took nobody's place.
    world.give(observable('a'));
    await world.run();
    assert.equal(await shownIn(world.hub), 'a');
    for (const content of ['b', 'a', 'b']) {
      world.give(observable(content));
      await world.run();
      assert.equal(await shownIn(world.hub), 'a', 'what is left out changes nothing');
      const last = world.pages.at(-1);
      assert.deepEqual([last?.accepted, last?.rejected], [0, 0]);
      assert.equal(last?.known, last?.objects);
    }
    world.give(observable('c'));
    await world.run();
    assert.equal(await shownIn(world.hub), 'c', 'another content arrives');
  });

  test('counts no page that it takes again after it died', async () => {
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
    for (const content of THREE_TIMES_EACH) {
      world.give(observable(content));
      await assert.rejects(world.run(true), /died/);
      await assert.rejects(world.run(true), /died/);
      await world.run();
      assert.equal(await shownIn(world.hub), content);
    }
  });

  test('asks for no counts as long as no observable changes', async () => {
    let asked = 0;
    const wrap = (store: Store): Store => ({
      ...store,
      findArrivals(orgs, arrivals) {
        asked += 1;
        return store.findArrivals(orgs, arrivals);
      },
    });
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' }, wrap });
    world.give(observable('a'), domain(2, GREEN));
    await world.run();
    world.give(observable('a'), domain(3, GREEN));
    await world.run();
    assert.equal(asked, 0);
    world.give(observable('b'));
    await world.run();
    assert.equal(asked, 1);
  });
});

describe('a push of a plain collection', () => {
  const change = ({ send }: TestHub, content: string): Promise<unknown> =>
    send('fbi', [observable(content)], { to: 'reference' });

  test('sends the same content of an observable three times', async () => {
    await using world = await startPushWorld({ feed: { org: 'facebook' } });
    const partner = createMemoryPartner();
    for (const [index, content] of THREE_TIMES_EACH.entries()) {
      await change(world.hub, content);
      await world.run(partner.client);
      assert.equal(partner.bodies.length, index + 1);
    }
    for (const [index, content] of ['a', 'b'].entries()) {
      await change(world.hub, content);
      assert.equal(await world.run(partner.client), 'complete');
      assert.equal(partner.bodies.length, THREE_TIMES_EACH.length);
      assert.equal(world.totals().known, index + 1);
    }
    await change(world.hub, 'c');
    await world.run(partner.client);
    assert.equal(partner.bodies.length, THREE_TIMES_EACH.length + 1, 'another content is sent');
  });

  test('counts no envelope that it sends again after it died', async () => {
    await using world = await startPushWorld({ feed: { org: 'facebook' } });
    const partner = createMemoryPartner();
    const beforeSave = (): never => {
      throw new Error('died');
    };
    for (const [index, content] of THREE_TIMES_EACH.entries()) {
      await change(world.hub, content);
      await assert.rejects(world.run(partner.client, { beforeSave }), /died/);
      await world.run(partner.client);
      assert.equal(partner.bodies.length, 2 * (index + 1));
    }
  });

  test('sends an entry again as often as all of them are sent again', async () => {
    await using world = await startPushWorld({ feed: { org: 'facebook' } });
    const { hub, store, feed } = world;
    await change(hub, 'a');
    const collection = await findCollection(store, 'reference');
    for (let time = 0; time < 10; time += 1) {
      const limit = createSentLimit(store, feed, collection);
      const entries = await store.readEntries(collection.id, 0, 10);
      const isLeftOut = limit.extend((given) => Promise.resolve(given.map(() => false)));
      assert.deepEqual(await isLeftOut(entries), [false], String(time));
      await limit.note(entries);
    }
  });
});
