import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FeedFaultCode } from '../../../server/domain/feed.ts';
import { always, nth, type Fault } from '../../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaign, makeCampaigns } from '../../support/partner/objects.ts';
import { keyOf } from '../../support/partner/stock.ts';
import { startScene, type SceneOptions } from './scene.ts';

const PAGE = 10;
const COUNT = 45;
const PAGES = 5;
const RETRIES = 2;
const RESOLVING = 3;
/** Short, as what hangs is waited for this long and once more for each time it is sent again. */
const QUICK = { requestTimeoutMs: 300 };

let hub: FeedHub;
before(async () => {
  hub = await startFeedHub();
});
after(() => hub[Symbol.asyncDispose]());

/** One answer is faulty: the run gets over it, or the next one does. The same every time: a clear error. */
async function expectFault(
  fault: Fault,
  codes: readonly FeedFaultCode[],
  mostRequests = 1 + RETRIES,
  rest: SceneOptions = {},
): Promise<void> {
  await using scene = await startScene(hub, { count: COUNT, limits: QUICK, ...rest });
  scene.partner.behave({ pageSize: PAGE, fault: nth('objects', 3, fault, 1000) });
  const run = await scene.run();
  assert.ok(run.error && codes.includes(run.error.code), JSON.stringify(run));
  await scene.expectFault(run, run.error.code);
  assert.equal((await scene.readHeld()).length, 2 * PAGE, 'what came before is kept');
  const { count } = scene.partner.requests;
  assert.ok(count <= 2 + RESOLVING + mostRequests, `${String(count)} requests`);
  assert.ok(scene.partner.requests.bytesOut < 200_000_000, 'the partner could send what it liked');

  // The next run meets it once, and gets over it by itself or with the run after it.
  scene.partner.behave({ pageSize: PAGE, fault: nth('objects', 2, fault) });
  const next = await scene.run();
  if (next.result === 'complete') await scene.expectAll(next);
  await scene.expectRecovery();
}

async function expectComplete(fault: Fault, rest: SceneOptions = {}): Promise<void> {
  await using scene = await startScene(hub, { count: COUNT, ...rest });
  scene.partner.behave({ pageSize: PAGE, fault: always('objects', fault) });
  await scene.expectAll(await scene.run());
  assert.equal(scene.partner.requests.of('objects').length, PAGES);
}

describe('a pull over a connection that is as it should be', () => {
  test('reads gzip', () => expectComplete({ kind: 'gzip', how: 'right' }));
  test('reads a body in chunks', () => expectComplete({ kind: 'chunked' }));
  test('reads a slow body', () => expectComplete({ kind: 'slow', bytes: 500, everyMs: 2 }));
});

describe('a pull over a connection that fails', () => {
  test('does not wait for ever for an answer', () =>
    expectFault({ kind: 'hang', where: 'before-headers' }, ['time.exceeded']));
  test('does not wait for ever for the rest of an answer', () =>
    expectFault({ kind: 'hang', where: 'in-body' }, ['time.exceeded']));
  test('does not wait for ever for an answer that comes byte by byte', () =>
    expectFault({ kind: 'slow', bytes: 1, everyMs: 5 }, ['time.exceeded']));
  test('says that the connection failed when it is reset before the answer', () =>
    expectFault({ kind: 'reset', where: 'before-headers' }, ['connection.failed']));
  test('says that the connection failed when it is reset in the answer', () =>
    expectFault({ kind: 'reset', where: 'in-body' }, ['connection.failed']));
  test('does not take the first half of an answer for the whole', () =>
    expectFault({ kind: 'truncated' }, ['connection.failed', 'answer.unreadable']));
  test('does not take the first half of an answer in chunks for the whole', () =>
    expectFault({ kind: 'truncated', as: 'chunked' }, ['connection.failed', 'answer.unreadable']));
  test('does not wait for ever for bytes that were promised', () =>
    expectFault({ kind: 'wrong-length', by: 100 }, [
      'connection.failed',
      'time.exceeded',
      'answer.unreadable',
    ]));
  test('does not read an answer that is longer than was said', () =>
    expectFault({ kind: 'wrong-length', by: -100 }, ['connection.failed', 'answer.unreadable']));
  test('does not read what is no gzip as gzip', () =>
    expectFault({ kind: 'gzip', how: 'broken' }, ['answer.unreadable', 'connection.failed']));
  test('does not take the first part of gzip for the whole', () =>
    expectFault({ kind: 'gzip', how: 'cut' }, ['answer.unreadable', 'connection.failed']));
});

describe('a pull over a connection that brings too much', () => {
  const LARGE = { limits: { requestTimeoutMs: 5000 } };
  test('ends a gigabyte of spaces in a few megabytes of gzip', () =>
    expectFault({ kind: 'gzip', how: 'bomb' }, ['answer.too-large'], 12, LARGE));
  test('ends spaces without end', () =>
    expectFault({ kind: 'endless', of: 'spaces' }, ['answer.too-large', 'answer.unreadable'], 12, LARGE));
  test('ends objects without end', () =>
    expectFault({ kind: 'endless', of: 'objects' }, ['answer.too-large'], 12, LARGE));

  test('rejects an object of 10 MB with its reason, and holds the others', async () => {
    const huge = makeCampaign('huge', 1, { description: 'x'.repeat(10_000_000) });
    const others = makeCampaigns(COUNT);
    await using scene = await startScene(hub, {
      objects: [...others.slice(0, 17), huge, ...others.slice(17)],
      behaviour: { pageSize: PAGE },
      limits: { maxPageBytes: 30_000_000, requestTimeoutMs: 10_000 },
    });
    const run = await scene.run();
    assert.equal(run.result, 'complete', JSON.stringify(run));
    assert.deepEqual((await scene.readHeld()).toSorted(), others.map(keyOf).toSorted());
    const [reject, ...more] = await hub.readRejects(scene.feed);
    assert.deepEqual(more, []);
    assert.equal(reject?.id, huge.id);
    assert.match(reject.reason, /large|bytes|long/);
    assert.equal(reject.original, undefined);
    assert.equal(run.counts.rejected, 1);
    assert.ok(scene.partner.requests.count <= PAGES + 4);
  });

  test('asks for smaller pages where a page exceeds the bound on answers', async () => {
    const objects = makeCampaigns(COUNT).map((object) => ({ ...object, description: 'x'.repeat(30_000) }));
    await using scene = await startScene(hub, {
      objects,
      behaviour: { pageSize: 40 },
      limits: { maxPageBytes: 200_000, pageLimit: 40 },
    });
    await scene.expectAll(await scene.run());
    assert.ok(scene.partner.requests.count <= 40, String(scene.partner.requests.count));
  });

  test('says so where an object alone exceeds the bound on answers', async () => {
    const huge = makeCampaign('huge', 1, { description: 'x'.repeat(10_000_000) });
    const others = makeCampaigns(COUNT);
    await using scene = await startScene(hub, {
      objects: [...others.slice(0, 17), huge, ...others.slice(17)],
      behaviour: { pageSize: PAGE },
    });
    const run = await scene.run();
    assert.ok(scene.partner.requests.count <= 60, String(scene.partner.requests.count));
    if (run.result === 'failed') {
      await scene.expectFault(run, 'answer.too-large');
      scene.partner.stock.remove(huge.id);
      await scene.expectRecovery();
    } else {
      assert.deepEqual((await scene.readHeld()).toSorted(), others.map(keyOf).toSorted());
      assert.equal(run.counts.rejected, 1);
    }
  });

  test('rejects what is no valid object with its original, and holds the others', async () => {
    const bad = makeCampaign('bad', 1, { name: 7 });
    const others = makeCampaigns(COUNT);
    await using scene = await startScene(hub, {
      objects: [...others.slice(0, 17), bad, ...others.slice(17)],
      behaviour: { pageSize: PAGE },
    });
    const run = await scene.run();
    assert.equal(run.result, 'complete', JSON.stringify(run));
    assert.deepEqual((await scene.readHeld()).toSorted(), others.map(keyOf).toSorted());
    const [reject, ...more] = await hub.readRejects(scene.feed);
    assert.deepEqual(more, []);
    assert.equal(reject?.original, JSON.stringify(bad));
    await scene.run();
    assert.equal((await hub.readRejects(scene.feed)).length, 1);
  });
});
