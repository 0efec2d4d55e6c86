import { setImmediate } from 'node:timers/promises';
import type { ExportBatch, StoredRecord, StoreExport } from '../port.ts';
import { parsePosition, type TransferKey } from '../transfer-position.ts';
import { createCollectionNumbers } from './collection-numbers.ts';
import { toStorageError, type Database } from './database.ts';
import { integerOf, textOf, type Row } from './rows.ts';
import { SECTIONS, type Section } from './transfer-sections.ts';

const STARTS = SECTIONS.map(({ start }) => start);

const BATCH_RECORDS = 1000;
/** Of what the columns hold; the first record past it is the last one of its batch. */
const BATCH_BYTES = 4_000_000;

/** A row of a section, and where reading goes on behind it. */
interface Place {
  readonly section: number;
  readonly key: TransferKey;
}

/**
 * Exports what one connection sees: everything as it is now, whatever is written meanwhile.
 * @param database a connection of its own, closed with the export
 */
export function createExport(database: Database, onClose: () => void): StoreExport {
  // The first read of a transaction settles what all of them see.
  database.exec('PRAGMA query_only = ON; BEGIN');
  const mark = textOf(database.statement(`SELECT value FROM meta WHERE key = 'mark'`).get() ?? {}, 'value');
  const numbers = createCollectionNumbers(database);
  const total = SECTIONS.reduce(
    (sum, { count }) => sum + integerOf(database.statement(count).get() ?? {}, 'count'),
    0,
  );

  /** As many records as a batch may hold; empty at the end. */
  function readBatch(from: Place): { records: readonly StoredRecord[]; last: Place } {
    const records: StoredRecord[] = [];
    let bytes = 0;
    let last = from;
    for (let index = from.section; index < SECTIONS.length; index += 1) {
      const section = SECTIONS[index];
      if (!section) break;
      const key = index === from.section ? from.key : section.start;
      for (const row of rowsAfter(section, key)) {
        records.push(section.toRecord(row, numbers));
        last = { section: index, key: section.keyOf(row) };
        bytes += sizeOf(row);
        if (records.length === BATCH_RECORDS || bytes >= BATCH_BYTES) return { records, last };
      }
    }
    return { records, last };
  }

  function rowsAfter({ rows }: Section, key: TransferKey): Iterable<Row> {
    return database.statement(rows).iterate(...key);
  }

  async function* batches(after?: string): AsyncGenerator<ExportBatch> {
    let place =
      after === undefined ? { section: 0, key: SECTIONS[0]?.start ?? [] } : parsePosition(after, STARTS);
    for (;;) {
      let batch;
      try {
        batch = readBatch(place);
      } catch (error) {
        throw toStorageError(error);
      }
      if (batch.records.length === 0) return;
      place = batch.last;
      yield { records: batch.records, position: JSON.stringify([place.section, ...place.key]) };
      // Others in this process have their turn.
      await setImmediate();
    }
  }

  return {
    mark,
    total,
    batches,
    close: async () => {
      database.close();
      onClose();
    },
  };
}

/** What the columns hold, about as many bytes as the record will have. */
function sizeOf(row: Row): number {
  let size = 0;
  for (const value of Object.values(row)) {
    if (typeof value === 'string') size += value.length;
    else if (value instanceof Uint8Array) size += value.byteLength;
  }
  return size;
}
