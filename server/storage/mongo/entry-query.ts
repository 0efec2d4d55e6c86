import type { Filter } from 'mongodb';
import type { CollectionId } from '../../domain/ids.ts';
import type { ObjectQuery, VersionSelector } from '../../domain/object-query.ts';
import { MARK, asksForLastOnly } from '../entry-marks.ts';
import type { EntryRow } from './rows.ts';

/** What is judged of an entry beyond its place in an index. */
export type Judged = Pick<EntryRow, 'type' | 'spec' | 'marks' | 'versionKey'>;

export interface EntryPlan {
  /** Each is one range of an index in the order of ticks; the reader merges them. */
  readonly ranges: readonly Filter<EntryRow>[];
  /** What the rows of the ranges must pass besides; undefined when every one does. */
  readonly passes?: (row: Judged) => boolean;
}

/** Values that one range asks for at once: the server merges so many parts of an index. */
const VALUES_PER_RANGE = 50;

/** Turns a query into index ranges: by id, else by exact version, else by type, else the whole collection. */
export function planEntryQuery(collection: CollectionId, query: ObjectQuery): EntryPlan {
  if (query.ids) return { ranges: groupsOf(query.ids).map((id) => ({ collection, id })), ...passing(query) };
  const exact = exactOnly(query.versions);
  if (exact) {
    const ranges = groupsOf(exact).map((versionKey) => ({ collection, versionKey }));
    return { ranges, ...passing(query) };
  }
  if (query.types) {
    return { ranges: groupsOf(query.types).map((type) => ({ collection, type })), ...passing(query) };
  }
  if (isDefaultPoll(query)) return { ranges: [{ collection, poll: true }] };
  return { ranges: [{ collection }], ...passing(query) };
}

/** Whether a query asks for all that a poll without filters shows, which is one range: `poll: true`. */
export function isDefaultPoll(query: ObjectQuery): boolean {
  return !query.ids && !query.types && !query.specVersions && asksForLastOnly(query.versions);
}

function groupsOf(values: readonly string[]): readonly (string | { $in: string[] })[] {
  const groups: (string | { $in: string[] })[] = [];
  for (let at = 0; at < values.length; at += VALUES_PER_RANGE) {
    const group = values.slice(at, at + VALUES_PER_RANGE);
    const [first] = group;
    groups.push(group.length === 1 && first !== undefined ? first : { $in: group });
  }
  return groups;
}

/** The exact versions of a selector that names nothing else: then they alone bound what can match. */
function exactOnly(selectors: readonly VersionSelector[]): readonly string[] | undefined {
  return selectors.find((selector) => !selector.all && !selector.first && !selector.last)?.exact;
}

function passing(query: ObjectQuery): { passes: (row: Judged) => boolean } {
  const types = query.types && new Set(query.types);
  const specs = query.specVersions && new Set<string>(query.specVersions);
  // With several spec versions asked for, first and last are judged among all of them.
  const isAcross = specs !== undefined && specs.size > 1;
  const first = isAcross ? MARK.firstOverall : MARK.firstInSpec;
  const last = isAcross ? MARK.lastOverall : MARK.lastInSpec;
  const selectors = query.versions
    .filter((selector) => !selector.all)
    .map((selector) => ({
      bits: (selector.first ? first : 0) | (selector.last ? last : 0),
      exact: new Set(selector.exact),
    }));
  return {
    passes: ({ type, spec, marks, versionKey }) => {
      if (types && !types.has(type)) return false;
      if (specs ? !specs.has(spec) : (marks & MARK.highestSpec) === 0) return false;
      return selectors.every(({ bits, exact }) => (marks & bits) !== 0 || exact.has(versionKey));
    },
  };
}
