import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { campaign, domain, marked } from '../../support/marked-objects.ts';
import type { HubUser, TestHub } from '../../support/test-hub.ts';
import { createMemoryPartner } from '../push/memory-partner.ts';
import { startPushWorld } from '../push/push-world.ts';
import { startPullWorld } from '../pull/pull-world.ts';
import { createEchoTest } from '../../../server/sync/echo.ts';

const GREEN = marked('green', 'all');

function post(hub: TestHub, user: HubUser, ...objects: readonly object[]): Promise<unknown> {
  return hub.send(user, objects, { to: 'reference' });
}

describe('a push of a plain collection', () => {
  test('sends nothing back that a user of its partner posted', async () => {
    await using world = await startPushWorld({ feed: { org: 'facebook' } });
    const partner = createMemoryPartner();
    await post(world.hub, 'facebook', campaign(1, GREEN), domain(1, GREEN));
    await post(world.hub, 'fbi', campaign(2, GREEN), domain(2, GREEN));
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(
      [...partner.held.keys()].map((key) => key.split(' ')[0]),
      [campaign(2).id, domain(2).id],
    );
    assert.equal(world.totals().known, 2);
  });

  test('sends an observable that somebody changed since the partner showed it', async () => {
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
    const { hub, feed } = world;
    world.give(domain(1, { ...GREEN, x_note: 'theirs' }));
    await world.run();
    const { into: from, ...terms } = feed;
    const isEcho = await createEchoTest(hub.store, { ...terms, direction: 'push', from });
    const judge = async (): Promise<readonly boolean[]> => isEcho(await hub.store.readEntries(from, 0, 10));
    assert.deepEqual(await judge(), [true]);
    await post(hub, 'fbi', domain(1, { ...GREEN, x_note: 'changed' }));
    assert.deepEqual(await judge(), [false]);
    // The order of members is no other content.
    await post(hub, 'fbi', { ...GREEN, x_note: 'theirs', ...domain(1) });
    assert.deepEqual(await judge(), [true]);
  });
});
