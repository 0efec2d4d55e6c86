import type { TestContext } from 'node:test';
import type { Clock } from '../../server/domain/ids.ts';
import { MICROS_PER_SECOND } from '../../server/domain/timestamp.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { Changes, Store } from '../../server/storage/port.ts';

export const HOUR = 3600 * MICROS_PER_SECOND;

/** 2026-01-02T03:04:05.678901Z: no whole millisecond. */
const START = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901;

/** What a store is opened with. */
export interface StoreOptions {
  readonly clock: Clock;
  readonly writeWaitMs: number;
  readonly maxPendingWrites: number;
  readonly pageScanMax: number;
}

/** A store on a new, empty database, and what else can be done with that database. */
export interface OpenedStore {
  readonly store: Store;
  /** Closes the store and opens the same database anew, with the same options. */
  reopen(): Promise<Store>;
  /** Opens the same database once more beside the store, as another server process would. */
  openSecond(options: StoreOptions): Promise<Store>;
  /** Closes all that was opened and removes the database. */
  close(): Promise<void>;
}

export type OpenStore = (options: StoreOptions) => Promise<OpenedStore>;

/** A clock that stands still unless told. */
export interface SetClock extends Clock {
  advance(micros: number): void;
}

/** @param now where the clock starts, in microseconds. */
export function createSetClock(now: Tick = START): SetClock {
  let time = now;
  return {
    now: () => time,
    advance: (micros) => {
      time += micros;
    },
  };
}

/** What a contract test has in hand: the store is closed and its database removed when the test ends. */
export interface StoreUnderTest {
  readonly opened: OpenedStore;
  readonly store: Store;
  readonly clock: SetClock;
  readonly options: StoreOptions;
  /** A gate that is open at the end of the test at the latest, so that no write waits for ever. */
  readonly createGate: () => Gate;
}

/** What holds a write up until the test lets it go on. */
export interface Gate {
  /** Done when somebody stands at the gate: then its write has the lock, also over a network. */
  readonly reached: Promise<void>;
  /** Says that it was reached, and waits until it is open. */
  readonly pass: () => Promise<void>;
  readonly open: () => void;
}

/** Opens a store for one test. */
export async function openForTest(
  test: TestContext,
  openStore: OpenStore,
  changed: Partial<StoreOptions> = {},
): Promise<StoreUnderTest> {
  const clock = createSetClock();
  const options = { clock, writeWaitMs: 10_000, maxPendingWrites: 1000, pageScanMax: 100_000, ...changed };
  const opened = await openStore(options);
  const gates: Gate[] = [];
  test.after(async () => {
    for (const gate of gates) gate.open();
    await opened.close();
  });
  const createGate = (): Gate => {
    const gate = toGate(Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>());
    gates.push(gate);
    return gate;
  };
  return { opened, store: opened.store, clock, options, createGate };
}

type Signal = PromiseWithResolvers<undefined>;

function toGate(reached: Signal, opened: Signal): Gate {
  return {
    reached: reached.promise.then(() => undefined),
    pass: async () => {
      reached.resolve(undefined);
      await opened.promise;
    },
    open: () => opened.resolve(undefined),
  };
}

/** Opens a second store over the same database, as another process would. */
export function openSecondForTest(
  { opened, options }: StoreUnderTest,
  changed: Partial<StoreOptions> = {},
): Promise<Store> {
  return opened.openSecond({ ...options, ...changed });
}

/** Commits changes that rest on nothing that was read. */
export async function commit(store: Store, changes: Changes): Promise<void> {
  await store.write(() => Promise.resolve({ result: undefined, changes }));
}

/** Lets everything that is ready to run do so, many times over. */
export async function letOthersRun(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects an async iterable of batches. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

/** Whether an error is an `AppError` with this code: for `assert.rejects`. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Error && 'code' in error && error.code === code;
}
