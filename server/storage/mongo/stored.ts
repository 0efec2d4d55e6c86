/** Reads what this store wrote as JSON itself; the one place where its shape is taken on trust. */
export function parseStored<T>(json: string): T {
  return JSON.parse(json) as T;
}

/** Cuts a list into parts, so that no statement grows without bounds. */
export function* inParts<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
