import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { parseVersionKey } from '../../../server/domain/timestamp.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import type { Store } from '../../../server/storage/port.ts';
import { campaign, domain, marked, toTime } from '../../support/marked-objects.ts';
import { IDENTITIES } from '../../support/test-hub.ts';
import { startPullWorld } from './pull-world.ts';

const EVERYWHERE = marked('green', 'all');
const NOTHING = { objects: 0, accepted: 0, known: 0, rejected: 0, pages: 1 };

describe('a pull takes in what a partner shows', () => {
  test('as an upload of its organisation, and saves where it goes on', async () => {
    await using world = await startPullWorld({ limits: { pageLimit: 2 } });
    world.give(campaign(1, EVERYWHERE), campaign(2, EVERYWHERE), domain(3, EVERYWHERE));
    assert.equal(await world.run(), 'complete');
    assert.deepEqual(
      world.pages.map(({ accepted }) => accepted),
      [2, 1],
    );
    assert.deepEqual(
      (await world.hub.show('private')).slice(-3).map(({ id }) => id),
      [campaign(1).id, campaign(2).id, domain(3).id],
    );
    const { state } = world;
    assert.ok(state.pull?.after !== undefined && state.pull.next === undefined);
    assert.equal(state.partner?.collection, '9a7f0000-0000-4000-8000-000000000001');
    assert.equal(await world.run(), 'complete');
    assert.deepEqual(world.pages.at(-1), NOTHING);
  });

  test('with the defaults of the feed for objects that say nothing', async () => {
    await using world = await startPullWorld({ feed: { defaults: { tlp: 'green', audiences: ['state'] } } });
    world.give(campaign(1));
    await world.run();
    assert.equal(await world.hub.whereShown(campaign(1).id), 'state');
  });

  test('and hands on the version that revokes an object', async () => {
    await using world = await startPullWorld();
    world.give(campaign(1, EVERYWHERE));
    await world.run();
    world.give(campaign(1, { ...EVERYWHERE, revoked: true }, 5));
    await world.run();
    assert.match((await world.hub.show('private')).at(-1)?.text ?? '', /"revoked":true/);
  });

  test('into a plain collection too, where what is there already is known', async () => {
    await using world = await startPullWorld({ into: 'reference', feed: { org: 'dhs' } });
    world.give(campaign(1, EVERYWHERE));
    await world.hub.send('dhs', [campaign(1, EVERYWHERE)], { to: 'reference' });
    world.give(campaign(2, EVERYWHERE));
    await world.run();
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 2, accepted: 1, known: 1 }]);
  });

  test('remembers what it was shown before anything of it is saved', async () => {
    const order: string[] = [];
    const wrap = (store: Store): Store => ({
      ...store,
      async saveArrivals(org, arrivals) {
        await store.saveArrivals(org, arrivals);
        order.push(`arrivals ${arrivals.length}`);
      },
      async saveIntent(intent) {
        order.push('intent');
        await store.saveIntent(intent);
      },
    });
    await using world = await startPullWorld({ wrap });
    world.give(campaign(1, EVERYWHERE), domain(1, EVERYWHERE), { type: 'x', id: 'none' });
    await world.run();
    assert.deepEqual(order, ['arrivals 2', 'intent']);
    const version = { id: campaign(1).id, versionKey: parseVersionKey(toTime(0)) ?? '' };
    assert.deepEqual(await world.hub.store.findArrivals(['facebook'], [version]), [true]);
    assert.deepEqual(await world.hub.store.findArrivals(['microsoft'], [version]), [false]);
  });
});

describe('a pull rejects', () => {
  test('what is not valid, with the reason and the original byte for byte, and goes on', async () => {
    await using world = await startPullWorld();
    const faulty =
      '{ "type":"campaign",  "id":"campaign--00000000-0000-4000-8000-000000000009","spec_version":"2.1" }';
    world.partner.add([faulty]);
    world.give(campaign(1, EVERYWHERE));
    assert.equal(await world.run(), 'complete');
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 2, accepted: 1, rejected: 1 }]);
    const [reject] = world.rejects;
    assert.equal(reject?.original, faulty);
    assert.equal(reject.key, createHash('sha256').update(faulty).digest('hex'));
    assert.equal(reject.id, 'campaign--00000000-0000-4000-8000-000000000009');
    assert.match(reject.reason, /created/);
  });

  test('what is larger than the bound, without its original', async () => {
    await using world = await startPullWorld({ limits: { maxObjectBytes: 1_000 } });
    world.give(campaign(1, { ...EVERYWHERE, description: 'x'.repeat(1_000) }));
    world.give(campaign(2, EVERYWHERE));
    await world.run();
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 2, accepted: 1, rejected: 1 }]);
    assert.equal(world.rejects[0]?.original, undefined);
    assert.match(world.rejects[0]?.reason ?? '', /1000 bytes/);
  });

  test('one object that cannot be taken in, and not its neighbours', async () => {
    await using world = await startPullWorld();
    const deep = `{"type":"campaign","id":"${campaign(9).id}","x_deep":${'['.repeat(200)}${']'.repeat(200)}}`;
    world.give(campaign(1, EVERYWHERE));
    world.partner.add([deep]);
    world.give(campaign(2, EVERYWHERE));
    assert.equal(await world.run(), 'complete');
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 3, accepted: 2, rejected: 1 }]);
  });

  test('a version of what belongs to another organisation', async () => {
    await using world = await startPullWorld();
    await world.hub.send('microsoft', [campaign(1, EVERYWHERE)]);
    world.give(campaign(1, { ...EVERYWHERE, name: 'Mine' }, 5));
    await world.run();
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 1, rejected: 1 }]);
    assert.equal((await world.hub.show('private', campaign(1).id)).length, 1);
  });
});

describe('what comes back to us', () => {
  test('is known when it is held already, also where its organisation may not read it', async () => {
    await using world = await startPullWorld();
    const own = [
      campaign(1, marked('amber', 'federal')),
      campaign(2, { ...EVERYWHERE, created_by_ref: IDENTITIES.fbi }),
      domain(3, { ...EVERYWHERE, created_by_ref: IDENTITIES.fbi }),
    ];
    await world.hub.send('fbi', own);
    const before = await world.hub.show('federal');
    world.give(...own);
    await world.run();
    assert.deepEqual(world.rejects, []);
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 3, known: 3 }]);
    assert.deepEqual(await world.hub.show('federal'), before);
  });

  test('is known when it is the copy of an observable that the partner gave before', async () => {
    await using world = await startPullWorld();
    await world.hub.send('fbi', [domain(1, EVERYWHERE)]);
    world.give(domain(1, EVERYWHERE));
    await world.run();
    world.give(domain(1, EVERYWHERE), domain(1, EVERYWHERE));
    await world.run();
    assert.deepEqual(
      world.pages.map(({ accepted, known }) => ({ accepted, known })),
      [
        { accepted: 1, known: 0 },
        { accepted: 0, known: 2 },
      ],
    );
  });

  test('after a death before the cursor was saved changes nothing', async () => {
    await using world = await startPullWorld();
    world.give(campaign(1, EVERYWHERE), domain(1, EVERYWHERE), { id: 'faulty' });
    await assert.rejects(world.run(true), /died/);
    const before = await world.hub.show('private');
    assert.equal(await world.hub.whereShown(domain(1).id), 'federal private state');
    await world.run();
    assert.deepEqual(await world.hub.show('private'), before);
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 3, known: 2, rejected: 1 }]);
  });
});

describe('a pull ends with a fault', () => {
  test('when its organisation may not write where the objects go', async () => {
    await using world = await startPullWorld({ into: 'reference' });
    await assert.rejects(world.run(), (error) => {
      assert.ok(error instanceof PartnerFault && error.code === 'collection.unusable');
      assert.match(error.detail, /"facebook" may not write to the collection "reference"/);
      return true;
    });
    assert.equal(world.partner.requests, 0);
  });

  test('when its collection is filled by the release rules', async () => {
    await using world = await startPullWorld({ into: 'private', feed: { org: 'dhs' } });
    await assert.rejects(world.run(), { code: 'collection.unusable' });
  });

  test('when the database stays busy, and reads the page again in the next run', async () => {
    let isBusy = true;
    const wrap = (store: Store): Store => ({
      ...store,
      async write(work) {
        if (isBusy) throw new AppError('server.busy');
        return store.write(work);
      },
    });
    let waits = 0;
    isBusy = false;
    await using world = await startPullWorld({ wrap, onWait: () => (waits += 1) });
    world.give(campaign(1, EVERYWHERE));
    isBusy = true;
    await assert.rejects(world.run(), { code: 'store.unavailable' });
    assert.ok(waits > 1 && waits < 100);
    assert.deepEqual(world.pages, []);
    isBusy = false;
    assert.equal(await world.run(), 'complete');
    assert.equal(world.pages.length, 1);
    assert.equal(await world.hub.whereShown(campaign(1).id), 'federal private state');
  });

  test('only when a busy database does not come back in time', async () => {
    let refusals = 0;
    const wrap = (store: Store): Store => ({
      ...store,
      async write(work) {
        if (refusals > 0) {
          refusals -= 1;
          throw new AppError('server.busy');
        }
        return store.write(work);
      },
    });
    await using world = await startPullWorld({ wrap });
    world.give(campaign(1, EVERYWHERE));
    refusals = 3;
    assert.equal(await world.run(), 'complete');
    assert.deepEqual(world.pages, [{ ...NOTHING, objects: 1, accepted: 1 }]);
    assert.equal(world.waits, 3);
  });
});
