import type { Lease, LeaseStore } from '../port.ts';
import { isDuplicateKey } from './errors.ts';
import type { Layout } from './layout.ts';

/** Leases are documents of their own, each replaced by one conditional update. */
export function createLeaseStore(
  { leases }: Layout,
  guard: <T>(read: () => Promise<T>) => Promise<T>,
): LeaseStore {
  async function swap(name: string, expected: Lease | undefined, next: Lease): Promise<boolean> {
    const { holder, fence, beat } = next;
    if (expected) {
      const filter = { _id: name, holder: expected.holder, fence: expected.fence, beat: expected.beat };
      return (await leases.updateOne(filter, { $set: { holder, fence, beat } })).matchedCount === 1;
    }
    try {
      await leases.insertOne({ _id: name, holder, fence, beat });
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  return {
    readLease: (name) =>
      guard(async () => {
        const found = await leases.findOne({ _id: name });
        return found ? { holder: found.holder, fence: found.fence, beat: found.beat } : undefined;
      }),
    swapLease: (name, expected, next) => guard(() => swap(name, expected, next)),
  };
}
