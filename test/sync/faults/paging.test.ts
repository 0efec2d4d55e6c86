import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Behaviour } from '../../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaign, makeCampaigns, reviseCampaign } from '../../support/partner/objects.ts';
import { startScene, type SceneOptions } from './scene.ts';

const PAGE = 10;
const COUNT = 45;
const PAGES = 5;

let hub: FeedHub;
before(async () => {
  hub = await startFeedHub();
});
after(() => hub[Symbol.asyncDispose]());

/** One run brings everything within so many pages, and the next one nothing in a few. */
async function expectComplete(
  behaviour: Behaviour,
  mostPages: number,
  rest: SceneOptions = {},
): Promise<void> {
  await using scene = await startScene(hub, {
    count: COUNT,
    ...rest,
    behaviour: { pageSize: PAGE, ...behaviour },
  });
  await scene.expectAll(await scene.run());
  const pages = scene.partner.requests.of('objects').length;
  assert.ok(pages <= mostPages, `${String(pages)} pages, wanted at most ${String(mostPages)}`);
  await scene.expectQuiet(mostPages);
}

describe('a pull from a partner that pages in its own way', () => {
  test('follows next, in one request for each page and a few before (TAXII 2.1, 3.5)', async () => {
    await using scene = await startScene(hub, { count: COUNT, behaviour: { pageSize: PAGE } });
    const run = await scene.run();
    await scene.expectAll(run);
    assert.equal(scene.partner.requests.of('objects').length, PAGES);
    assert.ok(scene.partner.requests.count <= PAGES + 3);
    assert.equal(run.requests, scene.partner.requests.count);
    assert.equal(run.counts.accepted, COUNT);
    await scene.expectQuiet(1);
  });

  test('goes on by the header when more comes without next (TAXII 2.1, 3.5)', () =>
    expectComplete({ next: 'left-out' }, 2 * PAGES));
  test('takes an integer next', () => expectComplete({ next: 'integer' }, PAGES));
  test('follows a next that stays the same and leads on each time (medallion)', async () => {
    await using scene = await startScene(hub, {
      count: PAGES * PAGE,
      behaviour: { pageSize: PAGE, next: 'kept' },
    });
    await scene.expectAll(await scene.run());
    assert.equal(scene.partner.requests.of('objects').length, PAGES);
  });
  test('follows a next that stays the same through objects that all share their moment (medallion)', () =>
    expectComplete({ next: 'kept' }, 2 * PAGES, { objects: makeCampaigns(COUNT), added: { step: 0 } }));
  test('takes an empty next for none', () => expectComplete({ next: 'empty' }, 2 * PAGES));
  test('goes on where next comes without more', () => expectComplete({ more: 'left-out' }, PAGES));
  test('holds everything where more is always said, and says that the paging is stuck', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, more: 'always' },
    });
    const run = await scene.run();
    assert.deepEqual((await scene.readHeld()).toSorted(), scene.partner.stock.keys);
    if (run.result === 'failed') await scene.expectFault(run, 'paging.stuck');
    else await scene.expectAll(run);
    assert.ok(scene.partner.requests.count <= 4 * PAGES);
  });
  test('ends where next is always given', () => expectComplete({ next: 'always' }, 2 * PAGES + 4));
  test('goes on by the header when every next is refused', () =>
    expectComplete({ next: 'refused' }, 4 * PAGES));
  test('goes on by the header when a next has expired', () => expectComplete({ nextLivesFor: 2 }, 4 * PAGES));
  test('leaves a chain whose next leads to the same page', () =>
    expectComplete({ next: 'repeats' }, 6 * PAGES));
  test('leaves a chain whose next leads in a circle', () => expectComplete({ next: 'cycles' }, 6 * PAGES));
  test('goes on behind empty pages with more (TAXII 2.1, 3.5)', () =>
    expectComplete({ emptyPages: 3 }, 4 * PAGES + 4));
  test('goes on behind pages that come twice', () => expectComplete({ repeatedPages: 1 }, 4 * PAGES));
  test('holds everything once when the newest come first', () =>
    expectComplete({ order: 'newest-first' }, 2 * PAGES));
  test('follows next through objects that all share their moment', () =>
    expectComplete({}, 2 * PAGES, { objects: makeCampaigns(COUNT), added: { step: 0 } }));
  test('loses none of the objects that share their moment across the end of a page', async () => {
    const objects = makeCampaigns(COUNT);
    await using scene = await startScene(hub, {
      objects: objects.slice(0, 7),
      behaviour: { pageSize: PAGE, next: 'left-out' },
    });
    // Six of the same moment stand on both sides of the first page's end, and so on.
    for (let from = 7; from < COUNT; from += 6)
      scene.partner.stock.add(objects.slice(from, from + 6), { step: 0 });
    await scene.expectAll(await scene.run());
    assert.ok(scene.partner.requests.of('objects').length <= 4 * PAGES);
    await scene.expectQuiet(3);
  });
  test('asks for larger pages when more share their moment than the page it asked for', async () => {
    await using scene = await startScene(hub, {
      objects: makeCampaigns(COUNT),
      added: { step: 0 },
      behaviour: { pageSize: 100, next: 'left-out' },
    });
    await scene.expectAll(await scene.run());
    assert.ok(scene.partner.requests.of('objects').length <= 12);
  });
});

describe('a pull from a partner that changes meanwhile', () => {
  test('brings what is added while it reads', async () => {
    await using scene = await startScene(hub, { count: COUNT });
    let added = 0;
    scene.partner.behave({
      pageSize: PAGE,
      fault: ({ resource }) => {
        if (resource === 'objects' && added < 20) {
          scene.partner.stock.add([makeCampaign('added meanwhile', (added += 1))]);
        }
        return undefined;
      },
    });
    await scene.expectAll(await scene.run());
    assert.ok(added > 1);
  });

  test('bears that objects are deleted between two pages', async () => {
    const objects = makeCampaigns(COUNT);
    await using scene = await startScene(hub, { objects });
    let page = 0;
    scene.partner.behave({
      pageSize: PAGE,
      fault: ({ resource }) => {
        // Ahead of the cursor: all that is left of the second page, and some of the third.
        if (resource === 'objects' && (page += 1) === 2) {
          for (const { id } of objects.slice(PAGE, PAGE + 15)) scene.partner.stock.remove(id);
        }
        return undefined;
      },
    });
    await scene.expectAll(await scene.run());
    assert.equal(scene.partner.stock.held.length, COUNT - 15);
  });

  test('brings every version, and a revocation as it comes', async () => {
    const objects = makeCampaigns(5);
    await using scene = await startScene(hub, { objects });
    const [first, second] = objects;
    assert.ok(first && second);
    await scene.expectAll(await scene.run());
    scene.partner.stock.add([
      reviseCampaign(first, 1, { name: 'Renamed' }),
      reviseCampaign(first, 2),
      reviseCampaign(second, 1, { revoked: true }),
    ]);
    const run = await scene.run();
    await scene.expectAll(run);
    assert.equal(run.counts.accepted, 3);
  });

  test('takes the last versions where the partner refuses to show all (TAXII 2.1, 3.4.1)', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, refusesVersions: true },
    });
    await scene.expectAll(await scene.run());
    assert.ok(scene.partner.requests.of('objects').length <= 2 * PAGES);
    await scene.expectQuiet(3);
  });
});

describe('a pull that cannot go on', () => {
  test('says that the paging is stuck when the partner gives the same page whatever it is asked', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, next: 'left-out', addedAfter: 'ignored' },
    });
    await scene.expectFault(await scene.run(), 'paging.stuck');
    assert.ok(scene.partner.requests.count <= 20, String(scene.partner.requests.count));
    await scene.expectRecovery();
  });

  test('says that the paging is stuck when more share their moment than a page takes', async () => {
    await using scene = await startScene(hub, {
      objects: makeCampaigns(COUNT),
      added: { step: 0 },
      behaviour: { pageSize: PAGE, next: 'left-out' },
    });
    await scene.expectFault(await scene.run(), 'paging.stuck');
    assert.ok(scene.partner.requests.count <= 20, String(scene.partner.requests.count));
    await scene.expectRecovery();
  });

  test('ends within its bounds when empty pages never end', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, emptyPages: 1_000_000 },
    });
    const run = await scene.run();
    assert.ok(run.result === 'unfinished' || run.error?.code === 'paging.stuck', JSON.stringify(run));
    assert.ok(scene.partner.requests.count <= 510, String(scene.partner.requests.count));
    // What the next run goes on with still leads through the empty pages.
    scene.partner.forget();
    await scene.expectRecovery();
  });

  test('goes on in the next run where a bound on pages ended it', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE },
      limits: { maxPages: 2 },
    });
    assert.equal((await scene.run()).result, 'unfinished');
    assert.equal((await scene.readHeld()).length, 2 * PAGE);
    assert.equal((await scene.run()).result, 'unfinished');
    await scene.expectAll(await scene.run());
    assert.equal(scene.partner.requests.of('objects').length, PAGES);
  });

  test('gets on from run to run where next stays the same and leads on each time (medallion)', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, next: 'kept' },
      limits: { maxPages: 2 },
    });
    let runs = 1;
    while ((await scene.run()).result === 'unfinished' && runs < 8) runs += 1;
    await scene.expectAll(await scene.run());
    assert.ok(runs <= 5, String(runs));
  });

  test('loses nothing when a crash comes after a page of a next that stays the same (medallion)', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE, next: 'kept' },
      limits: { maxPages: 2 },
    });
    assert.equal((await scene.run()).result, 'unfinished');
    // The next page was asked for, and never became durable.
    const [given] = scene.partner.requests
      .of('objects')
      .flatMap(({ next }) => (next === undefined ? [] : [next]));
    assert.ok(given !== undefined);
    await fetch(
      `${scene.partner.apiRoot}collections/shared/objects/?limit=${String(PAGE)}&next=${given}&match[version]=all`,
    );
    for (let runs = 0; runs < 8; runs += 1) if ((await scene.run()).result === 'complete') break;
    await scene.expectAll(await scene.run());
  });

  test('goes on by the header where the partner was started anew in between (medallion)', async () => {
    await using scene = await startScene(hub, {
      count: COUNT,
      behaviour: { pageSize: PAGE },
      limits: { maxPages: 2 },
    });
    assert.equal((await scene.run()).result, 'unfinished');
    scene.partner.forget();
    for (let run = 0; run < 4; run += 1) {
      const { result } = await scene.run();
      if (result === 'complete') break;
    }
    await scene.expectAll(await scene.run());
    assert.ok(scene.partner.requests.of('objects').length <= PAGES + 5);
  });
});
