import { AppError } from '../../domain/errors.ts';
import { checkRecord, checkSums, refuseTwice, type ImportSums } from '../import-check.ts';
import type { ExportBatch, ImportState, StoredRecord } from '../port.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import type { Database } from './database.ts';
import { INSERT_ENTRY, toEntryValues } from './entry-writer.ts';
import { writeDecisions, writeObjects, writeVersions } from './held-writer.ts';
import { putFeeds } from './feed-import.ts';
import { integerOf, textOf } from './rows.ts';

/*
 * What an import writes is not read before it is finished. Everything is written by its key, so that a batch that
 * comes twice changes nothing; what breaks another rule of the schema is refused and never passed over.
 */

type RecordOf<K extends StoredRecord['kind']> = Extract<StoredRecord, { kind: K }>;

const TABLES = [
  'collections',
  'entries',
  'objects',
  'versions',
  'decisions',
  'submissions',
  'organisations',
  'users',
  'tokens',
  'feeds',
  'feed_states',
  'feed_rejects',
  'arrivals',
] as const;

const PUT_ENTRY = `${INSERT_ENTRY}
  ON CONFLICT (collection, id, version_key) DO UPDATE SET tick = excluded.tick, poll = excluded.poll,
  marks = excluded.marks, spec = excluded.spec, type = excluded.type, version = excluded.version,
  held_id = excluded.held_id, text = excluded.text
  WHERE tick = excluded.tick`;

const PUT_SUBMISSION = `INSERT INTO submissions
  (id, received_at, state, head, bytes, outcomes, completed_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET received_at = excluded.received_at, state = excluded.state,
  head = excluded.head, bytes = excluded.bytes, outcomes = excluded.outcomes,
  completed_at = excluded.completed_at, body = excluded.body`;

const PUT_COLLECTION = `INSERT INTO collections (id, last_tick, generation) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_tick = excluded.last_tick, generation = excluded.generation`;

/** An import that was begun and not finished. */
export function readImportState(database: Database): ImportState | undefined {
  const get = database.statement('SELECT value FROM meta WHERE key = ?');
  const mark = get.get('import_mark');
  const position = get.get('import_position');
  if (!mark) return undefined;
  return { mark: textOf(mark, 'value'), ...(position ? { position: textOf(position, 'value') } : {}) };
}

/** @throws AppError `input.invalid` when the database holds anything. Inside a transaction only, like all below. */
export function beginImport(database: Database, mark: string): void {
  const held = TABLES.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ');
  const sql = `SELECT 1 AS found WHERE ${held}
    OR EXISTS (SELECT 1 FROM meta WHERE key IN ('secret', 'policies', 'import_mark'))`;
  if (database.statement(sql).get()) {
    throw new AppError('input.invalid', {
      detail: 'The database is not empty. Name one that does not exist yet, or is empty.',
    });
  }
  putMeta(database, 'import_mark', mark);
}

/** @throws AppError `input.invalid` while an import is under way: what the database holds is not whole */
export function refuseDuringImport(database: Database): void {
  if (!readImportState(database)) return;
  throw new AppError('input.invalid', { detail: 'The database is being imported.' });
}

/**
 * Writes a batch and remembers its position.
 * @throws AppError `input.invalid` when no import is under way, or a record is none that a store exports
 */
export async function importBatch(
  database: Database,
  numbers: CollectionNumbers,
  batch: ExportBatch,
): Promise<void> {
  if (!readImportState(database)) {
    throw new AppError('input.invalid', { detail: 'No import is under way in this database.' });
  }
  for (const record of batch.records) checkRecord(record);
  try {
    await putBatch(database, numbers, batch);
  } catch (error) {
    throw explainTaken(error);
  }
}

const SQLITE_CONSTRAINT = 19;

/** What is unique and there already: the schema knows of it, whatever batch it came with. */
function explainTaken(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return error;
  if ((error.errcode & 0xff) !== SQLITE_CONSTRAINT) return error;
  const [, table = 'records', column = 'key'] = /: (?:.*, )?(\w+)\.(\w+)$/.exec(error.message) ?? [];
  return refuseTwice(`a ${column} of the ${table}`);
}

async function putBatch(
  database: Database,
  numbers: CollectionNumbers,
  { records, position }: ExportBatch,
): Promise<void> {
  const groups = Map.groupBy(records, (record) => record.kind);
  const of = <K extends StoredRecord['kind']>(kind: K): readonly RecordOf<K>[] =>
    (groups.get(kind) ?? []).filter((record): record is RecordOf<K> => record.kind === kind);
  for (const record of of('deployment')) putDeployment(database, record);
  for (const record of of('policies')) putPolicies(database, record);
  for (const record of of('counters')) putCounters(database, record);
  for (const { id, lastTick, generation } of of('collection')) {
    database.statement(PUT_COLLECTION).run(id, lastTick, generation);
  }
  putDirectory(database, of('organisation'), of('user'), of('token'));
  writeObjects(
    database,
    of('object').map(({ value }) => value),
  );
  await writeVersions(
    database,
    of('version').map(({ value }) => value),
  );
  await writeDecisions(database, numbers, of('decision'));
  putEntries(database, numbers, of('entry'));
  for (const record of of('submission')) putSubmission(database, record);
  putFeeds(database, of('feed'), of('feed-state'), of('feed-reject'), of('arrival'));
  putMeta(database, 'import_position', position);
}

/** @throws AppError `input.invalid` when what was imported contradicts itself; the import stays unfinished */
export function finishImport(database: Database): void {
  if (readImportState(database)) checkSums(readSums(database));
  database.statement(`DELETE FROM meta WHERE key IN ('import_mark', 'import_position')`).run();
}

function readSums(database: Database): ImportSums {
  const readNumber = (sql: string): number =>
    integerOf(database.statement(`SELECT coalesce((${sql}), 0) AS number`).get() ?? {}, 'number');
  const owning = TABLES.map((table) => `EXISTS (SELECT 1 FROM ${table})`).join(' OR ');
  const last = `SELECT last_tick AS last,
    coalesce((SELECT max(tick) FROM entries WHERE collection = number), 0) AS highest FROM collections`;
  return {
    hasDeployment: readNumber(`SELECT 1 FROM meta WHERE key = 'secret'`) === 1,
    hasContents: readNumber(`SELECT 1 WHERE ${owning}`) === 1,
    nextHandle: readNumber(`SELECT value FROM meta WHERE key = 'next_handle'`),
    highestHandle: Math.max(
      readNumber('SELECT max(handle) FROM versions'),
      readNumber('SELECT max(handle) FROM decisions'),
    ),
    lastTick: readNumber(`SELECT value FROM meta WHERE key = 'last_tick'`),
    collections: database
      .statement(last)
      .all()
      .map((row) => ({ lastTick: integerOf(row, 'last'), highestTick: integerOf(row, 'highest') })),
  };
}

function putMeta(database: Database, key: string, value: string | number | Uint8Array): void {
  database.statement('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value);
}

function putDeployment(database: Database, { secret, hubIdentity }: RecordOf<'deployment'>): void {
  const bytes = Buffer.from(secret, 'base64');
  const known = database.statement(`SELECT hex(value) AS secret FROM meta WHERE key = 'secret'`).get();
  if (known && textOf(known, 'secret') !== bytes.toString('hex').toUpperCase()) {
    throw refuseTwice('the record "deployment"');
  }
  putMeta(database, 'secret', bytes);
  putMeta(database, 'hub_identity', hubIdentity);
}

function putPolicies(database: Database, { collections, decided }: RecordOf<'policies'>): void {
  putMeta(database, 'policies', JSON.stringify(collections));
  if (decided) putMeta(database, 'policies_decided', 1);
}

function putCounters(database: Database, counters: RecordOf<'counters'>): void {
  putMeta(database, 'next_handle', counters.nextHandle);
  putMeta(database, 'last_tick', counters.lastTick);
  putMeta(database, 'directory_generation', counters.directoryGeneration);
}

function putDirectory(
  database: Database,
  organisations: readonly RecordOf<'organisation'>[],
  users: readonly RecordOf<'user'>[],
  tokens: readonly RecordOf<'token'>[],
): void {
  const put = (table: string, key: string, second: string, row: readonly (string | null)[]): void => {
    const sql = `INSERT INTO ${table} VALUES (?, ?, ?)
      ON CONFLICT (${key}) DO UPDATE SET ${second} = excluded.${second} WHERE record = excluded.record`;
    if (database.statement(sql).run(...row).changes === 0) throw refuseTwice(`a ${key} of the ${table}`);
  };
  for (const { value } of organisations) {
    put('organisations', 'id', 'identity', [value.id, value.identity ?? null, JSON.stringify(value)]);
  }
  for (const { value } of users) {
    put('users', 'name', 'certificate', [value.name, value.certificate ?? null, JSON.stringify(value)]);
  }
  for (const { value } of tokens) {
    put('tokens', 'id', 'hash', [value.id, value.hash, JSON.stringify(value)]);
  }
}

function putEntries(
  database: Database,
  numbers: CollectionNumbers,
  entries: readonly RecordOf<'entry'>[],
): void {
  const put = database.statement(PUT_ENTRY);
  const known = new Map<string, number>();
  for (const { tick, marks, value } of entries) {
    const number = known.get(value.collection) ?? numbers.ensure(value.collection);
    known.set(value.collection, number);
    const { changes } = put.run(...toEntryValues(number, tick, marks, value));
    if (changes === 0) throw refuseTwice('a version of an object in a collection');
  }
}

function putSubmission(database: Database, { value, body }: RecordOf<'submission'>): void {
  const { id, receivedAt, bytes, state, completedAt, outcomes, ...head } = value;
  const sent = body === undefined ? null : Buffer.from(body, 'base64');
  database
    .statement(PUT_SUBMISSION)
    .run(
      id,
      receivedAt,
      state,
      JSON.stringify(head),
      bytes,
      JSON.stringify(outcomes),
      completedAt ?? null,
      sent,
    );
}
