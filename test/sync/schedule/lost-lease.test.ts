import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import {
  askAndSave,
  createGate,
  eventually,
  LEASE_MS,
  MINUTE,
  runNow,
  setStage,
  type Stage,
  type TestProcess,
} from './stage.ts';

/** A process that is stopped in its run after its first page, and goes on when it is told to. */
function startStopped({ startProcess }: Stage) {
  const [stopped, goOn] = [createGate(), createGate()];
  const faults: unknown[] = [];
  const attempt = async (work: () => Promise<unknown>): Promise<void> => {
    await work().catch((error: unknown) => faults.push(error));
  };
  const process = startProcess({
    mover: async (running) => {
      await askAndSave(running);
      stopped.open();
      await goOn.opened;
      // It neither asks nor saves, however it tries.
      await attempt(() => running.client.readService(running.feed.url));
      await attempt(() => running.save({ pull: { after: 666 } }, { ...running.state.totals, pages: 1 }, []));
      await running.client.readService(running.feed.url);
      return 'complete';
    },
  });
  return { process, stopped, goOn, faults };
}

/** The holder gives no sign for the whole time, by the clock of the one that wants the lease. */
async function takeOver({ feed, hub }: Stage, process: TestProcess): Promise<void> {
  const wanted = async () => process.runner.runIf(feed, () => true, new AbortController().signal);
  assert.equal(await wanted(), undefined);
  process.monotonic.nowMs += LEASE_MS;
  hub.clock.advance(MINUTE);
  assert.equal((await wanted())?.result, 'complete');
}

function codesOf(faults: readonly unknown[]): readonly string[] {
  return faults.map((fault) => (fault instanceof PartnerFault ? fault.code : String(fault)));
}

describe('a process that was stopped in a run', () => {
  test('sends no request and saves nothing once another one may have the lease', async (t) => {
    const stage = await setStage(t);
    const { process, stopped, goOn, faults } = startStopped(stage);
    const running = runNow(process, stage.feed);
    await stopped.opened;
    await takeOver(stage, stage.startProcess());
    const after = await stage.hub.store.readFeedProgress(stage.feed.id);
    assert.equal(stage.partner.asked.length, 2);
    process.monotonic.nowMs += 3_600_000;
    goOn.open();
    const run = await running;
    assert.deepEqual([run.result, run.error?.code], ['failed', 'lease.lost']);
    assert.deepEqual(codesOf(faults), ['lease.lost', 'lease.lost']);
    assert.equal(stage.partner.asked.length, 2, 'it asked');
    assert.deepEqual(await stage.hub.store.readFeedProgress(stage.feed.id), after, 'it saved');
    assert.equal(after?.state.runs.length, 1);
  });

  test('sends no request by its own clock alone, before anybody else has run', async (t) => {
    const stage = await setStage(t);
    const { process, stopped, goOn } = startStopped(stage);
    const running = runNow(process, stage.feed);
    await stopped.opened;
    process.monotonic.nowMs += LEASE_MS;
    goOn.open();
    assert.equal((await running).error?.code, 'lease.lost');
    assert.equal(stage.partner.asked.length, 1);
  });

  test('goes on when it was stopped for less than the time of its lease', async (t) => {
    const stage = await setStage(t);
    const { process, stopped, goOn, faults } = startStopped(stage);
    const running = runNow(process, stage.feed);
    await stopped.opened;
    process.monotonic.nowMs += LEASE_MS - 1;
    goOn.open();
    assert.equal((await running).result, 'complete');
    assert.deepEqual(faults, []);
  });

  test('does not take the lease from its successor when it gives back what it has', async (t) => {
    const stage = await setStage(t);
    const { process, stopped, goOn } = startStopped(stage);
    const running = runNow(process, stage.feed);
    await stopped.opened;
    const [entered, gate] = [createGate(), createGate()];
    const successor = stage.startProcess({
      mover: async (given) => {
        entered.open();
        await gate.opened;
        await askAndSave(given);
        return 'complete';
      },
    });
    const { signal } = new AbortController();
    await successor.runner.runIf(stage.feed, () => true, signal);
    successor.monotonic.nowMs += LEASE_MS;
    const second = successor.runner.runIf(stage.feed, () => true, signal);
    await entered.opened;
    process.monotonic.nowMs += 3_600_000;
    goOn.open();
    assert.equal((await running).error?.code, 'lease.lost');
    assert.equal(await process.runner.runIf(stage.feed, () => true, signal), undefined);
    gate.open();
    assert.equal((await second)?.result, 'complete');
  });
});

test('a run whose lease somebody else has is broken off at the next renewal', async (t) => {
  const { hub, feed, startProcess } = await setStage(t);
  const entered = createGate();
  const process = startProcess({
    leaseMs: 60,
    mover: async ({ signal }) => {
      entered.open();
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('the connection was cut')));
      });
      return 'complete';
    },
  });
  const running = runNow(process, feed);
  await entered.opened;
  const name = `feed:${feed.id}`;
  const mine = await hub.store.readLease(name);
  assert.ok(mine);
  assert.ok(await hub.store.swapLease(name, mine, { holder: 'another', fence: mine.fence + 1, beat: 0 }));
  process.monotonic.nowMs += 30;
  const run = await running;
  assert.deepEqual([run.result, run.error?.code], ['failed', 'lease.lost']);
  assert.equal((await hub.store.readLease(name))?.holder, 'another');
});

test('a lease is renewed for as long as the run goes on', async (t) => {
  const { hub, feed, startProcess } = await setStage(t);
  const gate = createGate();
  const process = startProcess({
    leaseMs: 60,
    mover: async (running) => {
      await gate.opened;
      await askAndSave(running);
      return 'complete';
    },
  });
  const running = runNow(process, feed);
  const beat = async () => (await hub.store.readLease(`feed:${feed.id}`))?.beat ?? -1;
  for (let renewal = 0; renewal < 5; renewal += 1) {
    await eventually(async () => (await beat()) >= renewal, `renewal ${renewal}`);
    process.monotonic.nowMs += 25;
  }
  gate.open();
  assert.equal((await running).result, 'complete');
});

test('a database that does not answer for a while costs no run its lease', async (t) => {
  const { hub, feed, startProcess } = await setStage(t);
  let failures = 0;
  const gate = createGate();
  const store = {
    ...hub.store,
    async swapLease(...given: Parameters<typeof hub.store.swapLease>) {
      if (given[2].beat > 0 && failures < 3) {
        failures += 1;
        throw new AppError('storage.unavailable');
      }
      return hub.store.swapLease(...given);
    },
  };
  const process = startProcess({
    leaseMs: 60,
    store,
    mover: async (running) => {
      await gate.opened;
      await askAndSave(running);
      return 'complete';
    },
  });
  const running = runNow(process, feed);
  await eventually(async () => (await hub.store.readLease(`feed:${feed.id}`)) !== undefined, 'the lease');
  process.monotonic.nowMs += 25;
  await eventually(async () => ((await hub.store.readLease(`feed:${feed.id}`))?.beat ?? 0) > 0, 'a renewal');
  gate.open();
  assert.deepEqual([(await running).result, failures], ['complete', 3]);
});

describe('whoever asks for a run', () => {
  test('waits until a holder that died is known to be dead', async (t) => {
    const { hub, feed, startProcess } = await setStage(t);
    const dead = { holder: 'dead', fence: 41, beat: 7 };
    assert.ok(await hub.store.swapLease(`feed:${feed.id}`, undefined, dead));
    assert.equal((await runNow(startProcess(), feed)).result, 'complete');
    assert.equal((await hub.store.readLease(`feed:${feed.id}`))?.fence, 42);
  });

  test('is refused as soon as the holder gives a sign', async (t) => {
    const { hub, feed, startProcess } = await setStage(t);
    const name = `feed:${feed.id}`;
    const alive = { holder: 'alive', fence: 1, beat: 0 };
    assert.ok(await hub.store.swapLease(name, undefined, alive));
    const process = startProcess();
    const asking = assert.rejects(runNow(process, feed), /feed\.running/);
    assert.ok(await hub.store.swapLease(name, alive, { ...alive, beat: 1 }));
    const from = process.monotonic.nowMs;
    await asking;
    assert.ok(process.monotonic.nowMs - from < LEASE_MS);
  });

  test('is refused, and does not wait on, when told to stop meanwhile', async (t) => {
    const { hub, feed, startProcess } = await setStage(t);
    assert.ok(await hub.store.swapLease(`feed:${feed.id}`, undefined, { holder: 'x', fence: 1, beat: 0 }));
    const stopping = new AbortController();
    const process = startProcess();
    const asking = assert.rejects(runNow(process, feed, stopping.signal), /feed\.running/);
    stopping.abort();
    await asking;
  });
});
