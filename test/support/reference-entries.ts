import { ALL_VERSIONS, LAST_VERSION } from '../../server/domain/object-query.ts';
import type { ObjectFilter, ObjectQuery, VersionSelector } from '../../server/domain/object-query.ts';
import type { Publication } from '../../server/storage/port.ts';

/** What names an entry within its collection. */
export interface EntryKey {
  readonly id: string;
  readonly versionKey: string;
}

/** One entry and its place in the order of dates. The tick counts 1, 2, 3…: it is no time. */
export interface ReferenceEntry {
  readonly publication: Publication;
  readonly tick: number;
}

export interface ReferencePage {
  readonly entries: readonly ReferenceEntry[];
  readonly more: boolean;
}

export interface EntryChanges {
  readonly withdraw: readonly EntryKey[];
  readonly publish: readonly Publication[];
}

/** The entries of one collection, in memory, written to be read: whatever a store does has to equal this. */
export interface ReferenceEntries {
  /**
   * Does one commit. Dates are given to what was published and to what a poll over the last or all versions shows again (obligation 6).
   * @param order the names (see `toEntryName`) of what is dated, in the order wanted; the rest comes after them.
   * @returns the names of all entries that got a date.
   */
  commit(changes: EntryChanges, order?: readonly string[]): readonly string[];
  publish(...publications: readonly Publication[]): void;
  withdraw(...keys: readonly EntryKey[]): void;
  query(query: ObjectQuery): ReferencePage;
  all(): readonly ReferenceEntry[];
}

/** The name of an entry as one text, to be compared and sorted. */
export function toEntryName(key: EntryKey): string {
  return `${key.id} ${key.versionKey}`;
}

const DEFAULT_POLL: ObjectFilter = { versions: [LAST_VERSION] };
const ALL_POLL: ObjectFilter = { versions: [ALL_VERSIONS] };

/** @returns an empty collection. */
export function createReferenceEntries(): ReferenceEntries {
  let entries: readonly ReferenceEntry[] = [];
  let lastTick = 0;

  function commit(changes: EntryChanges, order: readonly string[] = []): readonly string[] {
    const gone = [...changes.withdraw, ...changes.publish].map(toEntryName);
    const kept = entries.filter((entry) => !gone.includes(toEntryName(entry.publication)));
    const published = changes.publish.map((publication) => ({ publication, tick: 0 }));
    const after = [...kept, ...published];

    const comesBack = (filter: ObjectFilter): readonly ReferenceEntry[] => {
      const before = toNames(select(entries, filter));
      return select(after, filter).filter(
        (entry) => kept.includes(entry) && !before.includes(toEntryName(entry.publication)),
      );
    };
    const shownAgain = [...new Set([...comesBack(DEFAULT_POLL), ...comesBack(ALL_POLL)])];
    const dated = [...published, ...shownAgain].sort(
      (one, other) => toPlace(order, one) - toPlace(order, other),
    );

    entries = [
      ...after.filter((entry) => !dated.includes(entry)),
      ...dated.map(({ publication }, index) => ({ publication, tick: lastTick + index + 1 })),
    ];
    lastTick += dated.length;
    return toNames(dated);
  }

  return {
    commit,
    publish: (...publications) => void commit({ withdraw: [], publish: publications }),
    withdraw: (...keys) => void commit({ withdraw: keys, publish: [] }),
    query(query) {
      const found = select(entries, query)
        .filter((entry) => entry.tick > query.after)
        .sort((one, other) => one.tick - other.tick);
      return { entries: found.slice(0, query.limit), more: found.length > query.limit };
    },
    all: () => entries,
  };
}

function toNames(entries: readonly ReferenceEntry[]): readonly string[] {
  return entries.map((entry) => toEntryName(entry.publication));
}

function toPlace(order: readonly string[], entry: ReferenceEntry): number {
  const place = order.indexOf(toEntryName(entry.publication));
  return place === -1 ? order.length : place;
}

function select(entries: readonly ReferenceEntry[], filter: ObjectFilter): readonly ReferenceEntry[] {
  return entries.filter((entry) => isWanted(entry.publication, entries, filter));
}

function isWanted(one: Publication, entries: readonly ReferenceEntry[], filter: ObjectFilter): boolean {
  if (filter.ids && !filter.ids.includes(one.id)) return false;
  if (filter.types && !filter.types.includes(one.type)) return false;

  const sameObject = entries.map((entry) => entry.publication).filter((other) => other.id === one.id);
  const highest = sameObject.some((other) => other.specVersion === '2.1') ? '2.1' : '2.0';
  const specVersions = filter.specVersions ?? [highest];
  if (!specVersions.includes(one.specVersion)) return false;

  // `first` and `last` look at the whole collection, never at the rest of the filters or at `after`.
  const rivals = sameObject
    .filter((other) => specVersions.includes(other.specVersion))
    .map((other) => other.versionKey)
    .sort();
  return filter.versions.every((selector) => isSelected(selector, one.versionKey, rivals));
}

function isSelected(selector: VersionSelector, versionKey: string, rivals: readonly string[]): boolean {
  if (selector.all) return true;
  if (selector.first && versionKey === rivals.at(0)) return true;
  if (selector.last && versionKey === rivals.at(-1)) return true;
  return selector.exact.includes(versionKey);
}
