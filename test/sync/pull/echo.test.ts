import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PushFeed } from '../../../server/domain/feed.ts';
import { createEchoTest } from '../../../server/sync/echo.ts';
import { campaign, domain, marked } from '../../support/marked-objects.ts';
import type { TestHub } from '../../support/test-hub.ts';
import { startPullWorld } from './pull-world.ts';

const EVERYWHERE = marked('green', 'all');

async function toPush(hub: TestHub, alias: string, given: Partial<PushFeed> = {}): Promise<PushFeed> {
  const from = (await hub.store.readPolicies()).find((each) => each.alias === alias);
  assert.ok(from);
  return {
    id: '0feed000-0000-4000-8000-000000000002',
    name: 'push',
    direction: 'push',
    url: 'https://elsewhere.example/api/',
    collection: 'shared',
    cron: '* * * * *',
    auth: { kind: 'none' },
    org: 'nass',
    match: {},
    allowPrivate: false,
    paused: false,
    createdAt: 0,
    from: from.id,
    ...given,
  };
}

/** The ids that a push leaves out as echoes, of those that the test sent. */
async function findEchoes(hub: TestHub, push: PushFeed, ids: readonly string[]): Promise<readonly string[]> {
  const isEcho = await createEchoTest(hub.store, push);
  const entries = (await hub.store.readEntries(push.from, 0, 1_000)).filter(({ id }) => ids.includes(id));
  const echoes = await isEcho(entries);
  return entries.filter((_, index) => echoes[index] === true).map(({ id }) => id);
}

describe('a push sends nothing back to its partner', () => {
  test('that its organisation sent, through a feed or by hand', async () => {
    await using world = await startPullWorld();
    const { hub } = world;
    world.give(campaign(1, EVERYWHERE));
    await world.run();
    await hub.send('facebook', [campaign(2, EVERYWHERE)]);
    await hub.send('fbi', [campaign(3, EVERYWHERE)]);
    const ids = [1, 2, 3].map((n) => campaign(n).id);
    const toTheirs = await toPush(hub, 'state', { org: 'facebook' });
    assert.deepEqual(await findEchoes(hub, toTheirs, ids), [campaign(1).id, campaign(2).id]);
    assert.deepEqual(await findEchoes(hub, await toPush(hub, 'state'), ids), []);
  });

  test('that came from another organisation at the same origin', async () => {
    await using world = await startPullWorld();
    world.give(campaign(1, EVERYWHERE));
    await world.run();
    const push = await toPush(world.hub, 'state', { url: 'https://partner.example/another/root/' });
    assert.deepEqual(await findEchoes(world.hub, push, [campaign(1).id]), [campaign(1).id]);
  });

  test('that it has shown us, whoever we have it from', async () => {
    await using world = await startPullWorld();
    const { hub } = world;
    await hub.send('fbi', [campaign(1, EVERYWHERE)]);
    world.give(campaign(1, EVERYWHERE));
    await world.run();
    await hub.send('fbi', [campaign(1, { ...EVERYWHERE, name: 'Later' }, 5)]);
    const push = await toPush(hub, 'state', { org: 'facebook' });
    // The later version is news to the partner.
    assert.deepEqual(await findEchoes(hub, push, [campaign(1).id]), [campaign(1).id]);
    const entries = await hub.store.readEntries(push.from, 0, 1_000);
    assert.equal(entries.filter(({ id }) => id === campaign(1).id).length, 2);
  });

  test('but an observable of which the copy that is shown is of somebody else', async () => {
    await using world = await startPullWorld();
    const { hub } = world;
    await hub.send('fbi', [domain(1, { ...EVERYWHERE, x_note: 'fbi' })]);
    world.give(domain(1, { ...EVERYWHERE, x_note: 'theirs' }), domain(2, EVERYWHERE));
    await world.run();
    const push = await toPush(hub, 'state', { org: 'facebook' });
    const ids = [domain(1).id, domain(2).id];
    assert.deepEqual(await findEchoes(hub, push, ids), [domain(2).id]);
  });

  test('of a plain collection that it has shown us, observables too', async () => {
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
    const { hub } = world;
    world.give(domain(1, EVERYWHERE), campaign(1, EVERYWHERE));
    await world.run();
    await hub.send('dhs', [campaign(2, EVERYWHERE)], { to: 'reference' });
    const push = await toPush(hub, 'reference', { org: 'dhs' });
    const ids = [domain(1).id, campaign(1).id, campaign(2).id];
    assert.deepEqual(await findEchoes(hub, push, ids), [domain(1).id, campaign(1).id]);
  });
});
