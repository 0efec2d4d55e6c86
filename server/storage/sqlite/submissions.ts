import type { ObjectOutcome, Submission, SubmissionIntent } from '../../domain/submission.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Database } from './database.ts';
import { bytesOf, integerOf, parseStored, textOf, type Row } from './rows.ts';

type Head = Omit<SubmissionIntent, 'id' | 'receivedAt' | 'body'>;

/** Saves an intent with its bytes; what becomes of it comes later. */
export function saveIntent(database: Database, intent: SubmissionIntent): void {
  const { id, receivedAt, body, ...rest } = intent;
  const head: Head = rest;
  database
    .statement(
      `INSERT INTO submissions (id, received_at, state, head, bytes, body) VALUES (?, ?, 'received', ?, ?, ?)`,
    )
    .run(id, receivedAt, JSON.stringify(head), body.byteLength, body);
}

type WriteOutcomes = (
  database: Database,
  id: string,
  state: 'open' | 'complete',
  outcomes: readonly ObjectOutcome[],
  now: Tick,
) => void;

function outcomeWriter(change: string, from: string): WriteOutcomes {
  const sql = `UPDATE submissions SET state = ?, outcomes = ?, completed_at = ?${change} WHERE id = ? AND ${from}`;
  return (database, id, state, outcomes, now) => {
    const completedAt = state === 'complete' ? now : null;
    database.statement(sql).run(state, JSON.stringify(outcomes), completedAt, id);
  };
}

/** Ends an intent: what became of it takes the place of its bytes. */
export const saveOutcomes = outcomeWriter(', body = NULL', `state <> 'complete'`);

/** Replaces the outcomes of a submission that was carried out and is still open. */
export const replaceOutcomes = outcomeWriter('', `state = 'open'`);

/** Oldest first. */
export function openIntents(database: Database, limit: number): readonly string[] {
  const sql = `SELECT id FROM submissions WHERE state = 'received' ORDER BY received_at, rowid LIMIT ?`;
  return database
    .statement(sql)
    .all(limit)
    .map((row) => textOf(row, 'id'));
}

export function findIntent(database: Database, id: string): SubmissionIntent | undefined {
  const row = database.statement(`SELECT * FROM submissions WHERE id = ? AND state = 'received'`).get(id);
  if (!row) return undefined;
  return { ...headOf(row), body: bytesOf(row, 'body') };
}

export function isOpenIntent(database: Database, id: string): boolean {
  const sql = `SELECT 1 AS found FROM submissions WHERE id = ? AND state = 'received'`;
  return database.statement(sql).get(id) !== undefined;
}

export function findSubmission(database: Database, id: string): Submission | undefined {
  const sql =
    'SELECT id, received_at, state, head, bytes, outcomes, completed_at FROM submissions WHERE id = ?';
  const row = database.statement(sql).get(id);
  return row && toSubmission(row);
}

/** @param row with all columns but `body`, which it need not have */
export function toSubmission(row: Row): Submission {
  return {
    ...headOf(row),
    ...(row['completed_at'] === null ? {} : { completedAt: integerOf(row, 'completed_at') }),
    bytes: integerOf(row, 'bytes'),
    state: toState(textOf(row, 'state')),
    outcomes: parseStored<readonly ObjectOutcome[]>(textOf(row, 'outcomes')),
  };
}

function headOf(row: Row): Omit<SubmissionIntent, 'body'> {
  const head = parseStored<Head>(textOf(row, 'head'));
  return { id: textOf(row, 'id'), receivedAt: integerOf(row, 'received_at'), ...head };
}

function toState(text: string): Submission['state'] {
  return text === 'received' || text === 'open' ? text : 'complete';
}
