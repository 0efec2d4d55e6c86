import { setImmediate } from 'node:timers/promises';

/** So many statements take some milliseconds. */
const SLICE = 500;

/** Does one thing for each item and lets polls be answered in between; the transaction stays open meanwhile. */
export async function inSlices<T>(
  items: readonly T[],
  work: (item: T, index: number) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % SLICE === 0) await setImmediate();
    work(item, index);
  }
}
