import { isReleased, type Collection } from '../../domain/collection.ts';
import type { Deployment } from '../port.ts';
import type { Database } from './database.ts';
import { bytesOf, integerOf, parseStored, textOf } from './rows.ts';

/** Saves the deployment unless there is one; returns the one that counts. Inside a transaction only. */
export function ensureDeployment(database: Database, proposed: Deployment): Deployment {
  const put = database.statement('INSERT OR IGNORE INTO meta VALUES (?, ?)');
  put.run('secret', proposed.secret);
  put.run('hub_identity', proposed.hubIdentity);
  const get = database.statement('SELECT value FROM meta WHERE key = ?');
  return {
    secret: bytesOf(get.get('secret') ?? {}, 'value'),
    hubIdentity: textOf(get.get('hub_identity') ?? {}, 'value'),
  };
}

export function readPolicies(database: Database): readonly Collection[] {
  const row = database.statement(`SELECT value FROM meta WHERE key = 'policies'`).get();
  return row ? parseStored<readonly Collection[]>(textOf(row, 'value')) : [];
}

export function savePolicies(database: Database, collections: readonly Collection[]): void {
  const gone = readPolicies(database).filter(
    (known) => isReleased(known) && !collections.some(({ id }) => id === known.id),
  );
  for (const { id } of gone) {
    const number = '(SELECT number FROM collections WHERE id = ?)';
    database.statement(`DELETE FROM decisions WHERE collection = ${number}`).run(id);
    database.statement(`DELETE FROM entries WHERE collection = ${number}`).run(id);
    database.statement('UPDATE collections SET generation = generation + 1 WHERE id = ?').run(id);
  }
  database.statement(`INSERT OR REPLACE INTO meta VALUES ('policies', ?)`).run(JSON.stringify(collections));
  markPoliciesUndecided(database);
}

export function arePoliciesDecided(database: Database): boolean {
  return database.statement(`SELECT 1 AS found FROM meta WHERE key = 'policies_decided'`).get() !== undefined;
}

export function readPolicyEpoch(database: Database): number {
  const row = database.statement(`SELECT value FROM meta WHERE key = 'policy_epoch'`).get();
  return row ? integerOf(row, 'value') : 0;
}

export function markPoliciesUndecided(database: Database): void {
  const epoch = readPolicyEpoch(database) + 1;
  database.statement(`INSERT OR REPLACE INTO meta VALUES ('policy_epoch', ?)`).run(epoch);
  database.statement(`DELETE FROM meta WHERE key = 'policies_decided'`).run();
}

export function markPoliciesDecided(database: Database, epoch: number): void {
  if (readPolicyEpoch(database) !== epoch) return;
  database.statement(`INSERT OR REPLACE INTO meta VALUES ('policies_decided', 1)`).run();
}
