import type { Collection } from '../../domain/collection.ts';
import type { Organisation, Token, User } from '../../domain/directory.ts';
import type { Feed, FeedReject, FeedState } from '../../domain/feed.ts';
import type { StoredRecord } from '../port.ts';
import type { TransferKey } from '../transfer-position.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import { STATES, toPublication, toVersion } from './held-reader.ts';
import { bytesOf, compact, integerOf, optionalTextOf, parseStored, textOf, type Row } from './rows.ts';
import { toSubmission } from './submissions.ts';
import type { Recall } from '../../domain/held.ts';

/** One kind of record, in an order of its own. */
export interface Section {
  /** How many rows there are, as `count`. */
  readonly count: string;
  /** The rows after a key, whose parts are the parameters, in their order. */
  readonly rows: string;
  /** Below every key. */
  readonly start: TransferKey;
  readonly keyOf: (row: Row) => TransferKey;
  readonly toRecord: (row: Row, numbers: CollectionNumbers) => StoredRecord;
}

function byColumn(table: string, column: string, start: string | number): Omit<Section, 'toRecord'> {
  return {
    count: `SELECT count(*) AS count FROM ${table}`,
    rows: `SELECT * FROM ${table} WHERE ${column} > ? ORDER BY ${column}`,
    start: [start],
    keyOf: (row) => [typeof start === 'number' ? integerOf(row, column) : textOf(row, column)],
  };
}

/** A section of one row, made of what `meta` has. */
function ofMeta(columns: string, condition: string): Omit<Section, 'toRecord'> {
  return {
    count: `SELECT count(*) AS count FROM (SELECT 1 WHERE ${condition})`,
    rows: `SELECT ${columns} WHERE ${condition} AND 1 > ?`,
    start: [0],
    keyOf: () => [1],
  };
}

function valueOf(key: string): string {
  return `(SELECT value FROM meta WHERE key = '${key}')`;
}

/** Everything that is kept but leases, in the order in which it is exported. */
export const SECTIONS: readonly Section[] = [
  {
    ...ofMeta(
      `${valueOf('secret')} AS secret, ${valueOf('hub_identity')} AS identity`,
      `${valueOf('secret')} IS NOT NULL`,
    ),
    toRecord: (row) => ({
      kind: 'deployment',
      secret: Buffer.from(bytesOf(row, 'secret')).toString('base64'),
      hubIdentity: textOf(row, 'identity'),
    }),
  },
  {
    ...ofMeta(
      `coalesce(${valueOf('policies')}, '[]') AS policies, ${valueOf('policies_decided')} IS NOT NULL AS decided`,
      '1',
    ),
    toRecord: (row) => ({
      kind: 'policies',
      collections: parseStored<readonly Collection[]>(textOf(row, 'policies')),
      decided: integerOf(row, 'decided') === 1,
    }),
  },
  {
    ...ofMeta(
      `${valueOf('next_handle')} AS handle, ${valueOf('directory_generation')} AS directory,
       max(coalesce(${valueOf('last_tick')}, 0), (SELECT coalesce(max(last_tick), 0) FROM collections)) AS tick`,
      '1',
    ),
    toRecord: (row) => ({
      kind: 'counters',
      nextHandle: integerOf(row, 'handle'),
      lastTick: integerOf(row, 'tick'),
      directoryGeneration: integerOf(row, 'directory'),
    }),
  },
  {
    ...byColumn('collections', 'number', 0),
    toRecord: (row, numbers) => ({
      kind: 'collection',
      id: numbers.idOf(integerOf(row, 'number')),
      lastTick: integerOf(row, 'last_tick'),
      generation: integerOf(row, 'generation'),
    }),
  },
  {
    ...byColumn('organisations', 'id', ''),
    toRecord: (row) => ({ kind: 'organisation', value: parseStored<Organisation>(textOf(row, 'record')) }),
  },
  {
    ...byColumn('users', 'name', ''),
    toRecord: (row) => ({ kind: 'user', value: parseStored<User>(textOf(row, 'record')) }),
  },
  {
    ...byColumn('tokens', 'id', ''),
    toRecord: (row) => ({ kind: 'token', value: parseStored<Token>(textOf(row, 'record')) }),
  },
  { ...byColumn('objects', 'id', ''), toRecord: toObjectRecord },
  {
    ...byColumn('versions', 'handle', 0),
    toRecord: (row) => ({ kind: 'version', value: toVersion(row) }),
  },
  {
    count: 'SELECT count(*) AS count FROM decisions',
    rows: 'SELECT * FROM decisions WHERE (handle, collection) > (?, ?) ORDER BY handle, collection',
    start: [0, 0],
    keyOf: (row) => [integerOf(row, 'handle'), integerOf(row, 'collection')],
    toRecord: toDecisionRecord,
  },
  {
    count: 'SELECT count(*) AS count FROM entries',
    rows: 'SELECT * FROM entries WHERE (collection, tick) > (?, ?) ORDER BY collection, tick',
    start: [0, 0],
    keyOf: (row) => [integerOf(row, 'collection'), integerOf(row, 'tick')],
    toRecord: (row, numbers) => ({
      kind: 'entry',
      tick: integerOf(row, 'tick'),
      marks: integerOf(row, 'marks'),
      value: toPublication(numbers.idOf(integerOf(row, 'collection')), row),
    }),
  },
  {
    count: 'SELECT count(*) AS count FROM submissions',
    // The order in which they came, also of those of one moment.
    rows: 'SELECT rowid AS place, * FROM submissions WHERE rowid > ? ORDER BY rowid',
    start: [0],
    keyOf: (row) => [integerOf(row, 'place')],
    toRecord: (row) => ({
      kind: 'submission',
      value: toSubmission(row),
      ...(row['body'] === null ? {} : { body: Buffer.from(bytesOf(row, 'body')).toString('base64') }),
    }),
  },
  {
    ...byColumn('feeds', 'id', ''),
    toRecord: (row) => ({ kind: 'feed', value: parseStored<Feed>(textOf(row, 'record')) }),
  },
  {
    ...byColumn('feed_states', 'feed', ''),
    toRecord: (row) => ({
      kind: 'feed-state',
      feed: textOf(row, 'feed'),
      value: parseStored<FeedState>(textOf(row, 'state')),
    }),
  },
  {
    count: 'SELECT count(*) AS count FROM feed_rejects',
    rows: 'SELECT * FROM feed_rejects WHERE (feed, key) > (?, ?) ORDER BY feed, key',
    start: ['', ''],
    keyOf: (row) => [textOf(row, 'feed'), textOf(row, 'key')],
    toRecord: (row) => ({
      kind: 'feed-reject',
      feed: textOf(row, 'feed'),
      value: parseStored<FeedReject>(textOf(row, 'record')),
    }),
  },
  {
    count: 'SELECT count(*) AS count FROM arrivals',
    rows: `SELECT * FROM arrivals WHERE (org, id, version_key) > (?, ?, ?)
      ORDER BY org, id, version_key`,
    start: ['', '', ''],
    keyOf: (row) => [textOf(row, 'org'), textOf(row, 'id'), textOf(row, 'version_key')],
    toRecord: (row) => ({
      kind: 'arrival',
      org: textOf(row, 'org'),
      value: { id: textOf(row, 'id'), versionKey: textOf(row, 'version_key') },
    }),
  },
];

function toObjectRecord(row: Row): StoredRecord {
  const recall = optionalTextOf(row, 'recall');
  const value = compact<Extract<StoredRecord, { kind: 'object' }>['value']>({
    id: textOf(row, 'id'),
    owner: optionalTextOf(row, 'owner'),
    recall: recall === undefined ? undefined : parseStored<Recall>(recall),
  });
  return { kind: 'object', value };
}

function toDecisionRecord(row: Row, numbers: CollectionNumbers): StoredRecord {
  const state = STATES[integerOf(row, 'state')];
  if (!state) throw new Error('a decision has no known state');
  return {
    kind: 'decision',
    handle: integerOf(row, 'handle'),
    collection: numbers.idOf(integerOf(row, 'collection')),
    state,
    ...(row['due'] === null ? {} : { due: integerOf(row, 'due') }),
  };
}
