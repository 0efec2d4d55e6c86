import type { Held, HeadChanges } from './lock.ts';
import type { Layout } from './layout.ts';
import type { HeadDocument } from './head.ts';
import { createRowList, type RowList } from './row-list.ts';
import type { SpaceName } from './rows.ts';
import type { Snapshot } from './snapshot.ts';

/** What one commit writes, gathered first and sent at its end. */
export interface Attempt extends Pick<RowList, 'insert'> {
  /** As it was when the lock was taken: what nobody else changes meanwhile. */
  readonly head: HeadDocument;
  readonly snapshot: Snapshot;
  /** Ends rows by their `_id`. */
  end(space: SpaceName, ids: readonly number[]): void;
  /** Lets the body of a submission go, once nobody can need it any more. */
  buryBody(submission: string): void;
  /** Says that something is taken away that a reader may have in hand. */
  takeAway(): void;
  /** Adds to what the commit changes in the head. */
  change(changes: HeadChanges): void;
  /** What this attempt changed in the head so far. */
  readonly changes: () => HeadChanges;
  /** Sends everything, then commits. Nothing is sent, and nothing changes, when there is nothing. */
  commit(): Promise<void>;
  abandon(): Promise<void>;
}

/** Ids in one statement, and in one grave. */
const IDS_PER_STATEMENT = 20_000;

/** Begins an attempt under a lock that is held. */
export function createAttempt(layout: Layout, held: Held): Attempt {
  const { head } = held;
  const { fence } = head;
  const rows = createRowList(fence);
  const ended = new Map<SpaceName, number[]>();
  const sends: (() => Promise<unknown>)[] = [];
  let changes: HeadChanges = {};
  let hasSent = false;
  let hasTaken = false;

  function planEnds(space: SpaceName, all: readonly number[]): void {
    for (let at = 0; at < all.length; at += IDS_PER_STATEMENT) {
      const ids = all.slice(at, at + IDS_PER_STATEMENT);
      const grave = { _id: rows.nextId(), from: fence, space, ids };
      sends.push(
        () => layout.graves.insertOne(grave),
        () => layout.rows(space).updateMany({ _id: { $in: ids } }, { $max: { until: fence } }),
      );
    }
  }

  return {
    head,
    snapshot: { commit: head.commit, aborted: head.aborted },
    insert: (space, added) => rows.insert(space, added),
    end(space, ids) {
      const all = ended.get(space) ?? [];
      for (const id of ids) all.push(id);
      ended.set(space, all);
    },
    buryBody(submission) {
      const grave = { _id: rows.nextId(), from: fence, space: 'outcomes', ids: [], submission } as const;
      sends.push(() => layout.graves.insertOne(grave));
    },
    takeAway() {
      hasTaken = true;
    },
    change(more) {
      changes = { ...changes, ...more };
    },
    changes: () => changes,
    async commit() {
      sends.push(...rows.inserts(layout));
      for (const [space, ids] of ended) planEnds(space, ids);
      if (sends.length === 0 && Object.keys(changes).length === 0) {
        await held.abandon(false);
        return;
      }
      hasSent = sends.length > 0;
      await Promise.all(sends.map((send) => send()));
      await held.commit(hasTaken ? { ...changes, taken: fence } : changes);
    },
    abandon: () => held.abandon(hasSent),
  };
}
