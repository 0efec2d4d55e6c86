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
  /** Takes or renews a lease. @returns its fence while this process holds it, else undefined */
  hold(name: string): Promise<number | undefined>;
  /** Gives back what is held, so that others need not wait. */
  release(): Promise<void>;
}

interface Sighting {
  readonly lease: Lease | undefined;
  readonly atMs: number;
}

const NOBODY = '';
const RENEWALS_PER_TTL = 3;

/** Makes the leases of one process. What they protect must still bear two holders: one may be stopped for hours. */
export function createLeases({ store, holder, nowMs, ttlMs }: LeaseOptions): Leases {
  const held = new Map<string, Sighting>();
  const seen = new Map<string, Sighting>();

  async function swap(name: string, expected: Lease | undefined, next: Lease): Promise<number | undefined> {
    const atMs = nowMs();
    if (!(await store.swapLease(name, expected, next))) {
      held.delete(name);
      return undefined;
    }
    held.set(name, { lease: next, atMs });
    return next.fence;
  }

  function isOver(name: string, lease: Lease): boolean {
    if (lease.holder === NOBODY) return true;
    const before = seen.get(name);
    if (before?.lease?.fence === lease.fence && before.lease.beat === lease.beat) {
      return nowMs() - before.atMs >= ttlMs;
    }
    seen.set(name, { lease, atMs: nowMs() });
    return false;
  }

  return {
    async hold(name) {
      const mine = held.get(name);
      if (mine?.lease) {
        if (nowMs() - mine.atMs < ttlMs / RENEWALS_PER_TTL) return mine.lease.fence;
        const renewed = await swap(name, mine.lease, { ...mine.lease, beat: mine.lease.beat + 1 });
        if (renewed !== undefined) return renewed;
      }
      const lease = await store.readLease(name);
      if (!lease) return swap(name, undefined, { holder, fence: 1, beat: 0 });
      return isOver(name, lease) ? swap(name, lease, { holder, fence: lease.fence + 1, beat: 0 }) : undefined;
    },
    async release() {
      for (const [name, { lease }] of held) {
        if (lease) await store.swapLease(name, lease, { ...lease, holder: NOBODY });
      }
      held.clear();
    },
  };
}
