import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import type { Ids } from '../../domain/ids.ts';
import { toStorageError } from './errors.ts';
import type { HeadDocument, HeadReader, Lock } from './head.ts';

/** An owner that gave no sign for so long is dead, or late: its attempt is given up. */
export const LEASE_MS = 3000;
/** A dead owner holds writing up for the lease and at most this long besides. */
const LONGEST_PAUSE_MS = 60;
const SHORTEST_PAUSE_MS = 4;
const BEATS_PER_LEASE = 4;

export interface WriteLockOptions {
  readonly heads: Collection<HeadDocument>;
  /** The same over a connection of its own: a sign of life waits for nothing else. */
  readonly signs: Collection<HeadDocument>;
  readonly reader: HeadReader;
  readonly ids: Pick<Ids, 'uuid'>;
  /** Milliseconds that only rise. Nobody else's clock is asked. */
  readonly nowMs: () => number;
  readonly leaseMs: number;
  /** How long to wait for the lock. */
  readonly waitMs: number;
}

/** The right to commit, while it is not taken away. */
export interface Held {
  /** The head as it was when the lock was taken; `fence` is the number of this attempt. */
  readonly head: HeadDocument;
  /**
   * Changes the head and lets go, in one conditional update.
   * @throws AppError `storage.unavailable` when the lock was lost: then nothing was changed
   */
  commit(changes: HeadChanges): Promise<HeadDocument>;
  /** Lets go without a commit. `hasWritten`: rows may be there, which are then ignored for ever. */
  abandon(hasWritten: boolean): Promise<void>;
}

export type HeadChanges = Partial<
  Pick<HeadDocument, 'nextHandle' | 'lastTick' | 'directory' | 'collections' | 'taken'>
>;

export interface WriteLock {
  /** @throws AppError `storage.unavailable` when it was not free in time, `input.invalid` during an import. */
  take(): Promise<Held>;
  /** For how long somebody's lock has been seen without a sign of life. */
  silentMs(head: HeadDocument): number;
}

interface Sighting {
  readonly lock: Lock;
  readonly atMs: number;
}

/**
 * Makes the lock of one process over the head. Taking it raises the fence, so that each attempt has a number of its
 * own, and what a late owner still writes bears a number that never counts.
 */
export function createWriteLock(options: WriteLockOptions): WriteLock {
  const { heads, signs, reader, ids, nowMs, leaseMs, waitMs } = options;
  let sighting: Sighting | undefined;

  function silentMs({ lock }: HeadDocument): number {
    if (!lock) return 0;
    const isSame = sighting?.lock.owner === lock.owner && sighting.lock.beat === lock.beat;
    if (!sighting || !isSame) sighting = { lock, atMs: nowMs() };
    return nowMs() - sighting.atMs;
  }

  /** Takes a lock that is free, or whose owner was silent for too long. */
  async function tryTake(owner: string, seen: HeadDocument | undefined): Promise<HeadDocument | undefined> {
    const lock: Lock = { owner, beat: 0 };
    const answer = { returnDocument: 'after' } as const;
    if (!seen?.lock) {
      // An import counts up the fence by itself (transfer-import.ts).
      const free = { _id: 'head', lock: null, import: { $exists: false } } as const;
      return (
        (await heads.findOneAndUpdate(free, { $set: { lock }, $inc: { fence: 1 } }, answer)) ?? undefined
      );
    }
    if (silentMs(seen) < leaseMs) return undefined;
    const silent = { _id: 'head', 'lock.owner': seen.lock.owner, 'lock.beat': seen.lock.beat } as const;
    const aborted = [...seen.aborted, seen.fence];
    const steal = { $set: { lock, aborted }, $inc: { fence: 1 } };
    return (await heads.findOneAndUpdate({ ...silent, fence: seen.fence }, steal, answer)) ?? undefined;
  }

  async function letGo(owner: string, aborted: readonly number[] | undefined): Promise<void> {
    const change = aborted ? { lock: null, aborted } : { lock: null };
    await heads.updateOne({ _id: 'head', 'lock.owner': owner }, { $set: change });
  }

  async function takeBefore(deadlineMs: number, owner: string): Promise<HeadDocument> {
    let pauseMs = SHORTEST_PAUSE_MS;
    let seen: HeadDocument | undefined;
    let suspect: Lock | undefined;
    for (;;) {
      const askedAtMs = nowMs();
      const head = await tryTake(owner, seen);
      if (head) {
        reader.learn(head, askedAtMs);
        return head;
      }
      if (nowMs() > deadlineMs) {
        // Whoever has it may be dead, which is known at the end of the lease: else nobody who waits for less could take it.
        suspect ??= seen?.lock ?? undefined;
        const isSilent = seen?.lock?.owner === suspect?.owner && seen?.lock?.beat === suspect?.beat;
        if (seen && !(suspect && isSilent)) throw createLateError();
      }
      // Differing pauses, so that those who wait do not come at the same time again and again.
      await delay(pauseMs * (0.5 + jitter(owner, pauseMs)));
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
      seen = await reader.fresh();
      if (seen.import) throw new AppError('input.invalid', { detail: 'The database is being imported.' });
    }
  }

  function hold(head: HeadDocument, owner: string): Held {
    const mine = { _id: 'head', 'lock.owner': owner } as const;
    let isBeating = false;
    const beat = setInterval(() => {
      if (isBeating) return;
      isBeating = true;
      signs
        .updateOne(mine, { $inc: { 'lock.beat': 1 } })
        // A beat that fails is told by the commit.
        .catch(() => undefined)
        .finally(() => {
          isBeating = false;
        });
    }, leaseMs / BEATS_PER_LEASE);
    beat.unref();
    return {
      head,
      async commit(changes) {
        clearInterval(beat);
        const askedAtMs = nowMs();
        const set = { ...changes, commit: head.fence, lock: null };
        const after = await heads.findOneAndUpdate(mine, { $set: set }, { returnDocument: 'after' });
        if (!after) {
          throw new AppError('storage.unavailable', {
            detail: 'Writing took so long that it was given up. Try again.',
            retryAfterSeconds: 1,
          });
        }
        reader.learn(after, askedAtMs);
        return after;
      },
      async abandon(hasWritten) {
        clearInterval(beat);
        // Should this fail, the lease ends it.
        const aborted = hasWritten ? [...head.aborted, head.fence] : undefined;
        await letGo(owner, aborted).catch(() => undefined);
      },
    };
  }

  return {
    silentMs,
    async take() {
      const owner = ids.uuid();
      try {
        return hold(await takeBefore(nowMs() + waitMs, owner), owner);
      } catch (error) {
        // The answer that it was taken may have been lost. Nobody waits for this: the database may not answer at all.
        void letGo(owner, undefined).catch(() => undefined);
        throw toStorageError(error);
      }
    },
  };
}

/** For whoever waited too long for others that write. */
export function createLateError(): AppError {
  const detail = 'Others have been writing for too long. Try again.';
  return new AppError('storage.unavailable', { detail, retryAfterSeconds: 1 });
}

/** A share from 0 to 1 that differs from owner to owner and from try to try. */
function jitter(owner: string, pauseMs: number): number {
  const seed = Number.parseInt(owner.slice(0, 8), 16) || 1;
  return ((seed * Math.ceil(pauseMs)) % 997) / 997;
}
