/** What a reader may see. */
export interface Snapshot {
  /** The last committed attempt. */
  readonly commit: number;
  /** Attempts that were given up; what they wrote counts as not written, for ever. */
  readonly aborted: readonly number[];
}

/** The same as `liveAt` for rows that are never ended; an index with `from` answers it alone. */
export function writtenAt({ commit, aborted }: Snapshot): { readonly from: object } {
  return { from: aborted.length === 0 ? { $lte: commit } : { $lte: commit, $nin: aborted } };
}

/** The condition by which rows are seen: written by then, not ended by then, neither by an attempt given up. */
export function liveAt({ commit, aborted }: Snapshot): object {
  const notEnded = { until: { $not: { $lte: commit } } };
  if (aborted.length === 0) return { from: { $lte: commit }, ...notEnded };
  return { from: { $lte: commit, $nin: aborted }, $or: [notEnded, { until: { $in: aborted } }] };
}
