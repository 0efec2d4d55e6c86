import type { CollectionId, StixId } from '../domain/ids.ts';
import { MICROS_PER_MILLI, type Tick } from '../domain/timestamp.ts';
import { isPolled } from './entry-marks.ts';
import type { Publication, Withdrawal } from './port.ts';

/** What one commit does to one collection. */
export interface CollectionChange {
  readonly withdraw: readonly Withdrawal[];
  /** By `entryKey`, in order. */
  readonly publish: ReadonlyMap<string, Publication>;
}

/** Names an entry within its collection. */
export function entryKey({ id, versionKey }: { readonly id: StixId; readonly versionKey: string }): string {
  return `${id} ${versionKey}`;
}

/** What a commit shows and takes away, collection by collection; of a version that is published twice the last counts. */
export function groupByCollection(
  withdraw: readonly Withdrawal[],
  publish: readonly Publication[],
): ReadonlyMap<CollectionId, CollectionChange> {
  const changes = new Map<CollectionId, { withdraw: Withdrawal[]; publish: Map<string, Publication> }>();
  const changeOf = (collection: CollectionId) => {
    const known = changes.get(collection);
    if (known) return known;
    const made = { withdraw: [], publish: new Map<string, Publication>() };
    changes.set(collection, made);
    return made;
  };
  for (const withdrawal of withdraw) changeOf(withdrawal.collection).withdraw.push(withdrawal);
  for (const publication of publish) {
    const { publish: byVersion } = changeOf(publication.collection);
    const key = entryKey(publication);
    // Deleting first keeps the order of the last.
    byVersion.delete(key);
    byVersion.set(key, publication);
  }
  return changes;
}

/** Gives out the ticks of one commit in one collection. */
export interface CommitTicks {
  next(): Tick;
  /** The highest one given out, in this commit or before it. */
  last(): Tick;
}

/**
 * Ticks above `previous` and not below `now`, one more for each entry (obligations 1 and 2 of the port). The last one
 * lands on a whole millisecond, and so does the last one that a default poll shows: with it, who polls that way comes to
 * the end of the commit.
 * @param marks of the entries that get a tick, in order
 */
export function createCommitTicks(now: Tick, previous: Tick, marks: readonly number[]): CommitTicks {
  const lastPolled = marks.findLastIndex(isPolled);
  let last = previous;
  let given = 0;
  return {
    next() {
      const tick = Math.max(now, last + 1);
      const isEnd = given === marks.length - 1 || given === lastPolled;
      last = isEnd ? Math.ceil(tick / MICROS_PER_MILLI) * MICROS_PER_MILLI : tick;
      given += 1;
      return last;
    },
    last: () => last,
  };
}
