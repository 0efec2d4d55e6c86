import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FeedFaultCode, FeedRun, PushFeed } from '../../../server/domain/feed.ts';
import type { FeedLimits } from '../../../server/sync/feed-services.ts';
import { nth, type Behaviour, type Fault, type PostedObject } from '../../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaign, makeCampaigns, reviseCampaign } from '../../support/partner/objects.ts';
import {
  PARTNER_COLLECTION,
  startPartner,
  type Partner,
  type PartnerOptions,
} from '../../support/partner/partner.ts';
import { keyOf } from '../../support/partner/stock.ts';
import { withinBounds } from './scene.ts';

const COUNT = 45;
const ENVELOPES = 5;
const RETRIES = 2;
const RESOLVING = 3;

let hub: FeedHub;
before(async () => {
  hub = await startFeedHub();
});
after(() => hub[Symbol.asyncDispose]());

interface Pushing extends AsyncDisposable {
  readonly partner: Partner;
  readonly feed: PushFeed;
  readonly objects: readonly PostedObject[];
  readonly run: () => Promise<FeedRun>;
  /** Says that the run came to its end and the partner holds these, once. */
  readonly expectThere: (run: FeedRun, objects?: readonly PostedObject[]) => void;
  readonly post: (objects: readonly PostedObject[]) => Promise<void>;
}

async function startPushing(
  behaviour: Behaviour,
  objects = makeCampaigns(COUNT, 'ours'),
  limits: Partial<FeedLimits> = {},
  options: PartnerOptions = {},
): Promise<Pushing> {
  const partner = await startPartner({ ...options, behaviour });
  const { id, alias } = hub.takeCollection();
  const feed = await hub.addPush({ url: partner.apiRoot, from: id });
  const post = async (posted: readonly PostedObject[]): Promise<void> => {
    const path = `/feed/collections/${alias}/`;
    const { status } = await hub.server.post(path, posted, { as: 'writer' });
    assert.equal(status, 202);
  };
  await post(objects);
  return {
    partner,
    feed,
    objects,
    post,
    run: () => withinBounds(() => hub.run(feed, limits)),
    expectThere(run, wanted = objects) {
      assert.equal(run.result, 'complete', JSON.stringify(run));
      assert.deepEqual(partner.stock.keys, wanted.map(keyOf).toSorted());
      assert.equal(partner.stock.held.length, wanted.length);
    },
    [Symbol.asyncDispose]: () => partner[Symbol.asyncDispose](),
  };
}

const posts = ({ requests }: Partner): number => requests.of('add-objects').length;

describe('a push to a partner that does as it should', () => {
  test('sends everything once, and then nothing until there is more (TAXII 2.1, 5.5)', async () => {
    await using pushing = await startPushing({});
    const run = await pushing.run();
    pushing.expectThere(run);
    assert.equal(run.counts.accepted, COUNT);
    assert.equal(posts(pushing.partner), ENVELOPES);
    assert.ok(pushing.partner.requests.count <= ENVELOPES + RESOLVING);
    const before = pushing.partner.requests.count;
    assert.equal((await pushing.run()).result, 'complete');
    assert.equal(pushing.partner.requests.count, before, 'nothing to send is nothing to ask');
    const [first] = pushing.objects;
    assert.ok(first);
    const revised = reviseCampaign(first, 1, { revoked: true });
    await pushing.post([revised]);
    pushing.expectThere(await pushing.run(), [...pushing.objects, revised]);
    assert.equal(posts(pushing.partner), ENVELOPES + 1);
  });

  test('sends no envelope larger than max_content_length (TAXII 2.1, 4.2)', async () => {
    const bound = 1500;
    await using pushing = await startPushing({ maxContentLength: bound });
    pushing.expectThere(await pushing.run());
    const sizes = pushing.partner.requests.of('add-objects').map(({ bytesIn }) => bytesIn);
    assert.ok(
      sizes.every((size) => size <= bound),
      sizes.join(' '),
    );
    assert.ok(sizes.length <= 2 * Math.ceil((COUNT * 260) / bound), String(sizes.length));
  });

  test('waits for a status that is pending (TAXII 2.1, 4.3)', async () => {
    await using pushing = await startPushing({ pendingPolls: 2 });
    const run = await pushing.run();
    pushing.expectThere(run);
    assert.equal(run.counts.accepted, COUNT);
    assert.ok(pushing.partner.requests.of('status').length <= 3 * ENVELOPES);
  });

  test('leaves a status that stays pending to the next runs, and sends nothing twice', async () => {
    await using pushing = await startPushing({ pendingPolls: Infinity });
    const run = await pushing.run();
    pushing.expectThere(run);
    assert.equal(posts(pushing.partner), ENVELOPES);
    assert.ok(pushing.partner.requests.of('status').length <= 20 * ENVELOPES);
    assert.equal((await hub.readState(pushing.feed)).push?.pending.length, ENVELOPES);
    pushing.partner.behave({});
    await pushing.run();
    assert.equal(posts(pushing.partner), ENVELOPES);
  });
});

describe('a push to a partner that refuses', () => {
  const isBad = ({ name }: PostedObject): boolean => /^Campaign (7|23) /.test(String(name));

  test('keeps each object that the partner failed, with its reason', async () => {
    await using pushing = await startPushing({
      refusesObject: (object) => (isBad(object) ? 'We do not want it' : undefined),
    });
    const run = await pushing.run();
    const good = pushing.objects.filter((object) => !isBad(object));
    pushing.expectThere(run, good);
    assert.deepEqual([run.counts.accepted, run.counts.rejected], [good.length, 2]);
    const rejects = await hub.readRejects(pushing.feed);
    assert.deepEqual(
      rejects.map(({ id }) => id).toSorted(),
      pushing.objects
        .filter(isBad)
        .map(({ id }) => id)
        .toSorted(),
    );
    assert.ok(rejects.every(({ reason }) => reason.includes('We do not want it')));
  });

  test('finds the object for which the partner refuses the whole envelope with 422', async () => {
    await using pushing = await startPushing({
      refusesEnvelope: (objects) => (objects.some(isBad) ? 422 : undefined),
    });
    const run = await pushing.run();
    pushing.expectThere(
      run,
      pushing.objects.filter((object) => !isBad(object)),
    );
    assert.equal(run.counts.rejected, 2);
    assert.ok(posts(pushing.partner) <= 25, String(posts(pushing.partner)));
    const before = posts(pushing.partner);
    await pushing.run();
    assert.equal(posts(pushing.partner), before, 'what was refused is not sent again');
  });

  test('finds the object for which the partner refuses the whole envelope with 400', async () => {
    await using pushing = await startPushing({
      refusesEnvelope: (objects) => (objects.some(isBad) ? 400 : undefined),
    });
    pushing.expectThere(
      await pushing.run(),
      pushing.objects.filter((object) => !isBad(object)),
    );
  });

  test('ends when the partner refuses everything, and sends it all when it does no longer', async () => {
    await using pushing = await startPushing({ refusesEnvelope: () => 422 });
    const run = await pushing.run();
    assert.equal(run.result, 'failed');
    assert.ok(posts(pushing.partner) <= 40, String(posts(pushing.partner)));
    pushing.partner.behave({});
    pushing.expectThere(await pushing.run());
  });

  test('sends smaller envelopes to a partner that takes less than it says', async () => {
    const hidden = 1200;
    await using pushing = await startPushing({
      maxContentLength: 100_000,
      refusesEnvelope: (objects) => (JSON.stringify({ objects }).length > hidden ? 413 : undefined),
    });
    pushing.expectThere(await pushing.run());
    assert.ok(posts(pushing.partner) <= 40, String(posts(pushing.partner)));
  });

  test('rejects an object that is larger than all that the partner takes, and sends the others', async () => {
    const huge = makeCampaign('huge', 1, { description: 'x'.repeat(20_000) });
    const others = makeCampaigns(COUNT, 'ours');
    await using pushing = await startPushing({ maxContentLength: 10_000 }, [
      ...others.slice(0, 17),
      huge,
      ...others.slice(17),
    ]);
    const run = await pushing.run();
    pushing.expectThere(run, others);
    assert.equal(run.counts.rejected, 1);
    assert.deepEqual(
      (await hub.readRejects(pushing.feed)).map(({ id }) => id),
      [huge.id],
    );
  });

  test('says that a collection may not be written to, and sends nothing', async () => {
    await using pushing = await startPushing({}, undefined, undefined, {
      collections: [{ ...PARTNER_COLLECTION, canWrite: false }],
    });
    const run = await pushing.run();
    assert.equal(run.error?.code, 'collection.unusable', JSON.stringify(run));
    assert.equal(posts(pushing.partner), 0);
  });
});

describe('a push over a connection that fails', () => {
  /** Always from the third envelope on: a clear error. Then it goes on, and nothing is doubled. */
  async function expectFault(fault: Fault, codes: readonly FeedFaultCode[]): Promise<void> {
    await using pushing = await startPushing({}, undefined, { requestTimeoutMs: 300 });
    pushing.partner.behave({ fault: nth('add-objects', 3, fault, 1000) });
    const run = await pushing.run();
    assert.equal(run.result, 'failed', JSON.stringify(run));
    assert.ok(run.error && codes.includes(run.error.code), JSON.stringify(run.error));
    assert.ok(posts(pushing.partner) <= 3 + RETRIES, String(posts(pushing.partner)));
    assert.ok(((await hub.readState(pushing.feed)).retryAt ?? 0) > run.endedAt);
    pushing.partner.behave({});
    pushing.expectThere(await pushing.run());
    assert.equal((await hub.readRejects(pushing.feed)).length, 0);
  }

  test('does not wait for ever for an answer', () =>
    expectFault({ kind: 'hang', where: 'before-headers' }, ['time.exceeded']));
  test('sends again what was reset before the answer', () =>
    expectFault({ kind: 'reset', where: 'before-headers' }, ['connection.failed']));
  test('sends again what was taken, and whose answer was reset', () =>
    expectFault({ kind: 'reset', where: 'in-body' }, ['connection.failed']));
  test('sends again what was taken, and whose answer was cut short', () =>
    expectFault({ kind: 'truncated' }, ['connection.failed', 'answer.unreadable']));
  test('sends again what an HTML page with 200 answers', () =>
    expectFault({ kind: 'status', status: 200, html: true }, ['answer.unreadable']));
  test('says that the credentials are refused on 401', () =>
    expectFault({ kind: 'status', status: 401 }, ['credentials.refused']));
  test('says that the partner is busy on 503', () =>
    expectFault({ kind: 'status', status: 503, html: true }, ['partner.busy']));
  test('ends a status without end', () =>
    expectFault({ kind: 'endless', of: 'spaces' }, [
      'answer.too-large',
      'time.exceeded',
      'answer.unreadable',
    ]));

  test('asks again after 503 as the partner says', async () => {
    await using pushing = await startPushing({
      fault: nth('add-objects', 3, { kind: 'status', status: 503, retryAfter: '1' }),
    });
    pushing.expectThere(await pushing.run());
    assert.equal(posts(pushing.partner), ENVELOPES + 1);
  });
});
