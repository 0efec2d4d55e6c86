import type { CollectionId } from '../../domain/ids.ts';
import type { Database } from './database.ts';
import { integerOf, textOf } from './rows.ts';

/** Collections are small numbers inside the database. */
export interface CollectionNumbers {
  /** @returns undefined when nothing was ever written about the collection. */
  find(collection: CollectionId): number | undefined;
  /** Gives the collection a number when it has none; inside a write only. */
  ensure(collection: CollectionId): number;
  idOf(number: number): CollectionId;
  /** Forgets what a failed write may have made. */
  forget(): void;
}

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

/** Numbers are never changed nor used again, so they may be remembered, but for those of a write that failed. */
export function createCollectionNumbers(database: Database): CollectionNumbers {
  const numbers = new Map<string, number>();
  const ids = new Map<number, CollectionId>();

  function refresh(): void {
    for (const row of database.statement('SELECT number, id FROM collections').all()) {
      numbers.set(textOf(row, 'id'), integerOf(row, 'number'));
      ids.set(integerOf(row, 'number'), parseCollectionId(textOf(row, 'id')));
    }
  }

  function find(collection: CollectionId): number | undefined {
    if (!numbers.has(collection)) refresh();
    return numbers.get(collection);
  }

  return {
    find,
    ensure(collection) {
      database.statement('INSERT OR IGNORE INTO collections (id) VALUES (?)').run(collection);
      const row = database.statement('SELECT number FROM collections WHERE id = ?').get(collection);
      if (!row) throw new Error('a collection just inserted is missing');
      return integerOf(row, 'number');
    },
    idOf(number) {
      if (!ids.has(number)) refresh();
      const id = ids.get(number);
      if (id === undefined) throw new Error(`no collection has the number ${number}`);
      return id;
    },
    forget() {
      numbers.clear();
      ids.clear();
    },
  };
}
