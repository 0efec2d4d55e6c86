/** How often something was found where it is kept; whoever keeps it counts, when metrics are wanted. */
export interface CacheCounts {
  hits: number;
  misses: number;
  /** What went because others needed the room. */
  evictions: number;
}

export function createCacheCounts(): CacheCounts {
  return { hits: 0, misses: 0, evictions: 0 };
}
