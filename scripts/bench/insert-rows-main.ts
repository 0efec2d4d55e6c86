/*
 * Inserts the rows of one database that another does not have yet, in as many transactions as there are new
 * submissions, with the same indexes and the same durability. Says what that cost, for each submission.
 * Arguments: the two databases, and the tables.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

type Row = Record<string, SQLOutputValue>;

const [sourceFile = '', targetFile = '', ...tables] = process.argv.slice(2);
const source = new DatabaseSync(sourceFile, { readOnly: true });
const target = openTarget(targetFile);

/** What tells the new rows of a table, from the last row or the last handle that the target has. */
const NEWER: ReadonlyMap<string, { readonly last: string; readonly where: string }> = new Map([
  ['names', { last: 'max(handle)', where: 'handle > ?' }],
  ['decisions', { last: 'max(handle)', where: 'handle > ?' }],
]);
const BY_ROW = { last: 'max(rowid)', where: 'rowid > ?' } as const;

const rows = new Map(tables.map((table) => [table, newRows(table)]));
const submissions = rows.get('submissions')?.length ?? 0;

// Once where it does not count, so that the code is compiled and the rows are in memory.
insertAll(openTarget(':memory:'));
const cpuBefore = process.cpuUsage();
const before = performance.now();
insertAll(target);
const cpu = process.cpuUsage(cpuBefore);
const seconds = (performance.now() - before) / 1000;
for (const table of tables) {
  const [wanted, found] = [source, target].map((database) => countRows(database, table));
  if (wanted !== found) throw new Error(`${table} has ${found} rows, wanted ${wanted}`);
}
target.close();
source.close();
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
process.stdout.write(JSON.stringify({ answers: submissions, seconds, cpuSeconds, medianMs: 0 }));

function openTarget(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const present = database.prepare('SELECT count(*) AS count FROM sqlite_master').get()?.['count'];
  if (present !== 0) return database;
  const made = source.prepare('SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL');
  for (const { tbl_name: table, sql } of made.all()) {
    if (tables.includes(String(table))) database.exec(String(sql));
  }
  return database;
}

function countRows(database: DatabaseSync, table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
}

function newRows(table: string): readonly Row[] {
  if (table === 'objects') return newObjects();
  const { last, where } = NEWER.get(table) ?? BY_ROW;
  const from = target.prepare(`SELECT coalesce(${last}, 0) AS last FROM ${table}`).get()?.['last'] ?? 0;
  return source.prepare(`SELECT * FROM ${table} WHERE ${where}`).all(from);
}

/** Records of ids have no order: those of the new versions. */
function newObjects(): readonly Row[] {
  const from = target.prepare('SELECT coalesce(max(handle), 0) AS last FROM versions').get()?.['last'] ?? 0;
  const has = target.prepare('SELECT 1 FROM objects WHERE id = ?');
  return source
    .prepare('SELECT * FROM objects WHERE id IN (SELECT id FROM versions WHERE handle > ?)')
    .all(from)
    .filter(({ id }) => has.get(id ?? null) === undefined);
}

/** Each transaction takes the same share of every table. */
function insertAll(database: DatabaseSync): void {
  const inserts = [...rows].flatMap(([table, all]) => {
    const put = prepareInsert(database, table, all[0]);
    return put ? [{ put, all, share: Math.ceil(all.length / submissions) }] : [];
  });
  for (let n = 0; n < submissions; n += 1) {
    database.exec('BEGIN IMMEDIATE');
    for (const { put, all, share } of inserts) {
      for (const row of all.slice(n * share, (n + 1) * share)) put(row);
    }
    database.exec('COMMIT');
  }
}

function prepareInsert(
  database: DatabaseSync,
  table: string,
  example: Row | undefined,
): ((row: Row) => void) | undefined {
  if (!example) return undefined;
  const columns = Object.keys(example);
  const marks = columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  return (row) => void insert.run(...Object.values(row));
}
