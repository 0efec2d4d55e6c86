import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { NEW_STATE } from '../../../server/domain/feed.ts';
import { createFeedScheduler, type FeedScheduler } from '../../../server/sync/run/scheduler.ts';
import {
  askAndSave,
  askOnce,
  createGate,
  eventually,
  MINUTE,
  SECOND,
  setStage,
  type ProcessOptions,
  type Stage,
} from './stage.ts';

interface Started {
  readonly scheduler: FeedScheduler;
  readonly log: readonly string[];
}

function startScheduler(
  t: TestContext,
  { hub, startProcess }: Stage,
  { concurrency = 2, ...options }: ProcessOptions & { readonly concurrency?: number } = {},
): Started {
  const { runner, log, logger } = startProcess(options);
  const store = options.store ?? hub.store;
  const scheduler = createFeedScheduler({ store, runner, clock: hub.clock, log: logger, concurrency });
  t.after(() => scheduler.close());
  return { scheduler, log };
}

describe('two schedulers over one store', () => {
  test('run each feed once for each time of its cron, and never twice at once', async (t) => {
    const stage = await setStage(t);
    const second = await stage.addFeed({ name: 'second', cron: '*/30 * * * *' });
    stage.partner.before = () => delay(2);
    const schedulers = [startScheduler(t, stage), startScheduler(t, stage)].map(({ scheduler }) => scheduler);
    const runs = async (): Promise<readonly (number | undefined)[]> =>
      Promise.all([stage.feed, second].map(async (feed) => (await stage.stateOf(feed))?.totals.objects));
    // 18:00:00 at first; both feeds share the partner, which may be asked by two of them.
    for (let minute = 0; minute < 120; minute += 5) {
      stage.hub.clock.advance(5 * MINUTE);
      await Promise.all([...schedulers, ...schedulers].map((scheduler) => scheduler.runDue()));
    }
    assert.deepEqual(await runs(), [8 * 3, 4 * 3]);
    assert.equal(stage.partner.asked.length, 12);
    assert.ok(stage.partner.overlap() <= 2);
  });

  test('ask a partner of one feed once at a time while one of them is slow', async (t) => {
    const stage = await setStage(t);
    const gate = createGate();
    stage.partner.before = () => gate.opened;
    const [one, two] = [startScheduler(t, stage), startScheduler(t, stage)];
    stage.hub.clock.advance(15 * MINUTE);
    const slow = one.scheduler.runDue();
    await eventually(() => stage.partner.asked.length === 1, 'the first request');
    // The next time of the cron comes while the run goes on.
    for (let count = 0; count < 5; count += 1) {
      stage.hub.clock.advance(15 * MINUTE);
      await two.scheduler.runDue();
    }
    assert.equal(stage.partner.asked.length, 1);
    gate.open();
    await slow;
    await two.scheduler.runDue();
    await one.scheduler.runDue();
    assert.deepEqual([stage.partner.asked.length, stage.partner.overlap()], [2, 1]);
  });
});

describe('a scheduler', () => {
  test('runs a feed once after downtime, however many runs were missed', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage);
    stage.hub.clock.advance(3000 * MINUTE);
    for (let count = 0; count < 3; count += 1) await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
  });

  test('runs nothing that is paused, and what is resumed again', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage);
    await stage.hub.store.pauseFeed(stage.feed.id);
    stage.hub.clock.advance(60 * MINUTE);
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 0);
    await stage.hub.store.resumeFeed(stage.feed.id);
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
  });

  test('does not run what was paused, removed or run by others between its look and its lease', async (t) => {
    const stage = await setStage(t);
    const { store } = stage.hub;
    stage.hub.clock.advance(15 * MINUTE);
    const changes: readonly ((id: string) => Promise<unknown>)[] = [
      (id) => store.pauseFeed(id),
      (id) => store.removeFeed(id),
      async (id) => {
        const before = (await store.readFeedProgress(id))?.state ?? { totals: zero, failures: 0, runs: [] };
        await store.saveFeedProgress(
          id,
          { fence: 1, state: { ...before, startedAt: stage.hub.clock.now() } },
          [],
        );
      },
    ];
    await store.removeFeed(stage.feed.id);
    for (const [index, change] of changes.entries()) {
      const createdAt = stage.hub.clock.now() - 30 * MINUTE;
      const feed = await stage.addFeed({ name: `changing-${index}`, createdAt });
      const changing = {
        ...store,
        async readLease(name: string) {
          await change(feed.id);
          return store.readLease(name);
        },
      };
      await startScheduler(t, stage, { store: changing }).scheduler.runDue();
      await store.removeFeed(feed.id);
    }
    assert.equal(stage.partner.asked.length, 0);
  });

  test('tries again after a failure when it said so, and not before', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage);
    stage.partner.before = (_req, res) => void res.writeHead(500).end();
    stage.hub.clock.advance(15 * MINUTE);
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
    stage.hub.clock.advance(29 * SECOND);
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
    stage.partner.before = () => undefined;
    stage.hub.clock.advance(SECOND);
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 2);
    assert.equal((await stage.stateOf(stage.feed))?.failures, 0);
  });

  test('runs a feed soon whose last start lies a year ahead, as the clock went back', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage);
    stage.hub.clock.advance(525_600 * MINUTE);
    await scheduler.runDue();
    stage.hub.clock.advance(-525_600 * MINUTE);
    for (let minute = 0; minute < 46; minute += 1) {
      await scheduler.runDue();
      stage.hub.clock.advance(MINUTE);
    }
    assert.equal(stage.partner.asked.length, 4);
  });

  test('runs at most so many feeds at once, those first that are due longest, and leaves none behind', async (t) => {
    const stage = await setStage(t);
    await stage.hub.store.removeFeed(stage.feed.id);
    const createdAt = stage.hub.clock.now();
    for (let number = 0; number < 5; number += 1) {
      // The last by name has waited longest.
      await stage.addFeed({ name: `feed-${number}`, createdAt: createdAt - number * MINUTE });
    }
    const order: string[] = [];
    let running = 0;
    let most = 0;
    const { scheduler } = startScheduler(t, stage, {
      mover: async (given) => {
        order.push(given.feed.name);
        running += 1;
        most = Math.max(most, running);
        await askAndSave(given);
        running -= 1;
        return 'complete';
      },
    });
    stage.hub.clock.advance(15 * MINUTE);
    for (let look = 0; look < 3; look += 1) await scheduler.runDue();
    assert.equal(most, 2);
    assert.deepEqual(order.toSorted(), ['feed-0', 'feed-1', 'feed-2', 'feed-3', 'feed-4']);
    assert.deepEqual(order.slice(0, 2).toSorted(), ['feed-3', 'feed-4']);
  });

  test('does not end when the store fails, nor when a feed cannot be begun', async (t) => {
    const stage = await setStage(t);
    let isDown = true;
    let isListDown = true;
    const store = {
      ...stage.hub.store,
      listFeeds: () =>
        isListDown ? Promise.reject(new AppError('storage.unavailable')) : stage.hub.store.listFeeds(),
      findFeed: (name: string) =>
        isDown ? Promise.reject(new AppError('storage.unavailable')) : stage.hub.store.findFeed(name),
    };
    const { scheduler, log } = startScheduler(t, stage, { store });
    stage.hub.clock.advance(15 * MINUTE);
    await scheduler.runDue();
    assert.match(log.join('\n'), /could not be read/);
    isListDown = false;
    await scheduler.runDue();
    assert.match(log.join('\n'), /could not be run/);
    isDown = false;
    await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
  });

  test('leaves out a feed whose cron expression it cannot read, and says so once', async (t) => {
    const stage = await setStage(t);
    await stage.addFeed({ name: 'broken', cron: 'at noon' });
    const { scheduler, log } = startScheduler(t, stage);
    stage.hub.clock.advance(15 * MINUTE);
    for (let look = 0; look < 3; look += 1) await scheduler.runDue();
    assert.equal(stage.partner.asked.length, 1);
    assert.equal(log.filter((line) => line.includes('"feed":"broken"')).length, 1);
  });

  test('looks each second by itself, and stops between two pages when it is closed', async (t) => {
    const stage = await setStage(t);
    let pages = 0;
    const { scheduler } = startScheduler(t, stage, {
      mover: async (running) => {
        while (!running.signal.aborted) {
          await askAndSave(running);
          pages += 1;
        }
        return 'unfinished';
      },
    });
    stage.hub.clock.advance(15 * MINUTE);
    scheduler.start();
    await eventually(() => pages >= 2, 'a run that begins by itself');
    await scheduler.close();
    const closedAt = pages;
    const state = await stage.stateOf(stage.feed);
    assert.deepEqual([state?.runs[0]?.result, state?.totals.objects], ['stopped', closedAt * 3]);
    assert.equal((await stage.hub.store.readLease(`feed:${stage.feed.id}`))?.holder, '');
    await scheduler.runDue();
    assert.equal(pages, closedAt);
  });

  test('breaks off a request that hangs when it is closed', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage, { mover: askOnce });
    stage.partner.before = () => new Promise(() => undefined);
    stage.hub.clock.advance(15 * MINUTE);
    const running = scheduler.runDue();
    await eventually(() => stage.partner.asked.length === 1, 'the request');
    await scheduler.close();
    await running;
    assert.equal((await stage.stateOf(stage.feed))?.runs[0]?.result, 'stopped');
  });

  test('goes on at once after a restart with a run that it had to stop', async (t) => {
    const stage = await setStage(t);
    const { scheduler } = startScheduler(t, stage, {
      mover: async (running) => {
        while (!running.signal.aborted) await askAndSave(running);
        return 'unfinished';
      },
    });
    stage.hub.clock.advance(15 * MINUTE);
    const running = scheduler.runDue();
    await eventually(() => stage.partner.asked.length > 0, 'the first page');
    await scheduler.close();
    await running;
    const before = stage.partner.asked.length;
    const restarted = startScheduler(t, stage);
    await restarted.scheduler.runDue();
    await restarted.scheduler.runDue();
    assert.equal(stage.partner.asked.length, before + 1);
    const { openSince, retryAt, failures } = (await stage.stateOf(stage.feed)) ?? {};
    assert.deepEqual([openSince, retryAt, failures], [undefined, undefined, 0]);
  });

  test('goes on soon with a run whose process died, which counts as a failure', async (t) => {
    const stage = await setStage(t);
    const { clock, store } = stage.hub;
    const startedAt = clock.now();
    const died = { ...NEW_STATE, startedAt, openSince: startedAt, retryAt: startedAt + 30 * SECOND };
    assert.ok(await store.saveFeedProgress(stage.feed.id, { fence: 0, state: died }, []));
    const seen: unknown[] = [];
    const { scheduler } = startScheduler(t, stage, {
      mover: async (running) => {
        const { failures, retryAt } = running.state;
        seen.push([failures, retryAt]);
        return askOnce(running);
      },
    });
    await scheduler.runDue();
    assert.deepEqual(seen, []);
    clock.advance(31 * SECOND);
    await scheduler.runDue();
    assert.deepEqual(seen, [[1, clock.now() + 60 * SECOND]]);
    assert.equal((await stage.stateOf(stage.feed))?.failures, 0);
  });
});

const zero = { objects: 0, accepted: 0, known: 0, rejected: 0 };
