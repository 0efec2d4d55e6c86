import type { Lease } from '../port.ts';
import type { Database } from './database.ts';
import { integerOf, textOf } from './rows.ts';

export function readLease(database: Database, name: string): Lease | undefined {
  const row = database.statement('SELECT holder, fence, beat FROM leases WHERE name = ?').get(name);
  return (
    row && { holder: textOf(row, 'holder'), fence: integerOf(row, 'fence'), beat: integerOf(row, 'beat') }
  );
}

/** Inside a transaction only. @returns whether the lease was what was expected, and is replaced */
export function swapLease(
  database: Database,
  name: string,
  expected: Lease | undefined,
  next: Lease,
): boolean {
  const { holder, fence, beat } = next;
  if (!expected) {
    const sql = 'INSERT OR IGNORE INTO leases VALUES (?, ?, ?, ?)';
    return database.statement(sql).run(name, holder, fence, beat).changes === 1;
  }
  const sql = `UPDATE leases SET holder = ?, fence = ?, beat = ?
    WHERE name = ? AND holder = ? AND fence = ? AND beat = ?`;
  const values = [holder, fence, beat, name, expected.holder, expected.fence, expected.beat];
  return database.statement(sql).run(...values).changes === 1;
}
