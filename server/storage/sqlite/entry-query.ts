import type { SpecVersion } from '../../domain/collection.ts';
import type { ObjectQuery, VersionSelector } from '../../domain/object-query.ts';
import { MARK, asksForLastOnly } from '../entry-marks.ts';

type Value = string | number;

/** One index range, in the order of ticks, and what its rows must pass besides. */
export interface EntryRange {
  /** The same for all ranges of one shape, so that statements are prepared once. */
  readonly where: string;
  readonly values: readonly Value[];
}

export interface EntryPlan {
  readonly ranges: readonly EntryRange[];
  readonly residual: string;
  readonly residualValues: readonly Value[];
}

/**
 * Turns a query into index ranges: by id, else by type, else by exact version, else the whole collection.
 * Each range alone is in the order of ticks; the reader merges them.
 */
export function planEntryQuery(collection: number, query: ObjectQuery): EntryPlan {
  const residual = residualOf(query);
  return { ranges: rangesOf(collection, query), ...residual };
}

function rangesOf(collection: number, query: ObjectQuery): readonly EntryRange[] {
  const byIndex = (column: string, items: readonly string[]): readonly EntryRange[] =>
    items.map((item) => ({
      where: `collection = ? AND ${column} = ?`,
      values: [collection, item],
    }));
  if (query.ids) return byIndex('id', query.ids);
  const exact = exactOnly(query.versions);
  if (exact) return byIndex('version_key', exact);
  if (query.types) return byIndex('type', query.types);
  if (!query.specVersions && asksForLastOnly(query.versions)) {
    return [{ where: 'collection = ? AND poll = 1', values: [collection] }];
  }
  return [{ where: 'collection = ?', values: [collection] }];
}

/** The exact versions of a selector that names nothing else: then they alone bound what can match. */
function exactOnly(selectors: readonly VersionSelector[]): readonly string[] | undefined {
  const selector = selectors.find((s) => !s.all && !s.first && !s.last);
  return selector?.exact;
}

function residualOf(query: ObjectQuery): { residual: string; residualValues: readonly Value[] } {
  const terms: string[] = [];
  const values: Value[] = [];
  const listed = (column: string, items: readonly string[]): void => {
    terms.push(`${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(items));
  };
  if (query.types) listed('type', query.types);
  if (query.specVersions) listed('spec', query.specVersions);
  else terms.push(`marks & ${MARK.highestSpec} <> 0`);
  for (const selector of query.versions) {
    if (selector.all) continue;
    const ways: string[] = [];
    const { first, last } = boundsFor(query.specVersions);
    if (selector.first) ways.push(`marks & ${first} <> 0`);
    if (selector.last) ways.push(`marks & ${last} <> 0`);
    if (selector.exact.length > 0) {
      ways.push('version_key IN (SELECT value FROM json_each(?))');
      values.push(JSON.stringify(selector.exact));
    }
    terms.push(ways.length === 0 ? 'FALSE' : `(${ways.join(' OR ')})`);
  }
  return { residual: terms.join(' AND '), residualValues: values };
}

/** With several spec versions asked for, first and last are judged among all of them. */
function boundsFor(specVersions: readonly SpecVersion[] | undefined): { first: number; last: number } {
  if (specVersions && new Set(specVersions).size > 1)
    return { first: MARK.firstOverall, last: MARK.lastOverall };
  return { first: MARK.firstInSpec, last: MARK.lastInSpec };
}
