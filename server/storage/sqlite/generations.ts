import type { CollectionId } from '../../domain/ids.ts';
import type { Database } from './database.ts';
import { integerOf, textOf } from './rows.ts';

/** What changes with the directory and with the entries of each collection. */
export interface Generations {
  /** Looks whether any process has committed, and reads what has changed if so. */
  look(): void;
  /** As found by the last look. */
  directory(): number;
  /** As found by the last look. */
  of(collection: CollectionId): number;
}

/** Keeps the generations over one connection; a look without a change costs about 2 µs. */
export function createGenerations(database: Database): Generations {
  const collections = new Map<string, number>();
  const version = database.statement('PRAGMA data_version');
  version.setReturnArrays(true);
  let seen: unknown;
  let directory = 0;
  return {
    look() {
      const now = Object.values(version.get() ?? {})[0];
      if (now === seen) return;
      collections.clear();
      for (const row of database.statement('SELECT id, generation FROM collections').all()) {
        collections.set(textOf(row, 'id'), integerOf(row, 'generation'));
      }
      const sql = `SELECT value FROM meta WHERE key = 'directory_generation'`;
      directory = integerOf(database.statement(sql).get() ?? {}, 'value');
      seen = now;
    },
    directory: () => directory,
    of: (collection) => collections.get(collection) ?? 0,
  };
}
