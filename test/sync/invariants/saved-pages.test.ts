import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import type { Store } from '../../../server/storage/port.ts';
import { campaign, domain, marked } from '../../support/marked-objects.ts';
import { startPullWorld, type PullWorld, type WorldOptions } from '../pull/pull-world.ts';

const EVERYWHERE = marked('green', 'all');

/** A world with a page that was saved and not carried out, as after a death while the database was busy. */
async function startWithSavedPage(page: readonly object[], options: WorldOptions = {}): Promise<PullWorld> {
  let isBusy = false;
  const wrap = (store: Store): Store => ({
    ...store,
    async write(work) {
      if (isBusy) throw new AppError('server.busy');
      return store.write(work);
    },
  });
  const world = await startPullWorld({ ...options, wrap });
  world.give(...page);
  isBusy = true;
  await assert.rejects(world.run(), { code: 'store.unavailable' });
  isBusy = false;
  return world;
}

async function replaceFeed({ hub, feed }: PullWorld, change: object): Promise<void> {
  assert.ok(await hub.store.removeFeed(feed.id));
  assert.ok(await hub.store.addFeed({ ...feed, id: '0feed000-0000-4000-8000-000000000009', ...change }));
}

describe('a saved page of a feed that was removed', () => {
  test('is not taken for what the organisation of another feed of that name sends', async () => {
    await using world = await startWithSavedPage([campaign(1, EVERYWHERE)]);
    await replaceFeed(world, { org: 'microsoft' });
    await world.hub.submissions.resume();
    const held = await world.hub.store.view((section) => section.heldObjects([campaign(1).id]));
    assert.equal(held.size, 0);
    assert.deepEqual(await world.hub.store.openIntents(10), []);
  });

  test('does not get the rights that the hub has in the plain collection of another feed of that name', async () => {
    const revoked = campaign(1, { ...EVERYWHERE, revoked: true }, 9);
    await using world = await startWithSavedPage([revoked], { feed: { org: 'dhs' } });
    const { hub } = world;
    await hub.send('fbi', [campaign(1, EVERYWHERE)]);
    const plain = (await hub.store.readPolicies()).find(({ alias }) => alias === 'reference');
    assert.ok(plain);
    await replaceFeed(world, { into: plain.id });
    await hub.submissions.resume();
    assert.deepEqual(
      (await hub.show('private', campaign(1).id)).map(({ text }) => text.includes('revoked')),
      [false],
    );
  });
});

describe('a saved page of an earlier run', () => {
  for (const into of ['intake', 'reference']) {
    test('comes in before what the partner has given since, so that the later content stays', async () => {
      const org = into === 'intake' ? 'facebook' : 'dhs';
      const old = domain(1, { ...EVERYWHERE, x_note: 'old' });
      await using world = await startWithSavedPage([old], { into, feed: { org } });
      const { hub } = world;
      world.give(domain(1, { ...EVERYWHERE, x_note: 'new' }));
      assert.equal(await world.run(), 'complete');
      await hub.submissions.resume();
      const shown = await hub.show(into === 'intake' ? 'private' : into, old.id);
      assert.deepEqual(
        shown.map(({ text }) => /"x_note":"(\w+)"/.exec(text)?.[1]),
        ['new'],
      );
    });
  }
});
