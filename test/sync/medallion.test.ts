import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { FeedRun, PullFeed } from '../../server/domain/feed.ts';
import type { PostedObject } from '../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../support/partner/feed-hub.ts';
import {
  MEDALLION_PASSWORD,
  MEDALLION_USER,
  medallionAvailability,
  startMedallion,
  type Medallion,
} from '../support/partner/medallion.ts';
import { makeCampaigns } from '../support/partner/objects.ts';
import { keyOf } from '../support/partner/stock.ts';
import { SHARED_DATA } from '../support/shared-data.ts';
import { readKeys } from './faults/scene.ts';

const EXAMPLES = join(SHARED_DATA, 'oasis-examples');
const SAMPLE = join(import.meta.dirname, '../../collections/samples/august-2018.json');
const SECRET = 'MEDALLION_SECRET';
const PAGE = 40;

interface Bundle {
  readonly type: string;
  readonly objects: readonly PostedObject[];
}

function parseDocument(text: string): readonly PostedObject[] {
  const document = JSON.parse(text) as Bundle | PostedObject;
  return document.type === 'bundle' ? (document as Bundle).objects : [document as PostedObject];
}

/** The OASIS examples where they are there, else our own sample: each version once. */
function readObjects(): readonly PostedObject[] {
  const files = existsSync(EXAMPLES) ? readdirSync(EXAMPLES).map((name) => join(EXAMPLES, name)) : [SAMPLE];
  const found = files.flatMap((file) => parseDocument(readFileSync(file, 'utf8')));
  return [...new Map(found.map((object) => [keyOf(object), object])).values()];
}

/** For each test, as a suite that is skipped is not counted. */
const TERMS = { skip: medallionAvailability(), timeout: 180_000 };

describe('a feed over medallion 3.0.0', () => {
  const objects = readObjects();
  let hub: FeedHub;
  before(async () => {
    hub = await startFeedHub({ limits: { pageLimit: PAGE, pushObjects: PAGE, requestTimeoutMs: 20_000 } });
    hub.env[SECRET] = MEDALLION_PASSWORD;
  });
  after(() => hub[Symbol.asyncDispose]());

  /** How feeds here get in. */
  const terms = ({ discoveryUrl, collection }: Medallion) => ({
    url: discoveryUrl,
    collection,
    auth: { kind: 'basic', user: MEDALLION_USER } as const,
    secret: { env: SECRET },
  });

  const readHeld = (feed: PullFeed): Promise<readonly string[]> => readKeys(hub.server.core.store, feed.into);

  /** Each version of medallion's is held once, or is in the reject list with a reason. */
  async function expectAll(feed: PullFeed, wanted: readonly PostedObject[]): Promise<number> {
    const held = await readHeld(feed);
    const rejects = await hub.readRejects(feed);
    assert.ok(rejects.every(({ reason }) => reason.length > 10));
    const rejected = rejects.map(({ original = '' }) => keyOf(parseDocument(original)[0] ?? { id: '' }));
    assert.deepEqual([...held, ...rejected].toSorted(), wanted.map(keyOf).toSorted());
    return rejected.length;
  }

  function expectComplete(run: FeedRun): void {
    assert.equal(run.result, 'complete', JSON.stringify(run));
  }

  test('pulls every version, and then nothing more and nothing twice', TERMS, async (t) => {
    await using medallion = await startMedallion({ objects });
    const feed = await hub.addPull(terms(medallion));
    const run = await hub.run(feed);
    expectComplete(run);
    assert.equal(run.counts.objects, objects.length);
    const rejected = await expectAll(feed, objects);
    assert.deepEqual([run.counts.accepted, run.counts.rejected], [objects.length - rejected, rejected]);
    assert.ok(run.requests <= Math.ceil(objects.length / PAGE) + 6, String(run.requests));
    t.diagnostic(`${String(objects.length)} versions, ${String(rejected)} of them rejected`);

    const again = await hub.run(feed);
    expectComplete(again);
    assert.deepEqual([again.counts.objects, again.counts.accepted], [0, 0]);
    await expectAll(feed, objects);
  });

  test('loses nothing when many objects share the moment in which they were added', TERMS, async () => {
    await using medallion = await startMedallion({ objects, sharing: 70, pageSize: 30 });
    const feed = await hub.addPull(terms(medallion));
    expectComplete(await hub.run(feed));
    await expectAll(feed, objects);
  });

  test('goes on when medallion was started anew and knows no next any more', TERMS, async () => {
    await using medallion = await startMedallion({ objects, sharing: 7 });
    const feed = await hub.addPull(terms(medallion));
    assert.equal((await hub.run(feed, { maxPages: 2 })).result, 'unfinished');
    for (let restarts = 0; restarts < 3; restarts += 1) {
      const before = (await readHeld(feed)).length;
      await medallion.restart();
      const run = await hub.run(feed, { maxPages: 2 });
      assert.ok(run.error === undefined, JSON.stringify(run));
      assert.ok((await readHeld(feed)).length > before, 'it gets on');
    }
    expectComplete(await hub.run(feed));
    await expectAll(feed, objects);
    expectComplete(await hub.run(feed));
    await expectAll(feed, objects);
  });

  test('pushes all our entries, and nothing that came from it', TERMS, async () => {
    await using medallion = await startMedallion({ objects, maxContentLength: 20_000 });
    const pull = await hub.addPull(terms(medallion));
    expectComplete(await hub.run(pull));
    const held = await readHeld(pull);
    const ours = makeCampaigns(100, 'ours for medallion');
    const { id, alias } = await findCollection(pull);
    assert.equal((await hub.server.post(`/feed/collections/${alias}/`, ours)).status, 202);
    const push = await hub.addPush({ ...terms(medallion), from: id, org: pull.org });
    const run = await hub.run(push);
    expectComplete(run);
    const { accepted, known, rejected } = run.counts;
    assert.deepEqual([accepted, known, rejected], [ours.length, held.length, 0]);
    assert.deepEqual(await hub.readRejects(push), []);
    const there = (await medallion.readAll()).map(keyOf).toSorted();
    assert.deepEqual(there, [...objects, ...ours].map(keyOf).toSorted());
    assert.equal((await medallion.readManifest()).length, objects.length + ours.length);
    const byKey = new Map((await medallion.readAll()).map((object) => [keyOf(object), object]));
    for (const object of ours) assert.deepEqual(byKey.get(keyOf(object)), object);

    // What is ours comes back with the next pull, and changes nothing; then nothing is sent.
    expectComplete(await hub.run(pull));
    const again = await hub.run(push);
    expectComplete(again);
    assert.deepEqual([again.counts.objects, again.counts.accepted], [0, 0]);
    assert.equal((await medallion.readManifest()).length, objects.length + ours.length);
    assert.equal((await readHeld(pull)).length, held.length + ours.length);
  });

  test('pushes everything into a collection that was empty', TERMS, async () => {
    await using medallion = await startMedallion({ objects: [] });
    const { id, alias } = hub.takeCollection();
    const ours = makeCampaigns(250, 'ours for an empty medallion');
    assert.equal((await hub.server.post(`/feed/collections/${alias}/`, ours)).status, 202);
    const push = await hub.addPush({ ...terms(medallion), from: id, collection: 'Empty at first' });
    expectComplete(await hub.run(push));
    const there = await medallion.readAll(medallion.emptyCollection);
    assert.deepEqual(there.map(keyOf).toSorted(), ours.map(keyOf).toSorted());
  });

  test('says that the credentials are refused when they are wrong', TERMS, async () => {
    await using medallion = await startMedallion({ objects: [] });
    hub.env['MEDALLION_WRONG'] = 'not the password';
    const feed = await hub.addPull({ ...terms(medallion), secret: { env: 'MEDALLION_WRONG' } });
    const run = await hub.run(feed);
    assert.equal(run.error?.code, 'credentials.refused', JSON.stringify(run));
    assert.doesNotMatch(JSON.stringify([run, hub.log]), /not the password/);
    assert.ok(run.requests <= 2);
  });

  test('says which variable is missing when there is no secret', TERMS, async () => {
    await using medallion = await startMedallion({ objects: [] });
    const feed = await hub.addPull({ ...terms(medallion), secret: { env: 'MEDALLION_MISSING' } });
    const run = await hub.run(feed);
    assert.equal(run.error?.code, 'secret.missing', JSON.stringify(run));
    assert.match(run.error.detail, /MEDALLION_MISSING/);
  });

  async function findCollection({
    into,
  }: PullFeed): Promise<{ readonly id: PullFeed['into']; readonly alias: string }> {
    const found = (await hub.server.core.store.readPolicies()).find(({ id }) => id === into);
    assert.ok(found);
    return found;
  }
});
