/** Longer names are compared by their beginning alone, which keeps the work small. */
const COMPARED_LENGTH = 64;

/** How many single characters have to be added, taken away or replaced to turn one text into the other (Levenshtein). */
export function countEdits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/** The candidate with the fewest edits, the earlier one of two equally near; undefined when there are no candidates. */
export function findNearestName(name: string, candidates: readonly string[]): string | undefined {
  const compared = name.slice(0, COMPARED_LENGTH).toUpperCase();
  let nearest: string | undefined;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const edits = countEdits(compared, candidate);
    if (edits >= fewest) continue;
    nearest = candidate;
    fewest = edits;
  }
  return nearest;
}

/** Whether one character added, left out or replaced, or two neighbours swapped, turns one text into the other. */
export function isOneEditAway(one: string, other: string): boolean {
  let head = 0;
  while (head < one.length && head < other.length && one[head] === other[head]) head += 1;
  const [restOne, restOther] = [one.slice(head), other.slice(head)];
  if (restOne.slice(1) === restOther.slice(1)) return true;
  if (restOne.slice(1) === restOther || restOne === restOther.slice(1)) return true;
  const swapped = `${restOne[1] ?? ''}${restOne[0] ?? ''}${restOne.slice(2)}`;
  return restOne.length > 1 && swapped === restOther;
}
