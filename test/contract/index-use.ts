import type { Document } from 'mongodb';
import type { IndexPlan } from '../../server/storage/mongo/layout.ts';

/** What a command looks for. */
export interface Search {
  readonly command: string;
  readonly collection: string;
  readonly filter: Document;
  readonly sort: Document;
}

const BOUNDS = ['$gt', '$gte', '$lt', '$lte'];
/** Conditions on which rows a reader sees, not on what it looks for: server/storage/mongo/snapshot.ts. */
const VISIBILITY = ['from', 'until', '$or'];
/** Beyond it MongoDB does not merge the parts of an index by the sort, but sorts. */
const MOST_MERGED = 200;

/** The searches of one command; none when it looks for nothing. */
export function toSearch(command: Document): readonly Search[] {
  const [name = ''] = Object.keys(command);
  const collection = String(command[name]);
  const search = (filter: unknown, sort: unknown = {}): Search => ({
    ...{ command: name, collection },
    ...{ filter: toDocument(filter), sort: toDocument(sort) },
  });
  if (name === 'find') return [search(command['filter'], command['sort'])];
  if (name === 'findAndModify') return [search(command['query'], command['sort'])];
  if (name === 'update') return listOf(command['updates']).map(({ q }) => search(q));
  if (name === 'delete') return listOf(command['deletes']).map(({ q }) => search(q));
  if (name === 'aggregate') {
    // What is counted: the driver asks for it by a pipeline that begins with the filter.
    const [first] = listOf(command['pipeline']);
    return [search(first?.['$match'])];
  }
  if (['insert', 'getMore', 'killCursors', 'endSessions', 'hello', 'ping'].includes(name)) return [];
  return [{ command: name, collection, filter: {}, sort: {} }];
}

/** The searches that no index serves, in words. */
export function findScans(
  searches: readonly (Search & { readonly by: string })[],
  indexes: readonly IndexPlan[],
): readonly string[] {
  return searches
    .filter((search) => !isServed(search, indexes))
    .map(({ by, command, collection, filter, sort }) =>
      [by, command, collection, JSON.stringify(filter), JSON.stringify(sort)].join(' '),
    );
}

function isServed({ collection, filter, sort }: Search, indexes: readonly IndexPlan[]): boolean {
  const own = indexes.filter((plan) => plan.collection === collection).map(({ key }) => Object.keys(key));
  return [['_id'], ...own].some((fields) => serves(fields, filter, sort));
}

/**
 * Fields that equal something begin the index. For a page in order at most one of several values follows, of which the
 * server merges the parts, and then the fields of the sort; else any of several values, and at most one range. What the
 * index does not narrow down has to be few: versions of one object, or what is hidden.
 */
function serves(fields: readonly string[], filter: Document, sort: Document): boolean {
  const equal = takeWhile(fields, (field) => isEqual(filter[field]));
  const left = fields.slice(equal.length);
  const order = Object.keys(sort).filter((field) => !equal.includes(field));
  const narrowed = order.length === 0 ? narrow(left, filter) : narrowInOrder(left, filter, order);
  if (narrowed === undefined) return false;
  const used = [...equal, ...narrowed];
  const others = Object.keys(filter).filter((field) => !used.includes(field) && !VISIBILITY.includes(field));
  if (others.length > 0 && !equal.some((field) => field === 'id' || field === '_id')) return false;
  return used.length > 0;
}

/** What is narrowed down by fields that follow, in whatever order rows come. */
function narrow(fields: readonly string[], filter: Document): readonly string[] {
  const among = takeWhile(fields, (field) => isAmong(filter[field]));
  const next = fields[among.length];
  return next !== undefined && isRange(filter[next]) ? [...among, next] : among;
}

/** The same where rows come in the order of a sort; undefined when the index has another order. */
function narrowInOrder(
  fields: readonly string[],
  filter: Document,
  order: readonly string[],
): readonly string[] | undefined {
  const [first = '', second = ''] = fields;
  const merged = first !== order[0] && isAmong(filter[first]) ? [first] : [];
  const rest = fields.slice(merged.length);
  if (!order.every((field, place) => rest[place] === field)) return undefined;
  const sorted = merged.length > 0 ? second : first;
  return isRange(filter[sorted]) || isAmong(filter[sorted]) ? [...merged, sorted] : merged;
}

function takeWhile(fields: readonly string[], holds: (field: string) => boolean): readonly string[] {
  const end = fields.findIndex((field) => !holds(field));
  return end === -1 ? fields : fields.slice(0, end);
}

function isEqual(condition: unknown): boolean {
  return condition !== undefined && operatorsOf(condition).length === 0;
}

function isRange(condition: unknown): boolean {
  return operatorsOf(condition).some((operator) => BOUNDS.includes(operator));
}

function isAmong(condition: unknown): boolean {
  const among: unknown = toDocument(condition)['$in'];
  return Array.isArray(among) && among.length <= MOST_MERGED;
}

function operatorsOf(condition: unknown): readonly string[] {
  return Object.keys(toDocument(condition)).filter((name) => name.startsWith('$'));
}

function toDocument(value: unknown): Document {
  // The driver hands a sort on as a map.
  if (value instanceof Map) return Object.fromEntries([...parseMap(value)]);
  return isDocument(value) ? value : {};
}

function parseMap(value: unknown): ReadonlyMap<string, unknown> {
  return value as Map<string, unknown>;
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly Document[] {
  return Array.isArray(value) ? value.map((one: unknown) => toDocument(one)) : [];
}
