import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { MAX_RUNS, type FeedReject, type FeedState } from '../../../server/domain/feed.ts';
import type { FeedMover } from '../../../server/sync/feed-services.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { askAndSave, askOnce, createGate, MINUTE, ONE_PAGE, runNow, SECOND, setStage } from './stage.ts';

/** After an attempt that fails first. */
const PAUSE = 30 * SECOND;

function failWith(error: Error): FeedMover {
  return async () => {
    throw error;
  };
}

function makeReject(number: number, at: number): FeedReject {
  return { key: String(number).padStart(64, '0'), at, reason: 'It is not right.' };
}

describe('a run', () => {
  test('saves its start before the partner is asked, and its record and the sums at its end', async (t) => {
    const { hub, partner, feed, startProcess, stateOf } = await setStage(t);
    const startedAt = hub.clock.now();
    const seen: (FeedState | undefined)[] = [];
    partner.before = async () => {
      seen.push(await stateOf(feed));
      hub.clock.advance(MINUTE);
    };
    const run = await runNow(startProcess(), feed);
    assert.deepEqual([seen[0]?.startedAt, seen[0]?.runs], [startedAt, []]);
    const { pages: _, ...counts } = ONE_PAGE;
    const { bytes, ...rest } = run;
    assert.ok(bytes > 50, String(bytes));
    const endedAt = startedAt + MINUTE;
    assert.deepEqual(rest, { startedAt, endedAt, result: 'complete', counts, pages: 1, requests: 1 });
    assert.deepEqual(await stateOf(feed), {
      startedAt,
      succeededAt: endedAt,
      failures: 0,
      totals: counts,
      runs: [run],
    });
  });

  test('keeps the last runs, the newest first, and the sums of all', async (t) => {
    const { hub, feed, startProcess, stateOf } = await setStage(t);
    const process = startProcess();
    for (let count = 0; count < MAX_RUNS + 3; count += 1) {
      await runNow(process, feed);
      hub.clock.advance(MINUTE);
    }
    const state = await stateOf(feed);
    assert.deepEqual(
      [state?.runs.length, state?.runs[0]?.startedAt, state?.totals.objects],
      [MAX_RUNS, hub.clock.now() - MINUTE, 3 * (MAX_RUNS + 3)],
    );
  });

  test('goes on from where the last one was, and from elsewhere when that is asked for', async (t) => {
    const { feed, startProcess, stateOf } = await setStage(t);
    const seen: unknown[] = [];
    const { runner } = startProcess({
      mover: async ({ state, save }) => {
        seen.push(state.pull);
        await save({ pull: { after: 5, next: 'n', reached: 7 } }, ONE_PAGE, []);
        return 'complete';
      },
    });
    const { signal } = new AbortController();
    await runner.run(feed, { signal });
    await runner.run(feed, { signal });
    await runner.run(feed, { signal, since: 3 });
    await runner.run(feed, { signal, since: 0 });
    assert.deepEqual(seen, [undefined, { after: 5, next: 'n', reached: 7 }, { after: 3 }, {}]);
    assert.equal((await stateOf(feed))?.push, undefined);
  });

  test('tells of each page after it is durable', async (t) => {
    const { hub, feed, startProcess } = await setStage(t);
    const told: unknown[] = [];
    const { runner } = startProcess({
      mover: async (running) => {
        await askAndSave(running);
        assert.equal(told.length, 1);
        await askAndSave(running);
        return 'unfinished';
      },
    });
    const reading: Promise<unknown>[] = [];
    await runner.run(feed, {
      signal: new AbortController().signal,
      onProgress(done) {
        told.push(done);
        reading.push(hub.store.readFeedProgress(feed.id));
      },
    });
    assert.deepEqual(told, [ONE_PAGE, ONE_PAGE]);
    const [first] = await Promise.all(reading);
    assert.match(JSON.stringify(first), /"objects":3/);
  });

  test('that reached a bound is unfinished, and no failure', async (t) => {
    const { feed, startProcess, stateOf } = await setStage(t);
    const run = await runNow(startProcess({ mover: async () => 'unfinished' }), feed);
    assert.equal(run.result, 'unfinished');
    const state = await stateOf(feed);
    assert.deepEqual([state?.failures, state?.retryAt, state?.succeededAt], [0, undefined, undefined]);
  });

  test('that takes too long ends as unfinished, and what it moved is kept', async (t) => {
    const { feed, startProcess, stateOf } = await setStage(t);
    const process = startProcess({
      limits: { runTimeoutMs: 30 },
      mover: async (running) => {
        await askAndSave(running);
        await new Promise((_resolve, reject) => {
          running.signal.addEventListener('abort', () => reject(new Error('something was broken off')));
        });
        return 'complete';
      },
    });
    const run = await runNow(process, feed);
    assert.deepEqual([run.result, run.error, run.counts.objects], ['unfinished', undefined, 3]);
    assert.equal((await stateOf(feed))?.failures, 0);
  });

  test('that is told to stop does so between two pages, and is no failure', async (t) => {
    const { hub, feed, startProcess, stateOf } = await setStage(t);
    const stopping = new AbortController();
    let pages = 0;
    const process = startProcess({
      mover: async (running) => {
        while (!running.signal.aborted) {
          await askAndSave(running);
          pages += 1;
          if (pages === 2) stopping.abort();
        }
        return 'unfinished';
      },
    });
    const run = await runNow(process, feed, stopping.signal);
    assert.deepEqual([run.result, run.pages, pages], ['stopped', 2, 2]);
    const state = await stateOf(feed);
    assert.deepEqual([state?.failures, state?.succeededAt, state?.totals.objects], [0, undefined, 6]);
    // Who stopped it by hand says when it runs again.
    assert.deepEqual([state?.openSince, state?.retryAt], [undefined, undefined]);
    assert.equal((await hub.store.readLease(`feed:${feed.id}`))?.holder, '');
  });
});

describe('a failure', () => {
  test('of the partner is recorded as it is, and puts the next attempt off', async (t) => {
    const { hub, feed, startProcess, stateOf } = await setStage(t);
    const fault = new PartnerFault('credentials.refused', 'The partner refuses us.', { status: 401 });
    const process = startProcess({ mover: failWith(fault) });
    const at = hub.clock.now();
    const run = await runNow(process, feed);
    assert.equal(run.result, 'failed');
    assert.deepEqual(run.error, { code: 'credentials.refused', detail: 'The partner refuses us.', at });
    const first = await stateOf(feed);
    assert.deepEqual([first?.failures, first?.retryAt], [1, at + PAUSE]);
    await runNow(process, feed);
    const second = await stateOf(feed);
    assert.deepEqual([second?.failures, second?.retryAt], [2, at + 2 * PAUSE]);
    await runNow(startProcess(), feed);
    const third = await stateOf(feed);
    assert.deepEqual([third?.failures, third?.retryAt, third?.succeededAt], [0, undefined, at]);
  });

  test('puts the next attempt off for as long as the partner asks', async (t) => {
    const { hub, feed, startProcess, stateOf } = await setStage(t);
    const fault = new PartnerFault('partner.busy', 'Later.', { retryAfterMs: 600_000 });
    await runNow(startProcess({ mover: failWith(fault) }), feed);
    assert.equal((await stateOf(feed))?.retryAt, hub.clock.now() + 10 * MINUTE);
  });

  test('puts the next attempt off also when the run takes the process with it', async (t) => {
    const { hub, feed, startProcess, stateOf } = await setStage(t);
    const process = startProcess({ mover: failWith(new PartnerFault('partner.failed', 'No.')) });
    await runNow(process, feed);
    const during: (FeedState | undefined)[] = [];
    hub.clock.advance(MINUTE);
    const dying = startProcess({
      mover: async () => {
        during.push(await stateOf(feed));
        return 'complete';
      },
    });
    await runNow(dying, feed);
    assert.ok((during[0]?.retryAt ?? 0) > hub.clock.now());
  });

  test('of the database is not laid to the partner', async (t) => {
    const { feed, startProcess } = await setStage(t);
    for (const code of ['storage.unavailable', 'storage.corrupt', 'server.busy'] as const) {
      const run = await runNow(
        startProcess({ mover: failWith(new AppError(code, { detail: 'secret path' })) }),
        feed,
      );
      assert.equal(run.error?.code, 'store.unavailable');
      assert.doesNotMatch(JSON.stringify(run), /secret path/);
    }
  });

  test('of our own side that has words is said in these words', async (t) => {
    const { feed, startProcess } = await setStage(t);
    const gone = new AppError('input.invalid', { detail: 'There is no organisation "x" any more.' });
    const run = await runNow(startProcess({ mover: failWith(gone) }), feed);
    assert.deepEqual(
      [run.error?.code, run.error?.detail],
      ['collection.unusable', 'There is no organisation "x" any more.'],
    );
  });

  test('that nobody foresaw is internal, and only the log says what it was', async (t) => {
    const { feed, startProcess, stateOf } = await setStage(t);
    const process = startProcess({ mover: failWith(new TypeError('undefined is not a feed')) });
    const run = await runNow(process, feed);
    assert.equal(run.error?.code, 'internal');
    assert.doesNotMatch(JSON.stringify([run, await stateOf(feed)]), /not a feed/);
    assert.match(process.log.join('\n'), /TypeError: undefined is not a feed/);
  });

  test('to save the end does not fail the run', async (t) => {
    const { hub, feed, startProcess } = await setStage(t);
    let saves = 0;
    const store = {
      ...hub.store,
      async saveFeedProgress(...given: Parameters<typeof hub.store.saveFeedProgress>) {
        saves += 1;
        if (saves > 2) throw new AppError('storage.unavailable');
        return hub.store.saveFeedProgress(...given);
      },
    };
    const process = startProcess({ store });
    assert.equal((await runNow(process, feed)).result, 'complete');
    assert.match(process.log.join('\n'), /could not be saved/);
  });

  test('to begin is for whoever asked', async (t) => {
    const { hub, partner, feed, startProcess } = await setStage(t);
    const store = {
      ...hub.store,
      readFeedProgress: () => Promise.reject(new AppError('storage.unavailable')),
    };
    const process = startProcess({ store });
    await assert.rejects(runNow(process, feed), /storage\.unavailable/);
    assert.equal(partner.asked.length, 0);
    // What could not begin keeps nobody from trying again.
    assert.equal((await runNow(startProcess(), feed)).result, 'complete');
  });
});

test('the log has one line for a run, without the URL, the secret or what the partner said', async (t) => {
  const { addFeed, partner, startProcess } = await setStage(t);
  const feed = await addFeed({ name: 'quiet', auth: { kind: 'bearer' }, secret: { env: 'PARTNER_TOKEN' } });
  const env = { PARTNER_TOKEN: 'hush-hush-4711' };
  const good = startProcess({ env });
  await runNow(good, feed);
  assert.equal(partner.asked[0]?.authorization, 'Bearer hush-hush-4711');
  const bad = startProcess({ env, mover: failWith(new PartnerFault('partner.failed', 'It said: boo')) });
  await runNow(bad, feed);
  for (const { log } of [good, bad]) {
    assert.equal(log.length, 1, log.join('\n'));
    assert.match(log[0] ?? '', /"feed":"quiet","result":"(complete|failed)","objects":\d/);
    assert.doesNotMatch(log[0] ?? '', /127\.0\.0\.1|hush|boo/);
  }
  assert.match(bad.log[0] ?? '', /"code":"partner\.failed"/);
});

test('a secret that is not there fails the run before the partner is asked, and names the variable', async (t) => {
  const { addFeed, partner, startProcess } = await setStage(t);
  const feed = await addFeed({ name: 'late', auth: { kind: 'token' }, secret: { env: 'PARTNER_TOKEN' } });
  const run = await runNow(startProcess(), feed);
  const { code, detail } = run.error ?? {};
  assert.equal(code, 'secret.missing');
  assert.match(detail ?? '', /PARTNER_TOKEN is not set/);
  assert.deepEqual([run.requests, partner.asked.length], [0, 0]);
  // It is read anew each time.
  const later = await runNow(startProcess({ env: { PARTNER_TOKEN: 'there\n' } }), feed);
  assert.deepEqual([later.result, partner.asked[0]?.authorization], ['complete', 'Token there']);
});

test('of the rejects the newest stay, also within a run that rejects without end', async (t) => {
  const { hub, feed, startProcess } = await setStage(t);
  let most = 0;
  const process = startProcess({
    mover: async ({ save }) => {
      for (let page = 0; page < 12; page += 1) {
        const rejects = Array.from({ length: 200 }, (_, index) => {
          const number = page * 200 + index;
          return makeReject(number, hub.clock.now() + number);
        });
        await save({}, { ...ONE_PAGE, rejected: 200 }, rejects);
        most = Math.max(most, await hub.store.countFeedRejects(feed.id));
      }
      return 'complete';
    },
  });
  await runNow(process, feed);
  assert.ok(most <= 1200, `${most} at once`);
  const kept = await hub.store.listFeedRejects(feed.id, 100, 0);
  assert.deepEqual([kept.length, kept[0]?.at], [10, hub.clock.now() + 2399]);
});

test('of the rejects stay those whose originals keep within the bound, also within a run that rejects without end', async (t) => {
  const { hub, feed, startProcess } = await setStage(t);
  const original = 'x'.repeat(20_000_000);
  let most = 0;
  const process = startProcess({
    mover: async ({ save }) => {
      for (let page = 0; page < 15; page += 1) {
        const reject = { ...makeReject(page, hub.clock.now() + page), original };
        await save({}, { ...ONE_PAGE, rejected: 1 }, [reject]);
        most = Math.max(most, await hub.store.countFeedRejects(feed.id));
      }
      return 'complete';
    },
  });
  await runNow(process, feed);
  const kept = await hub.store.listFeedRejects(feed.id, 100, 0);
  // The bound of the stage is 100 MB; as much again may come before it is seen to.
  assert.deepEqual([kept.length, most], [5, 10]);
  assert.equal(kept[0]?.at, hub.clock.now() + 14);
});

test('a feed that is removed while it runs ends without a trace, and without a further request', async (t) => {
  const { hub, partner, feed, startProcess, stateOf } = await setStage(t);
  const process = startProcess({
    mover: async (running) => {
      await askAndSave(running);
      await hub.store.removeFeed(feed.id);
      await askAndSave(running);
      await askAndSave(running);
      return 'complete';
    },
  });
  const run = await runNow(process, feed);
  assert.equal(run.error?.code, 'lease.lost');
  assert.equal(partner.asked.length, 2);
  assert.equal(await stateOf(feed), undefined);
  await assert.rejects(runNow(process, feed), /feed\.not-found/);
});

test('a second run of the same feed is refused within a process, also while the first one ends', async (t) => {
  const { feed, startProcess } = await setStage(t);
  const [entered, gate] = [createGate(), createGate()];
  const process = startProcess({
    mover: async (running) => {
      entered.open();
      await gate.opened;
      return askOnce(running);
    },
  });
  const first = runNow(process, feed);
  await entered.opened;
  await assert.rejects(runNow(process, feed), /feed\.running/);
  gate.open();
  assert.equal((await first).result, 'complete');
  assert.equal((await runNow(process, feed)).result, 'complete');
});
