/** A small seeded source of choices, so that a printed seed gives the same world again. */
export interface Draw {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** One of a list, if it has any. */
  maybe<T>(list: readonly T[]): T | undefined;
  shuffle<T>(list: readonly T[]): readonly T[];
  uuid(version: 4 | 5): string;
}

export function createDraw(seed: number): Draw {
  let state = seed >>> 0;
  // Mulberry32.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  const hex = (length: number): string => Array.from({ length }, () => below(16).toString(16)).join('');
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick: (list) => list[below(list.length)] ?? list[0],
    maybe: (list) => list[below(list.length)],
    shuffle: (list) => {
      const keyed = list.map((item) => ({ item, key: next() }));
      return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
    },
    uuid: (version) => `${hex(8)}-${hex(4)}-${version}${hex(3)}-8${hex(3)}-${hex(12)}`,
  };
}
