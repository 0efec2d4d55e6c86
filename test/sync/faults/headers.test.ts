import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Behaviour } from '../../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaign, makeCampaigns } from '../../support/partner/objects.ts';
import { PARTNER_START } from '../../support/partner/stock.ts';
import { startScene, type SceneOptions } from './scene.ts';

const PAGE = 10;
const COUNT = 45;
const PAGES = 5;
const SECOND = 1_000_000;

let hub: FeedHub;
before(async () => {
  hub = await startFeedHub();
});
after(() => hub[Symbol.asyncDispose]());

/**
 * Everything comes in so many pages, then what is added later, and then nothing in a few.
 * @param mostPages of each of the runs
 */
async function expectComplete(
  behaviour: Behaviour,
  mostPages: number,
  { laterStep = 1, ...rest }: SceneOptions & { readonly laterStep?: number } = {},
): Promise<void> {
  await using scene = await startScene(hub, {
    count: COUNT,
    ...rest,
    behaviour: { pageSize: PAGE, ...behaviour },
  });
  const pagesOf = async (work: () => Promise<void>): Promise<void> => {
    scene.partner.requests.clear();
    await work();
    const pages = scene.partner.requests.of('objects').length + scene.partner.requests.of('manifest').length;
    assert.ok(pages <= mostPages, `${String(pages)} pages, wanted at most ${String(mostPages)}`);
  };
  await pagesOf(async () => scene.expectAll(await scene.run()));
  // What comes in the same second, or even millisecond, as the last one.
  for (let n = 1; n <= 3; n += 1) {
    scene.partner.stock.add([makeCampaign('added later', n)], { step: laterStep });
    await pagesOf(async () => scene.expectAll(await scene.run()));
  }
  scene.partner.stock.add(makeCampaigns(12, 'added at last'), laterStep > 1 ? { step: laterStep } : {});
  await pagesOf(async () => scene.expectAll(await scene.run()));
  await pagesOf(() => scene.expectQuiet(mostPages));
}

describe('a pull from a partner whose dates are its own', () => {
  test('reads headers in microseconds (TAXII 2.1, 3.2)', () => expectComplete({}, PAGES));
  test('asks the manifest when there are no headers', () =>
    expectComplete({ dates: 'missing', next: 'left-out' }, 4 * PAGES));
  test('follows next where there are no headers', () => expectComplete({ dates: 'missing' }, 4 * PAGES));
  test('takes headers that are no timestamps for none', () =>
    expectComplete({ dates: 'invalid', next: 'left-out' }, 4 * PAGES));
  test('takes headers that say undefined for none (opencti#6973)', () =>
    expectComplete({ dates: 'empty', next: 'left-out' }, 4 * PAGES));
  test('follows next where the headers go backwards', () =>
    expectComplete({ dates: 'backwards' }, 4 * PAGES));
  test('reads whole seconds', () => expectComplete({ precision: 's' }, 5 * PAGES));
  test('reads milliseconds', () => expectComplete({ precision: 'ms' }, 3 * PAGES));
  test('reads nanoseconds', () => expectComplete({ precision: 'ns' }, PAGES));
  test('bears a partner that compares whole seconds', () =>
    expectComplete({ comparesIn: 's', precision: 's' }, 4 * PAGES, { added: { step: SECOND } }));
  test('bears a partner that compares milliseconds', () =>
    expectComplete({ comparesIn: 'ms' }, 4 * PAGES, { added: { step: 3000 }, laterStep: 1000 }));
  test('takes what an inclusive added_after shows again for known', () =>
    expectComplete({ addedAfter: 'inclusive', next: 'left-out' }, 4 * PAGES));
  test('takes everything again from a partner that ignores added_after', () =>
    expectComplete({ addedAfter: 'ignored' }, 10 * PAGES));
  test('writes added_after without a fraction where the partner wants that', () =>
    expectComplete({ refusesFractions: true, next: 'left-out', precision: 's' }, 6 * PAGES, {
      added: { step: SECOND },
      laterStep: SECOND,
    }));
  test('bears a partner whose clock stands in the past', () =>
    expectComplete({ clockMs: () => Date.UTC(1999, 0) }, PAGES, { added: { at: Date.UTC(1999, 0) * 1000 } }));
  test('bears a partner whose clock stands in the past and counts in seconds', () =>
    expectComplete({ clockMs: () => Date.UTC(1999, 0), precision: 's' }, 4 * PAGES));
  test('bears a partner without a clock', () =>
    expectComplete({ clockMs: false, precision: 's' }, 4 * PAGES));

  test('bears a partner whose clock goes backwards', async () => {
    let hours = 0;
    // It is looked back for what may have been dated into the past: its pages come once more.
    await expectComplete({ clockMs: () => Date.UTC(2018, 7, 24) - (hours += 1) * 3_600_000 }, 2 * PAGES);
  });
});

describe('a pull from a partner whose dates cannot be used', () => {
  test('never lets a header of the far future take it past what comes later', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, dates: 'future' },
    });
    const run = await scene.run();
    assert.ok(scene.partner.requests.count <= 4 * PAGES);
    if (run.result === 'failed') await scene.expectFault(run, 'paging.stuck');
    else await scene.expectAll(run);
    scene.partner.behave({ pageSize: PAGE });
    scene.partner.stock.add(makeCampaigns(3, 'added later'));
    await scene.expectAll(await scene.run());
  });

  test('says so, or reads all, where there are neither headers nor a manifest nor next', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, dates: 'missing', next: 'left-out', hasNoManifest: true },
    });
    await scene.expectFault(await scene.run(), 'paging.stuck');
    assert.ok(scene.partner.requests.count <= 20);
    await scene.expectRecovery();
  });

  test('holds everything of a partner without headers and manifest that gives next', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, dates: 'missing', hasNoManifest: true },
    });
    await scene.expectAll(await scene.run());
    scene.partner.stock.add(makeCampaigns(3, 'added later'));
    await scene.expectAll(await scene.run());
    await scene.expectQuiet(2 * PAGES);
  });

  test('goes forward by the header where it would lead back', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, dates: 'backwards', next: 'left-out' },
    });
    const run = await scene.run();
    assert.ok(scene.partner.requests.count <= 8 * PAGES, String(scene.partner.requests.count));
    if (run.result === 'failed') await scene.expectFault(run, 'paging.stuck');
    else await scene.expectAll(run);
    await scene.expectRecovery();
  });

  test('reads again from a moment when it is told to', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE },
      feed: { since: PARTNER_START + 20 * 1000 - 1 },
    });
    const run = await scene.run();
    assert.equal(run.result, 'complete');
    assert.equal((await scene.readHeld()).length, COUNT - 20);
  });
});
