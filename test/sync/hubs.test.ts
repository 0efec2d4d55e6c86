import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startFeedHub } from '../support/partner/feed-hub.ts';
import type { PostedObject } from '../support/partner/behaviour.ts';
import { makeCampaigns, reviseCampaign } from '../support/partner/objects.ts';
import { keyOf } from '../support/partner/stock.ts';
import { marked } from '../support/marked-objects.ts';
import { readKeys } from './faults/scene.ts';
import { findId, post, readPages, readShipped, startRing, type Ring, type RingHub } from './hubs-ring.ts';

const IS_LONG = process.env['POLLWATCH_TEST_LONG'] === '1';
/** Two in three are shown to the audience that is looked at: 100,000. */
const COUNT = IS_LONG ? 150_000 : 3000;
const PAGE = 1000;
const BOUND = { timeout: IS_LONG ? 3_600_000 : 120_000 };
const LIMITS = {
  pageLimit: PAGE,
  pushObjects: 500,
  requestTimeoutMs: 60_000,
  runTimeoutMs: 3_000_000,
  maxPages: 10_000,
  maxPageBytes: 33_554_432,
  maxRunBytes: 4_294_967_296,
};

/** One object in three is for private partners alone, and one in three for the federal side alone. */
function mark(objects: readonly PostedObject[]): readonly PostedObject[] {
  return objects.map((object, index) => ({
    ...object,
    ...([marked('clear', 'all'), marked('amber', 'private'), marked('amber', 'federal')][index % 3] ?? {}),
  }));
}

describe('two of our own servers as partners', () => {
  test('a pull holds page for page what the partner shows to this audience, once', BOUND, async (t) => {
    const collections = readShipped();
    await using partner = await startFeedHub({ collections });
    await using hub = await startFeedHub({ limits: LIMITS });
    await post(partner, 'intake', mark(makeCampaigns(COUNT)), 'writer');
    await partner.server.core.followUp.decideDue();
    const shown = await readPages(partner, 'private', 'other');
    const total = shown.flat().length;
    assert.ok(total > COUNT / 2 && total < COUNT, String(total));

    hub.env['PARTNER'] = partner.server.tokenOf('other');
    const terms = { auth: { kind: 'bearer' }, secret: { env: 'PARTNER' }, collection: 'private' } as const;
    const { id, alias } = hub.takeCollection();
    const feed = await hub.addPull({ ...terms, url: `${partner.server.url}/taxii2/`, into: id });
    const started = performance.now();
    const run = await hub.run(feed);
    const seconds = (performance.now() - started) / 1000;
    assert.equal(run.result, 'complete', JSON.stringify(run));
    assert.deepEqual([run.counts.accepted, run.counts.rejected], [total, 0]);
    assert.equal(run.pages, Math.ceil(total / PAGE));
    assert.deepEqual(await readPages(hub, alias, 'other'), shown);
    const again = await hub.run(feed);
    assert.deepEqual([again.result, again.counts.objects, again.requests], ['complete', 0, 1]);
    t.diagnostic(`${String(total)} of ${String(COUNT)} objects in ${seconds.toFixed(1)} s`);
  });

  test('a push brings page for page what this audience may see, once', BOUND, async (t) => {
    const collections = readShipped();
    await using partner = await startFeedHub();
    await using hub = await startFeedHub({ collections, limits: LIMITS });
    await post(hub, 'intake', mark(makeCampaigns(COUNT)), 'writer');
    await hub.server.core.followUp.decideDue();
    const shown = await readPages(hub, 'private', 'other');
    const total = shown.flat().length;

    hub.env['PARTNER'] = partner.server.tokenOf('other');
    const { alias } = partner.takeCollection();
    const feed = await hub.addPush({
      ...{ auth: { kind: 'bearer' }, secret: { env: 'PARTNER' }, collection: alias },
      ...{ url: `${partner.server.url}/feed/`, from: await findId(hub, 'private') },
    });
    const started = performance.now();
    const run = await hub.run(feed);
    const seconds = (performance.now() - started) / 1000;
    assert.equal(run.result, 'complete', JSON.stringify(run));
    assert.deepEqual([run.counts.accepted, run.counts.rejected], [total, 0]);
    assert.deepEqual(await readPages(partner, alias, 'other'), shown);
    const again = await hub.run(feed);
    assert.deepEqual([again.result, again.counts.objects, again.requests], ['complete', 0, 0]);
    t.diagnostic(`${String(total)} of ${String(COUNT)} objects in ${seconds.toFixed(1)} s`);
  });
});

describe('a ring of three hubs that pull and push', () => {
  const OBJECTS = 20;

  /** Objects of each, then changes half way; in the end nothing moves any more. */
  async function runRing(
    ring: Ring,
    into: string,
    marks: readonly object[],
  ): Promise<readonly PostedObject[]> {
    const made: PostedObject[] = [];
    const make = async (hub: RingHub, objects: readonly PostedObject[]): Promise<void> => {
      await post(hub, into, objects, 'other');
      await hub.server.core.followUp.decideDue();
      made.push(...objects);
    };
    for (const hub of ring.hubs) {
      const objects = makeCampaigns(OBJECTS, hub.name);
      await make(
        hub,
        objects.map((object, index) => ({ ...object, ...marks[index % marks.length] })),
      );
    }
    assert.ok((await ring.pass(5)) > 0);
    const [one, two, three] = ring.hubs;
    const [first, second] = made;
    const [last] = made.slice(-1);
    assert.ok(first && second && last);
    await make(one, [reviseCampaign(first, 1, { name: 'A new version' })]);
    await make(one, [reviseCampaign(second, 1, { revoked: true })]);
    await make(three, [reviseCampaign(last, 1, { name: 'Another new version' })]);
    await make(
      two,
      makeCampaigns(3, 'added half way').map((object) => ({ ...object, ...marks[0] })),
    );
    assert.ok((await ring.pass(3)) > 0);
    assert.equal(await ring.pass(2), 0, 'requests still carry objects');
    for (const hub of ring.hubs) {
      for (const feed of await hub.server.core.store.listFeeds()) {
        const { runs, failures } = await hub.readState(feed);
        assert.equal(failures, 0, JSON.stringify(runs[0]));
        assert.deepEqual(await hub.readRejects(feed), [], `${hub.name}: ${feed.name}`);
        assert.ok(runs.length >= 9, String(runs.length));
      }
    }
    return made;
  }

  test('all hold the same objects once, and nothing moves any more', BOUND, async () => {
    await using ring = await startRing({ from: 'plain-1', into: 'plain-1' });
    const made = await runRing(ring, 'plain-1', [{}]);
    for (const hub of ring.hubs) {
      const held = await readKeys(hub.server.core.store, await findId(hub, 'plain-1'));
      assert.deepEqual(held.toSorted(), made.map(keyOf).toSorted(), hub.name);
    }
  });

  test('under the rules of release all hold the same objects within their audiences', BOUND, async () => {
    const collections = readShipped();
    await using ring = await startRing({ from: 'private', into: 'intake' }, { collections });
    const marks = [marked('clear', 'all'), marked('amber', 'private'), marked('amber', 'federal')];
    await runRing(ring, 'intake', marks);
    const [one] = ring.hubs;
    for (const alias of ['private', 'public', 'state']) {
      const wanted = (await readKeys(one.server.core.store, await findId(one, alias))).toSorted();
      assert.ok(wanted.length > 0, alias);
      for (const hub of ring.hubs) {
        const held = await readKeys(hub.server.core.store, await findId(hub, alias));
        assert.equal(new Set(held).size, held.length);
        assert.deepEqual(held.toSorted(), wanted, `${alias} of ${hub.name}`);
      }
    }
    // What is for the federal side alone stays with the hub that it was sent to.
    for (const hub of ring.hubs) {
      const held = await readKeys(hub.server.core.store, await findId(hub, 'federal'));
      assert.ok(held.length > 0);
    }
  });
});
