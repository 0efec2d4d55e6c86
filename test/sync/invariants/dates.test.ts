import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MICROS_PER_SECOND } from '../../../server/domain/timestamp.ts';
import { campaign, marked } from '../../support/marked-objects.ts';
import { startPullWorld } from '../pull/pull-world.ts';

const EVERYWHERE = marked('green', 'all');
const MINUTE = 60 * MICROS_PER_SECOND;
const TEN_YEARS = 3650 * 86_400 * MICROS_PER_SECOND;

describe('a pull', () => {
  for (const headers of ['given', 'missing'] as const) {
    test('misses nothing after an object that was added in ten years, as headers and manifest say', async () => {
      await using world = await startPullWorld({ traits: { headers } });
      world.give(campaign(1, EVERYWHERE));
      await world.run();
      world.partner.advance(TEN_YEARS);
      world.give(campaign(2, EVERYWHERE));
      world.partner.advance(-TEN_YEARS);
      await world.run();
      world.give(campaign(3, EVERYWHERE));
      await world.run();
      for (const n of [1, 2, 3]) {
        assert.equal(await world.hub.whereShown(campaign(n).id), 'federal private state', String(n));
      }
    });
  }

  test('misses nothing that is added after the clock of the partner went back', async () => {
    await using world = await startPullWorld();
    const pass = (minutes: number): void => {
      world.partner.advance(minutes * MINUTE);
      world.hub.clock.advance(minutes * MINUTE);
    };
    for (let n = 1; n <= 3; n += 1) {
      world.give(campaign(n, EVERYWHERE));
      pass(30);
      await world.run();
    }
    world.partner.advance(-120 * MINUTE);
    for (let n = 4; n <= 9; n += 1) {
      world.give(campaign(n, EVERYWHERE));
      pass(10);
      assert.equal(await world.run(), 'complete');
      assert.equal(await world.hub.whereShown(campaign(n).id), 'federal private state', String(n));
    }
    pass(180);
    await world.run();
    const { carrying } = world.partner;
    await world.run();
    assert.equal(world.partner.carrying, carrying, 'it settles once the clock is where it was');
  });

  test('says so when its bounds end each run before there is a place to go on from', async () => {
    const traits = { headers: 'missing', next: 'session', hasManifest: false, cap: 2 } as const;
    await using world = await startPullWorld({ traits, limits: { maxPages: 2 } });
    for (let n = 1; n <= 8; n += 1) world.give(campaign(n, EVERYWHERE));
    for (let run = 0; run < 2; run += 1) {
      await assert.rejects(world.run(), { code: 'paging.stuck', detail: /POLLWATCH_FEED_MAX_PAGES/ });
    }
  });

  test('ends unfinished, and the next run goes on, as long as each run gets further', async () => {
    const traits = { headers: 'missing', hasManifest: false, cap: 2 } as const;
    await using world = await startPullWorld({ traits, limits: { maxPages: 2 } });
    for (let n = 1; n <= 8; n += 1) world.give(campaign(n, EVERYWHERE));
    assert.equal(await world.run(), 'unfinished');
    assert.equal(await world.run(), 'complete');
    assert.equal((await world.hub.show('private')).filter(({ id }) => id.startsWith('campaign')).length, 8);
  });
});
