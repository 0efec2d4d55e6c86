import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createLeases, type Leases } from '../../../server/ops/leases.ts';
import type { Lease, LeaseStore } from '../../../server/storage/port.ts';
import { readRandomRuns } from '../../support/random-runs.ts';

const TTL_MS = 5000;
const NAME = 'chores';

interface FakeStore extends LeaseStore {
  lease(): Lease | undefined;
  /** How often something was written, and how often it was read. */
  readonly writes: number;
  readonly reads: number;
  /** The next swap is done, and its answer lost. */
  loseAnswer(): void;
}

function isSame(one: Lease | undefined, other: Lease | undefined): boolean {
  return one?.holder === other?.holder && one?.fence === other?.fence && one?.beat === other?.beat;
}

function createFakeStore(): FakeStore {
  let lease: Lease | undefined;
  let writes = 0;
  let reads = 0;
  let isAnswerLost = false;
  return {
    lease: () => lease,
    get writes() {
      return writes;
    },
    get reads() {
      return reads;
    },
    loseAnswer() {
      isAnswerLost = true;
    },
    async readLease() {
      reads += 1;
      return lease;
    },
    async swapLease(_name, expected, next) {
      if (!isSame(lease, expected)) return false;
      writes += 1;
      lease = next;
      if (!isAnswerLost) return true;
      isAnswerLost = false;
      throw new Error('the connection is lost');
    },
  };
}

interface Monotonic {
  now: number;
}

function createProcess(store: LeaseStore, holder: string, clock: Monotonic): Leases {
  // No two processes count from the same moment.
  const from = holder.length * 1_000_000 + holder.charCodeAt(0);
  return createLeases({ store, holder, nowMs: () => from + clock.now, ttlMs: TTL_MS });
}

describe('a lease', () => {
  test('is taken by the first who asks, and refused to others while it is renewed', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    const two = createProcess(store, 'two', clock);
    for (let second = 0; second < 60; second += 1) {
      assert.equal(await one.hold(NAME), 1);
      assert.equal(await two.hold(NAME), undefined);
      clock.now += 1000;
    }
  });

  test('is written at most once in a third of its time, however often it is asked for', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    for (; clock.now < 60_000; clock.now += 100) assert.equal(await one.hold(NAME), 1);
    assert.ok(store.writes <= 60_000 / (TTL_MS / 3) + 1, String(store.writes));
    assert.equal(store.reads, 1);
  });

  test('of a dead holder is taken over once it was seen unchanged for its whole time, and not before', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    assert.equal(await createProcess(store, 'dead', clock).hold(NAME), 1);
    const two = createProcess(store, 'two', clock);
    clock.now = 100_000;
    assert.equal(await two.hold(NAME), undefined, 'how long it was silent before is not known');
    clock.now += TTL_MS - 1;
    assert.equal(await two.hold(NAME), undefined);
    clock.now += 1;
    assert.equal(await two.hold(NAME), 2);
  });

  test('is lost by a holder that was stopped, and that holder knows as soon as it asks again', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const stopped = createProcess(store, 'stopped', clock);
    const two = createProcess(store, 'two', clock);
    assert.equal(await stopped.hold(NAME), 1);
    await two.hold(NAME);
    clock.now += TTL_MS;
    assert.equal(await two.hold(NAME), 2);
    clock.now += 3_600_000;
    assert.equal(await two.hold(NAME), 2);
    assert.equal(await stopped.hold(NAME), undefined);
    clock.now += 1000;
    assert.equal(await stopped.hold(NAME), undefined);
    assert.equal(await two.hold(NAME), 2);
  });

  test('goes on being held by a holder that was stopped when nobody else wanted it', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const stopped = createProcess(store, 'stopped', clock);
    assert.equal(await stopped.hold(NAME), 1);
    clock.now += 3_600_000;
    assert.equal(await stopped.hold(NAME), 1);
  });

  test('that was given back is free at once, and its fence still rises', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    const two = createProcess(store, 'two', clock);
    assert.equal(await one.hold(NAME), 1);
    await one.releaseAll();
    assert.equal(await two.hold(NAME), 2);
    // Who has nothing gives nothing back.
    await one.releaseAll();
    assert.equal(await two.hold(NAME), 2);
    assert.equal(store.lease()?.holder, 'two');
  });

  test('is known to be held without asking for as long as nobody else can have it, also while it is renewed', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    assert.equal(one.isHeld(NAME), false);
    await one.hold(NAME);
    assert.equal(one.isHeld(NAME), true);
    clock.now = TTL_MS / 2;
    const renewing = one.hold(NAME);
    assert.equal(one.isHeld(NAME), true);
    await renewing;
    clock.now = TTL_MS / 2 + TTL_MS - 1;
    store.loseAnswer();
    await assert.rejects(one.hold(NAME), /lost/);
    assert.equal(one.isHeld(NAME), true);
    clock.now += 1;
    assert.equal(one.isHeld(NAME), false);
    await one.hold(NAME);
    assert.equal(one.isHeld(NAME), true);
    await one.release(NAME);
    assert.equal(one.isHeld(NAME), false);
  });

  test('that was lost is known to be, and giving it back takes it from nobody', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    const two = createProcess(store, 'two', clock);
    await one.hold(NAME);
    await two.hold(NAME);
    clock.now = TTL_MS;
    assert.equal(await two.hold(NAME), 2);
    assert.deepEqual([one.isHeld(NAME), two.isHeld(NAME)], [false, true]);
    await one.release(NAME);
    assert.equal(store.lease()?.holder, 'two');
    assert.equal(await one.hold(NAME), undefined);
    assert.equal(one.isHeld(NAME), false);
  });

  test('is given back alone, and the others are kept', async () => {
    const stores = new Map<string, FakeStore>();
    const of = (name: string): FakeStore => {
      const found = stores.get(name) ?? createFakeStore();
      stores.set(name, found);
      return found;
    };
    const store: LeaseStore = {
      readLease: (name) => of(name).readLease(name),
      swapLease: (name, ...given) => of(name).swapLease(name, ...given),
    };
    const one = createProcess(store, 'one', { now: 0 });
    await Promise.all(['a', 'b', 'c'].map((name) => one.hold(name)));
    await one.release('b');
    const holders = () => ['a', 'b', 'c'].map((name) => of(name).lease()?.holder);
    assert.deepEqual(holders(), ['one', '', 'one']);
    of('a').loseAnswer();
    await assert.rejects(one.releaseAll(), /lost/);
    assert.deepEqual(holders(), ['', '', '']);
  });

  test('whose swap was done and not answered is still that process its own', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    store.loseAnswer();
    await assert.rejects(one.hold(NAME), /lost/);
    assert.equal(await one.hold(NAME), 1);
    clock.now += TTL_MS / 2;
    store.loseAnswer();
    await assert.rejects(one.hold(NAME), /lost/);
    assert.equal(await one.hold(NAME), 1);
  });

  test('is asked for once by callers that ask at the same time', async () => {
    const store = createFakeStore();
    const clock = { now: 0 };
    const one = createProcess(store, 'one', clock);
    for (let round = 0; round < 3; round += 1) {
      assert.deepEqual(await Promise.all([one.hold(NAME), one.hold(NAME), one.hold(NAME)]), [1, 1, 1]);
      clock.now += TTL_MS / 2;
    }
    assert.equal(store.writes, 3);
  });
});

/** What an operation waits for: that the store does it, and that its answer arrives. */
interface Pending {
  isDone: boolean;
  /** Does what was asked, once. */
  act(): void;
  arrive(): void;
  fail(): void;
}

/** A store whose answers are slow: each operation is done, and answered or not, when the test says so. */
function createSlowStore(inner: LeaseStore, pending: Set<Pending>): LeaseStore {
  function defer<T>(act: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: Promise<T> | undefined;
    const one: Pending = {
      isDone: false,
      act() {
        result ??= act();
        one.isDone = true;
      },
      arrive() {
        pending.delete(one);
        one.act();
        if (result) resolve(result);
      },
      fail() {
        pending.delete(one);
        reject(new Error('the connection is lost'));
      },
    };
    pending.add(one);
    return promise;
  }
  return {
    readLease: (name) => defer(() => inner.readLease(name)),
    swapLease: (name, expected, next) => defer(() => inner.swapLease(name, expected, next)),
  };
}

test('a holder that was stopped while its swap was answered does not believe that it holds the lease', async () => {
  const inner = createFakeStore();
  const clock = { now: 0 };
  const pending = new Set<Pending>();
  const stopped = createProcess(createSlowStore(inner, pending), 'stopped', clock);
  const two = createProcess(inner, 'two', clock);
  const asking = stopped.hold(NAME);
  // The read, and then the swap, whose answer is there but not taken.
  for (const one of pending) one.arrive();
  await settle();
  for (const one of pending) one.act();
  assert.equal(inner.lease()?.holder, 'stopped');
  await two.hold(NAME);
  clock.now += TTL_MS;
  assert.equal(await two.hold(NAME), 2);
  for (const one of pending) one.arrive();
  assert.equal(await asking, undefined);
});

const HOLDERS = ['one', 'three', 'seventh'] as const;

type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'ask'; readonly process: number }
  | { readonly kind: 'release'; readonly process: number }
  | { readonly kind: 'act' | 'arrive' | 'fail'; readonly operation: number }
  | { readonly kind: 'arrive all' };

const process = fc.nat({ max: HOLDERS.length - 1 });
const operation = fc.nat({ max: 5 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), process }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('arrive' as const), operation }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('arrive all' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('act' as const, 'fail' as const), operation }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.oneof(fc.nat({ max: 2 * TTL_MS }), fc.constantFrom(1, TTL_MS - 1, TTL_MS, TTL_MS + 1)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), process }) },
);

/** Lets all continue that was answered. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test('a process is told that it holds a lease only while nobody else has it, whatever is slow, lost or stopped', async (t) => {
  const { seed, numRuns } = readRandomRuns(t, 20);
  let told = 0;
  let takenOver = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 10, maxLength: 120 }), async (steps) => {
      const inner = createFakeStore();
      const pending = new Set<Pending>();
      const clock = { now: 0 };
      const processes = HOLDERS.map((holder) =>
        createProcess(createSlowStore(inner, pending), holder, clock),
      );
      const faults: string[] = [];
      const ask = async (index: number): Promise<void> => {
        const fence = await processes[index]?.hold(NAME).catch(() => undefined);
        if (fence === undefined) return;
        told += 1;
        if (fence > 1) takenOver += 1;
        const lease = inner.lease();
        if (lease?.holder !== HOLDERS[index] || lease?.fence !== fence) {
          faults.push(`at ${clock.now} ${HOLDERS[index] ?? ''} thought it holds ${JSON.stringify(lease)}`);
        }
      };
      const asked: Promise<void>[] = [];
      for (const step of steps) {
        if (step.kind === 'arrive all') for (const one of pending) one.arrive();
        else if (step.kind === 'wait') clock.now += step.ms;
        else if (step.kind === 'ask') asked.push(ask(step.process));
        else if (step.kind === 'release')
          asked.push(processes[step.process]?.release(NAME).catch(() => undefined) ?? ask(0));
        else [...pending][step.operation]?.[step.kind]();
        await settle();
        const holder = inner.lease()?.holder;
        for (const [index, process] of processes.entries()) {
          if (!process.isHeld(NAME)) continue;
          if (holder !== HOLDERS[index])
            faults.push(`at ${clock.now} ${HOLDERS[index] ?? ''} ${holder ?? ''}`);
        }
      }
      while (pending.size > 0) {
        for (const one of pending) one.arrive();
        await settle();
      }
      await Promise.all(asked);
      assert.deepEqual(faults, []);
    }),
    { seed, numRuns },
  );
  t.diagnostic(`told ${told} times that it holds, ${takenOver} of them after another had held`);
  assert.ok(takenOver > numRuns / 10);
});
