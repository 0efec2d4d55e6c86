import type { HeldVersion } from '../../domain/held.ts';
import type { Handle } from '../../domain/ids.ts';
import type { DecisionChange, ObjectRecord } from '../port.ts';
import { namesOf } from '../names.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import type { Database } from './database.ts';
import { inSlices } from './slices.ts';
import { ROLE_NUMBERS, STATE_NUMBERS, type Standing } from './held-reader.ts';

/** Writes records of ids as a whole. Inside a transaction only, like all below. */
export function writeObjects(database: Database, records: readonly ObjectRecord[]): void {
  const put = database.statement('INSERT OR REPLACE INTO objects VALUES (?, ?, ?)');
  for (const { id, owner, recall } of records) {
    put.run(id, owner ?? null, recall === undefined ? null : JSON.stringify(recall));
  }
}

/** Writes versions by handle; what each names is indexed when it comes first. */
export async function writeVersions(database: Database, versions: readonly HeldVersion[]): Promise<void> {
  const insert = database.statement(`INSERT OR IGNORE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const update = database.statement('UPDATE versions SET standing = ? WHERE handle = ?');
  const name = database.statement('INSERT OR IGNORE INTO names VALUES (?, ?, ?)');
  await inSlices(versions, (version) => {
    const { handle, id, versionKey, rank, sender, facts, text, ...rest } = version;
    const standing: Standing = rest;
    const json = JSON.stringify(standing);
    const stored = insert.run(handle, id, versionKey, rank, sender, JSON.stringify(facts), json, text);
    if (stored.changes === 0) update.run(json, handle);
    else for (const [target, role] of namesOf(version)) name.run(target, ROLE_NUMBERS[role], handle);
  });
}

/** Removes versions with what is known of them. */
export function dropVersions(database: Database, handles: readonly Handle[]): void {
  const facts = database.statement(`SELECT facts FROM versions WHERE handle = ?`);
  const remove = database.statement('DELETE FROM versions WHERE handle = ?');
  const decisions = database.statement('DELETE FROM decisions WHERE handle = ?');
  const names = database.statement(`DELETE FROM names WHERE handle = ? AND target IN (
    SELECT value FROM json_tree(?) WHERE type = 'text')`);
  for (const handle of handles) {
    const row = facts.get(handle);
    if (typeof row?.['facts'] === 'string') names.run(handle, row['facts']);
    remove.run(handle);
    decisions.run(handle);
  }
}

export async function writeDecisions(
  database: Database,
  numbers: CollectionNumbers,
  changes: readonly DecisionChange[],
): Promise<void> {
  const put = database.statement('INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?)');
  const remove = database.statement('DELETE FROM decisions WHERE handle = ? AND collection = ?');
  const known = new Map<string, number>();
  await inSlices(changes, ({ handle, collection, state, due }) => {
    const number = known.get(collection) ?? numbers.ensure(collection);
    known.set(collection, number);
    if (state === undefined) remove.run(handle, number);
    else put.run(handle, number, STATE_NUMBERS[state], due ?? null);
  });
}
