import type { SpecVersion } from './collection.ts';
import type { StixId } from './ids.ts';
import type { Tick } from './timestamp.ts';

/** One `match[version]` value set (TAXII 2.1, section 3.4.1): an entry passes when any member names it. */
export interface VersionSelector {
  readonly all: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** Version keys (see `parseVersionKey`). */
  readonly exact: readonly string[];
}

export const LAST_VERSION: VersionSelector = { all: false, first: false, last: true, exact: [] };
export const ALL_VERSIONS: VersionSelector = { all: true, first: false, last: false, exact: [] };

/**
 * What a poll asks for. Every given filter must hold (AND); inside one, any value will do (OR).
 * `first` and `last` are judged over the whole collection, among the entries of the spec versions asked for;
 * without `specVersions` only the highest spec version that an object has in the collection is seen.
 */
export interface ObjectFilter {
  readonly ids?: readonly StixId[];
  readonly types?: readonly string[];
  readonly specVersions?: readonly SpecVersion[];
  /** All must pass: a request narrows what its cursor carries. Never empty. */
  readonly versions: readonly VersionSelector[];
}

export interface ObjectQuery extends ObjectFilter {
  /** Exclusive; 0 starts from the oldest. */
  readonly after: Tick;
  /** At most so many entries, at least 1. */
  readonly limit: number;
}
