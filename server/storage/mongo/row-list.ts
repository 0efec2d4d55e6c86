import type { Layout } from './layout.ts';
import { ROWS_PER_FENCE, type Row, type SpaceName, type Spaces } from './rows.ts';

/** A row without what its list gives it. */
export type NewRow<S extends SpaceName> = Omit<Spaces[S], '_id' | 'from' | 'until'>;

/** New rows of one fence, gathered first and sent together. */
export interface RowList {
  insert<S extends SpaceName>(space: S, rows: readonly NewRow<S>[]): void;
  /** An `_id` that no other row of the fence has. */
  nextId(): number;
  /** One statement for each kind of row. */
  inserts(layout: Layout): readonly (() => Promise<unknown>)[];
}

/** Makes the list of the rows that an attempt, or a batch of an import, writes. */
export function createRowList(fence: number): RowList {
  const inserted = new Map<SpaceName, Row[]>();
  let places = 0;

  function nextId(): number {
    if (places === ROWS_PER_FENCE) throw new Error('a commit has too many rows');
    return fence * ROWS_PER_FENCE + places++;
  }

  return {
    nextId,
    insert(space, rows) {
      const all = inserted.get(space) ?? [];
      for (const row of rows) {
        const made: Row = { ...row, _id: nextId(), from: fence };
        all.push(made);
      }
      inserted.set(space, all);
    },
    inserts: (layout) =>
      [...inserted]
        .filter(([, rows]) => rows.length > 0)
        .map(
          ([space, rows]) =>
            () =>
              layout.rows(space).insertMany(rows, { ordered: false }),
        ),
  };
}
