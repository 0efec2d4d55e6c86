import type { SpecVersion } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import { LAST_VERSION, type ObjectQuery, type VersionSelector } from '../domain/object-query.ts';
import { parseTaxiiTimestamp, parseVersionKey, type Tick } from '../domain/timestamp.ts';
import type { Cursor, CursorCodec, CursorScope, PagedEndpoint } from './cursor.ts';

export interface QueryLimits {
  readonly pageLimitDefault: number;
  readonly pageLimitMax: number;
  readonly maxFilterValues: number;
}

/** A query as asked, and what the answer needs to say about it. */
export interface PageQuery extends ObjectQuery {
  /** What the page goes on from, as the answer's headers echo it when the page is empty. */
  readonly echo?: Tick;
  /** What `next` has to carry besides the position. */
  readonly carried: Omit<Cursor, 'after'>;
}

type MatchField = 'id' | 'type' | 'version' | 'spec_version';

/** The match fields of each list (TAXII 2.1, 5.3 to 5.8); others are ignored. */
const FIELDS: Readonly<Record<PagedEndpoint, readonly MatchField[]>> = {
  objects: ['id', 'type', 'version', 'spec_version'],
  manifest: ['id', 'type', 'version', 'spec_version'],
  object: ['version', 'spec_version'],
  versions: ['spec_version'],
};

function malformed(detail: string): AppError {
  return new AppError('query.malformed', { detail });
}

/** The values of `match[...]` fields, each given at most once. @throws AppError `query.malformed` */
export function readMatchFields(
  params: URLSearchParams,
  fields: readonly MatchField[],
  maxValues: number,
): ReadonlyMap<MatchField, readonly string[]> {
  const seen = new Set<string>();
  const found = new Map<MatchField, readonly string[]>();
  let total = 0;
  for (const [name, value] of params) {
    if (!name.startsWith('match[')) continue;
    if (seen.has(name))
      throw malformed(`${name.slice(0, 40)} may be given once; list its values with commas.`);
    seen.add(name);
    const field = fields.find((known) => name === `match[${known}]`);
    if (field === undefined) continue;
    const values = value.split(',', maxValues + 1);
    total += values.length;
    if (total > maxValues) throw malformed(`At most ${maxValues} values may be matched in one request.`);
    if (values.some((each) => each === '')) throw malformed(`match[${field}] has an empty value.`);
    found.set(field, values);
  }
  return found;
}

/** Reads `match[version]` (TAXII 2.1, 3.4.1). @throws AppError `query.malformed` */
export function parseVersions(values: readonly string[]): VersionSelector {
  const keys = values.map((value) => {
    if (value === 'all' || value === 'first' || value === 'last') return value;
    const key = parseVersionKey(value);
    if (key === undefined) throw malformed('match[version] takes all, first, last, or timestamps.');
    return key;
  });
  if (new Set(keys).size < keys.length) throw malformed('match[version] names a version twice.');
  const all = keys.includes('all');
  if (all && keys.length > 1) throw malformed('match[version]=all must stand alone.');
  const exact = keys.filter((key) => key !== 'all' && key !== 'first' && key !== 'last');
  return { all, first: keys.includes('first'), last: keys.includes('last'), exact };
}

/** Reads `match[spec_version]`; versions that do not exist match nothing. @throws AppError `query.malformed` */
export function parseSpecVersions(values: readonly string[]): readonly SpecVersion[] {
  if (!values.every((value) => /^\d{1,4}\.\d{1,4}$/.test(value))) {
    throw malformed('match[spec_version] takes versions such as 2.1.');
  }
  const known: readonly SpecVersion[] = ['2.0', '2.1'];
  return known.filter((version) => values.includes(version));
}

/** A parameter that may be given once. @throws AppError `query.malformed` */
function single(params: URLSearchParams, name: string): string | undefined {
  const values = params.getAll(name);
  if (values.length > 1) throw malformed(`${name} may be given once.`);
  return values[0];
}

function parseLimit(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,100}$/.test(text) || /^0+$/.test(text))
    throw malformed('limit must be a whole number above 0.');
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

function parseAddedAfter(text: string | undefined): Tick | undefined {
  if (text === undefined) return undefined;
  const tick = parseTaxiiTimestamp(text);
  if (tick === undefined)
    throw malformed('added_after must be a timestamp such as 2018-08-24T18:00:00.000000Z.');
  return tick;
}

function narrow<T>(
  asked: readonly T[] | undefined,
  carried: readonly T[] | undefined,
): readonly T[] | undefined {
  if (asked === undefined || carried === undefined) return asked ?? carried;
  return asked.filter((item) => carried.includes(item));
}

function unique<T>(items: readonly T[] | undefined): readonly T[] | undefined {
  return items && [...new Set(items)];
}

/**
 * Reads the query of a list (TAXII 2.1, 3.4 and 3.5). Filters that a cursor carries hold as well; those of the
 * request narrow further.
 * @throws AppError `query.malformed`, `cursor.invalid`
 */
export function parsePageQuery(
  rawQuery: string,
  scope: CursorScope,
  codec: CursorCodec,
  limits: QueryLimits,
): PageQuery {
  const params = new URLSearchParams(rawQuery);
  const limit = parseLimit(single(params, 'limit'));
  const addedAfter = parseAddedAfter(single(params, 'added_after'));
  const next = single(params, 'next');
  const match = readMatchFields(params, FIELDS[scope.endpoint], limits.maxFilterValues);
  const cursor = next === undefined || next === '' ? undefined : codec.decode(scope, next);
  const versionValues = match.get('version');
  const specValues = match.get('spec_version');

  const ids = narrow(unique(match.get('id')), cursor?.ids);
  const types = narrow(unique(match.get('type')), cursor?.types);
  const specVersions = narrow(specValues && parseSpecVersions(specValues), cursor?.specVersions);
  const versions = joinSelectors(versionValues && parseVersions(versionValues), cursor?.versions);
  const pageLimit = limit ?? cursor?.limit;
  const echo = cursor ? Math.max(cursor.after, addedAfter ?? cursor.after) : addedAfter;
  const filters = {
    ...(ids ? { ids } : {}),
    ...(types ? { types } : {}),
    ...(specVersions ? { specVersions } : {}),
  };
  return {
    ...filters,
    ...(scope.object === undefined ? {} : { ids: [scope.object] }),
    versions: versions ?? [scope.endpoint === 'versions' ? ALL : LAST_VERSION],
    after: echo ?? 0,
    limit: Math.min(pageLimit ?? limits.pageLimitDefault, limits.pageLimitMax),
    ...(echo === undefined ? {} : { echo }),
    carried: {
      ...filters,
      ...(versions ? { versions } : {}),
      ...(pageLimit === undefined ? {} : { limit: pageLimit }),
    },
  };
}

const ALL: VersionSelector = { all: true, first: false, last: false, exact: [] };

function joinSelectors(
  asked: VersionSelector | undefined,
  carried: readonly VersionSelector[] | undefined,
): readonly VersionSelector[] | undefined {
  if (!asked) return carried;
  const isAsked = (selector: VersionSelector): boolean => JSON.stringify(selector) === JSON.stringify(asked);
  return [asked, ...(carried ?? []).filter((selector) => !isAsked(selector))];
}

/** Whether a filter can match nothing at all. */
export function isEmptyQuery({ ids, types, specVersions }: ObjectQuery): boolean {
  return [ids, types, specVersions].some((list) => list?.length === 0);
}
