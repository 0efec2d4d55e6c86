import type { Leases } from '../../ops/leases.ts';
import type { LeaseStore } from '../../storage/port.ts';
import { PartnerFault } from '../partner-fault.ts';

export interface LeaseTerms {
  readonly leases: Leases;
  readonly store: Pick<LeaseStore, 'readLease'>;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A holder that gave no sign for so long has lost its lease. */
  readonly ttlMs: number;
}

const POLLS_PER_TTL = 20;
/** Most of these find that it is too early to renew, which costs nothing. */
const LOOKS_PER_TTL = 12;

export function toLeaseName(feed: string): string {
  return `feed:${feed}`;
}

export function leaseLost(): PartnerFault {
  return new PartnerFault(
    'lease.lost',
    'The feed is not ours to run any more: this process was stopped or cut off from the database for so long that ' +
      'another one may run it, or the feed was removed.',
  );
}

/**
 * Takes a lease for whoever asked for the run: it waits for as long as it takes to see that a holder is dead.
 * @returns its fence; undefined when the holder lives
 */
export async function takeLease(
  { leases, store, wait, ttlMs }: LeaseTerms,
  name: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const first = await store.readLease(name);
  // One more than fit into the time, as the holder is watched from the first look on.
  for (let poll = 0; poll <= POLLS_PER_TTL + 1; poll += 1) {
    const fence = await leases.hold(name);
    if (fence !== undefined) return fence;
    const lease = await store.readLease(name);
    if (!first || lease?.beat !== first.beat || lease.fence !== first.fence) return undefined;
    await wait(ttlMs / POLLS_PER_TTL, signal);
  }
  return undefined;
}

/** A lease that is renewed for as long as it is needed. */
export interface KeptLease {
  /** @throws PartnerFault `lease.lost` when, by our own clock, somebody else may have it */
  require(): void;
  /** Ends the renewals, and gives the lease back. */
  giveBack(): Promise<void>;
}

/** @param onLost told once, when the lease is somebody else's */
export function keepLease(
  { leases, ttlMs }: Pick<LeaseTerms, 'leases' | 'ttlMs'>,
  name: string,
  fence: number,
  onLost: () => void,
): KeptLease {
  let isLost = false;
  let underway: Promise<void> | undefined;

  function lose(): void {
    if (isLost) return;
    isLost = true;
    clearInterval(timer);
    onLost();
  }

  async function renew(): Promise<void> {
    try {
      // Another fence is another holding: somebody had it in between.
      if ((await leases.hold(name)) !== fence) lose();
    } catch {
      // The store does not answer: until the lease is over it is still ours.
      if (!leases.isHeld(name)) lose();
    }
  }

  const timer = setInterval(() => {
    underway ??= renew().finally(() => {
      underway = undefined;
    });
  }, ttlMs / LOOKS_PER_TTL);

  return {
    require() {
      if (isLost || !leases.isHeld(name)) throw leaseLost();
    },
    async giveBack() {
      clearInterval(timer);
      await underway;
      await leases.release(name);
    },
  };
}
