import type { HeadDocument } from './head.ts';
import type { Layout } from './layout.ts';
import { removeBody } from './submissions.ts';
import { ROWS_PER_FENCE, SPACES, type GraveRow } from './rows.ts';

/** A row that was ended stays for so long, for whoever still reads by an older head. */
export const RETAIN_MS = 60_000;

const GRAVES_PER_ROUND = 200;
/** So long one sweep goes on at most. */
const SWEEP_MS = 5000;

interface Sighting {
  readonly commit: number;
  readonly atMs: number;
}

export interface SweepOptions {
  readonly layout: Layout;
  readonly nowMs: () => number;
  readonly retainMs: number;
  /** The oldest commit that an export still reads; undefined when there is none. */
  readonly oldestPinned: () => Promise<number | undefined>;
}

/** Removes rows that no reader can see any more: those ended long ago, and those of attempts that were given up. */
export function createSweep({
  layout,
  nowMs,
  retainMs,
  oldestPinned,
}: SweepOptions): (head: HeadDocument) => Promise<void> {
  const seen: Sighting[] = [];
  const cleaned = new Set<number>();
  let horizon = -1;

  /** The newest commit that this process has known for long enough, by its own clock. */
  function findHorizon({ commit }: HeadDocument): number {
    const now = nowMs();
    if (seen.at(-1)?.commit !== commit) seen.push({ commit, atMs: now });
    while (seen[0] && now - seen[0].atMs >= retainMs) horizon = Math.max(horizon, seen.shift()?.commit ?? -1);
    return horizon;
  }

  async function removeAborted(fence: number): Promise<void> {
    const range = { _id: { $gte: fence * ROWS_PER_FENCE, $lt: (fence + 1) * ROWS_PER_FENCE } };
    const graves = await layout.graves.find(range).toArray();
    for (const { space, ids } of graves) {
      if (ids.length === 0) continue;
      const ended = { _id: { $in: [...ids] }, until: fence };
      await layout.rows(space).updateMany(ended, { $unset: { until: '' } });
    }
    for (const space of SPACES) await layout.rows(space).deleteMany(range);
    await layout.graves.deleteMany(range);
  }

  async function bury(grave: GraveRow): Promise<void> {
    if (grave.ids.length > 0) await layout.rows(grave.space).deleteMany({ _id: { $in: [...grave.ids] } });
    if (grave.submission !== undefined) await removeBody(layout, grave.submission);
    await layout.graves.deleteOne({ _id: grave._id });
  }

  /** @returns whether there may be more */
  async function buryRound({ aborted }: HeadDocument, upTo: number): Promise<boolean> {
    const graves = await layout.graves
      .find({ _id: { $lt: (upTo + 1) * ROWS_PER_FENCE }, from: { $nin: [...aborted] } })
      .sort({ _id: 1 })
      .limit(GRAVES_PER_ROUND)
      .toArray();
    for (const grave of graves) await bury(grave);
    return graves.length === GRAVES_PER_ROUND;
  }

  return async (head) => {
    for (const fence of head.aborted) {
      // Whoever wrote it may be paused and write on: that is never seen, and goes with the next start.
      if (cleaned.has(fence)) continue;
      await removeAborted(fence);
      cleaned.add(fence);
    }
    const pinned = (await oldestPinned()) ?? Number.POSITIVE_INFINITY;
    const upTo = Math.min(findHorizon(head), pinned);
    const endsAtMs = nowMs() + SWEEP_MS;
    if (upTo >= 0) while ((await buryRound(head, upTo)) && nowMs() < endsAtMs);
  };
}
