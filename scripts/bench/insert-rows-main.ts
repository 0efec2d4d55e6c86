/*
 * Inserts the entries and submissions of one database that another does not have yet, in transactions of so many
 * entries, with the same indexes and the same durability. Says what that cost.
 */
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

type Row = Record<string, SQLOutputValue>;

const [sourceFile = '', targetFile = '', size = '500'] = process.argv.slice(2);
const source = new DatabaseSync(sourceFile, { readOnly: true });
const target = openTarget(targetFile);

const entries = newRows('entries');
const submissions = newRows('submissions');

// Once where it does not count, so that the code is compiled and the rows are in memory.
insertAll(openTarget(':memory:'));
const cpuBefore = process.cpuUsage();
const before = performance.now();
insertAll(target);
const cpu = process.cpuUsage(cpuBefore);
const seconds = (performance.now() - before) / 1000;
target.close();
source.close();
const cpuSeconds = (cpu.user + cpu.system) / 1e6;
process.stdout.write(JSON.stringify({ answers: entries.length, seconds, cpuSeconds, medianMs: 0 }));

function openTarget(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const present = database.prepare('SELECT count(*) AS count FROM sqlite_master').get()?.['count'];
  if (present !== 0) return database;
  const made = source.prepare(
    `SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN ('entries', 'submissions')`,
  );
  for (const { sql } of made.all()) database.exec(String(sql));
  return database;
}

function newRows(table: string): readonly Row[] {
  const last = target.prepare(`SELECT coalesce(max(rowid), 0) AS last FROM ${table}`).get()?.['last'] ?? 0;
  return source.prepare(`SELECT * FROM ${table} WHERE rowid > ? ORDER BY rowid`).all(last);
}

/** One submission with each transaction's entries, as the server writes them. */
function insertAll(database: DatabaseSync): void {
  const putEntry = prepareInsert(database, 'entries', entries[0] ?? {});
  const putSubmission = prepareInsert(database, 'submissions', submissions[0] ?? {});
  const each = Number(size);
  for (let from = 0; from < entries.length; from += each) {
    database.exec('BEGIN IMMEDIATE');
    for (const row of entries.slice(from, from + each)) putEntry(row);
    const submission = submissions[from / each];
    if (submission) putSubmission(submission);
    database.exec('COMMIT');
  }
}

function prepareInsert(database: DatabaseSync, table: string, example: Row): (row: Row) => void {
  const columns = Object.keys(example);
  const marks = columns.map(() => '?').join(', ');
  const insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
  return (row) => void insert.run(...Object.values(row));
}
