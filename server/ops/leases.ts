import type { Lease, LeaseStore } from '../storage/port.ts';

export interface LeaseOptions {
  readonly store: LeaseStore;
  /** Names this process; no other one, before or after, has the same. */
  readonly holder: string;
  /** Milliseconds that only rise, of this process alone: no clock of another machine is relied on. */
  readonly nowMs: () => number;
  /** A holder that gave no sign for so long has lost its lease. */
  readonly ttlMs: number;
}

/** Tasks that one process of the whole deployment does at a time. */
export interface Leases {
  /**
   * Takes or renews a lease. While the clocks of all processes run about as fast as each other, at most one of them
   * is told at a time that it holds it.
   * @returns its fence while this process holds it, else undefined
   * @throws what the store throws; the lease may then be held, and whoever does not know must not act on it
   */
  hold(name: string): Promise<number | undefined>;
  /** Whether nobody else can have the lease at this moment, by this process's own clock, without asking anybody. */
  isHeld(name: string): boolean;
  /** Gives a lease back if it is held, so that others need not wait. */
  release(name: string): Promise<void>;
  /** Gives back all that are held. */
  releaseAll(): Promise<void>;
}

interface Sighting {
  readonly lease: Lease;
  readonly atMs: number;
}

/** Stands in a lease that was given back. */
const NOBODY = '';
const RENEWALS_PER_TTL = 3;

/** Makes the leases of one process. What they protect must still bear two holders: one may be stopped for hours. */
export function createLeases({ store, holder, nowMs, ttlMs }: LeaseOptions): Leases {
  const held = new Map<string, Sighting>();
  const seen = new Map<string, Sighting>();
  /** Until when nobody else can have taken what was held, also while it is being renewed. */
  const ends = new Map<string, number>();
  const flights = new Map<string, Promise<number | undefined>>();

  async function swap(name: string, expected: Lease | undefined, next: Lease): Promise<number | undefined> {
    // Before the others can see it, so that this process is the first to think that the lease is over.
    const atMs = nowMs();
    held.delete(name);
    if (!(await store.swapLease(name, expected, next))) {
      ends.delete(name);
      return undefined;
    }
    held.set(name, { lease: next, atMs });
    ends.set(name, atMs + ttlMs);
    // Stopped in between for so long that others may have it by now: the next renewal tells.
    return nowMs() - atMs < ttlMs ? next.fence : undefined;
  }

  /** Whether nobody has shown for the whole time, by our own clock, that this lease is held. */
  function isOver(name: string, lease: Lease): boolean {
    if (lease.holder === NOBODY) return true;
    const before = seen.get(name);
    if (before?.lease.fence === lease.fence && before.lease.beat === lease.beat) {
      return nowMs() - before.atMs >= ttlMs;
    }
    seen.set(name, { lease, atMs: nowMs() });
    return false;
  }

  async function takeOrRenew(name: string): Promise<number | undefined> {
    const mine = held.get(name);
    if (mine) {
      if (nowMs() - mine.atMs < ttlMs / RENEWALS_PER_TTL) return mine.lease.fence;
      const renewed = await swap(name, mine.lease, beatOf(mine.lease));
      if (renewed !== undefined) return renewed;
    }
    const lease = await store.readLease(name);
    if (!lease) return swap(name, undefined, { holder, fence: 1, beat: 0 });
    // Ours: a swap was done whose answer was lost.
    if (lease.holder === holder) return swap(name, lease, beatOf(lease));
    return isOver(name, lease) ? swap(name, lease, { holder, fence: lease.fence + 1, beat: 0 }) : undefined;
  }

  async function giveBack(name: string): Promise<void> {
    // A failure of this is for whoever asked.
    await flights.get(name)?.catch(() => undefined);
    const mine = held.get(name);
    held.delete(name);
    ends.delete(name);
    if (mine) await store.swapLease(name, mine.lease, { ...mine.lease, holder: NOBODY });
  }

  return {
    hold(name) {
      const underway = flights.get(name);
      if (underway) return underway;
      const flight = takeOrRenew(name).finally(() => flights.delete(name));
      flights.set(name, flight);
      return flight;
    },
    isHeld(name) {
      const end = ends.get(name);
      return end !== undefined && nowMs() < end;
    },
    release: giveBack,
    async releaseAll() {
      const names = new Set([...held.keys(), ...flights.keys()]);
      const results = await Promise.allSettled([...names].map(giveBack));
      const failure = results.find((result) => result.status === 'rejected');
      if (failure) throw failure.reason;
    },
  };
}

function beatOf(lease: Lease): Lease {
  return { ...lease, beat: lease.beat + 1 };
}
