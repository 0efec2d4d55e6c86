import { LAST_VERSION, type VersionSelector } from '../domain/object-query.ts';

/** What an entry is among the entries of its object in a collection. */
export const MARK = {
  lastInSpec: 1,
  firstInSpec: 2,
  highestSpec: 4,
  lastOverall: 8,
  firstOverall: 16,
} as const;

/** The marks of an object's only version. */
export const ONLY_VERSION = 31;

export interface MarkedVersion {
  readonly versionKey: string;
  readonly spec: string;
}

/**
 * The marks of all versions of one object in one collection.
 * @param versions every version that the collection shows of the object, in any order
 * @returns the marks by version key
 */
export function marksOf(versions: readonly MarkedVersion[]): ReadonlyMap<string, number> {
  const sorted = [...versions].sort((a, b) => (a.versionKey < b.versionKey ? -1 : 1));
  const highest = sorted.reduce((spec, version) => (version.spec > spec ? version.spec : spec), '');
  const first = new Map<string, string>();
  const last = new Map<string, string>();
  for (const { spec, versionKey } of sorted) {
    if (!first.has(spec)) first.set(spec, versionKey);
    last.set(spec, versionKey);
  }
  const marks = sorted.map(({ spec, versionKey }, index): [string, number] => {
    let value = 0;
    if (last.get(spec) === versionKey) value |= MARK.lastInSpec;
    if (first.get(spec) === versionKey) value |= MARK.firstInSpec;
    if (spec === highest) value |= MARK.highestSpec;
    if (index === sorted.length - 1) value |= MARK.lastOverall;
    if (index === 0) value |= MARK.firstOverall;
    return [versionKey, value];
  });
  return new Map(marks);
}

/** Whether a poll without filters shows an entry with these marks. */
export function isPolled(marks: number): boolean {
  return (marks & MARK.lastInSpec) !== 0 && (marks & MARK.highestSpec) !== 0;
}

/** Whether these selectors ask for nothing but the latest versions. */
export function asksForLastOnly(versions: readonly VersionSelector[]): boolean {
  return versions.every((selector) => selector === LAST_VERSION || isLastOnly(selector));
}

function isLastOnly(selector: VersionSelector): boolean {
  return selector.last && !selector.all && !selector.first && selector.exact.length === 0;
}
