import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../../server/storage/port.ts';
import { campaign, domain, marked } from '../../support/marked-objects.ts';
import { startPullWorld } from '../pull/pull-world.ts';

const GREEN = marked('green', 'all');

test('a pull takes nothing more in when the file of the collection loses the grant between two pages', async () => {
  let hasGrant = true;
  const wrap = (store: Store): Store => ({
    ...store,
    async readPolicies() {
      const policies = await store.readPolicies();
      return policies.map((each) => (hasGrant || each.alias !== 'reference' ? each : { ...each, write: [] }));
    },
  });
  const limits = { pageLimit: 1 };
  await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' }, limits, wrap });
  for (let n = 1; n <= 4; n += 1) world.give(campaign(n, GREEN));
  world.partner.onRequest = () => {
    if (world.pages.length === 2) hasGrant = false;
  };
  await assert.rejects(world.run(), { code: 'collection.unusable' });
  assert.equal((await world.hub.show('reference')).length, 2);
  assert.equal(world.pages.length, 2, 'the cursor stays before what was not taken in');
});

test('a changed observable of a plain collection counts as accepted, as it has taken the place of the other', async () => {
  await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
  world.give(domain(1, { ...GREEN, x_note: 'first' }));
  await world.run();
  world.give(domain(1, { ...GREEN, x_note: 'second' }));
  await world.run();
  assert.deepEqual(
    world.pages.map(({ accepted, known }) => [accepted, known]),
    [
      [1, 0],
      [1, 0],
    ],
  );
});

test('a pull takes in no other types than the feed names, also from a partner that gives them all', async () => {
  await using world = await startPullWorld({ feed: { match: { types: ['campaign'] } } });
  const everywhere = marked('green', 'all');
  world.give(domain(1, everywhere), campaign(1, everywhere), { type: 'note' }, { id: 'of no type' });
  assert.equal(await world.run(), 'complete');
  assert.deepEqual(world.pages, [{ objects: 1, accepted: 1, known: 0, rejected: 0, pages: 1 }]);
  assert.equal(await world.hub.whereShown(domain(1).id), '');
  assert.equal(await world.hub.whereShown(campaign(1).id), 'federal private state');
});
