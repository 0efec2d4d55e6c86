/** How many objects are asked for at a time: fewer when an answer is too large, more when a page leads nowhere. */
export interface PageSize {
  readonly limit: number;
  /**
   * Halves the limit.
   * @returns false when it is one already
   */
  shrink(): boolean;
  /**
   * Doubles the limit, for a page that does not lead on.
   * @param got how many objects that page had
   * @returns false when more would not help: it is at its highest, or pages did not grow with it
   */
  enlarge(got: number): boolean;
  /** A page led on: after some of them, what was halved is doubled again. */
  settle(): void;
}

/** So many pages in a row have to go well before more is asked for again. */
const CALM_PAGES = 8;
/** So many times a larger limit may bring no larger page. */
const MAX_VAIN = 2;

/**
 * @param usual how many are asked for when nothing is wrong
 * @param highest how many one answer may have
 */
export function createPageSize(usual: number, highest: number): PageSize {
  let limit = usual;
  let ceiling = Math.max(usual, highest);
  let calm = 0;
  let most = 0;
  let vain = 0;
  return {
    get limit() {
      return limit;
    },
    shrink() {
      if (limit === 1) return false;
      // What was too large once is not asked for again to get past a page that leads nowhere.
      ceiling = limit - 1;
      limit = Math.floor(limit / 2);
      calm = 0;
      return true;
    },
    enlarge(got) {
      vain = got > most ? 0 : vain + 1;
      most = Math.max(most, got);
      const larger = Math.min(limit * 2, ceiling);
      if (larger === limit || vain >= MAX_VAIN) return false;
      limit = larger;
      calm = 0;
      return true;
    },
    settle() {
      most = 0;
      vain = 0;
      calm += 1;
      if (calm < CALM_PAGES) return;
      calm = 0;
      ceiling = Math.max(usual, highest);
      if (limit < usual) limit = Math.min(limit * 2, usual);
    },
  };
}
