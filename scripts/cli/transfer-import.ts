import { AppError } from '../../server/domain/errors.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { ExportBatch, ImportState, Store, StoredRecord } from '../../server/storage/port.ts';
import { addCounts, type Counts } from './transfer-records.ts';

/** What is imported. */
export interface ImportSource {
  readonly mark: string;
  /** Every batch, or those after one. */
  readonly batches: (after?: string) => AsyncIterable<ExportBatch>;
}

/** An import that was stopped, and how far it came. */
interface Begun {
  /** How many records were imported; 0 for one that begins. */
  readonly records: number;
  readonly position?: string;
}

export interface ImportRun {
  readonly store: Store;
  readonly source: ImportSource;
  /** Now: generations go on above it, so that none of them is one that another life of this data has seen. */
  readonly tick: Tick;
  readonly signal: AbortSignal;
  /** Told before the first batch how many records an earlier run has imported. */
  readonly onBegin: (records: number) => void;
  readonly onBatch: (records: number) => void;
}

export interface Imported {
  readonly isFinished: boolean;
  /** An earlier run had begun it. */
  readonly isResumed: boolean;
  /** How many records the store has now. */
  readonly records: number;
  /** Of this run alone. */
  readonly counts: Counts;
}

/**
 * Imports into an empty store, or goes on with an import of the same that was stopped.
 * @throws AppError `input.invalid` when the store holds anything else
 */
export async function importInto(run: ImportRun): Promise<Imported> {
  const { store, source, tick, signal } = run;
  const state = await store.importState();
  if (state && state.mark !== source.mark) throw refuseOther();
  const begun = state ? parseState(state) : { records: 0 };
  let { records } = begun;
  let counts: Counts = {};
  run.onBegin(records);
  if (!state) await store.beginImport(source.mark);
  for await (const batch of source.batches(begun.position)) {
    if (signal.aborted) return { isFinished: false, isResumed: state !== undefined, records, counts };
    records += batch.records.length;
    counts = addCounts(counts, batch.records);
    await store.importBatch({
      records: batch.records.map((record) => liftGeneration(record, tick)),
      position: `${records} ${batch.position}`,
    });
    run.onBatch(batch.records.length);
  }
  await store.finishImport();
  return { isFinished: true, isResumed: state !== undefined, records, counts };
}

/** Clients keep pages by their generation: a restored collection must not come to one of them a second time. */
function liftGeneration(record: StoredRecord, tick: Tick): StoredRecord {
  if (record.kind !== 'collection') return record;
  return { ...record, generation: Math.max(record.generation + 1, tick) };
}

function parseState({ position }: ImportState): Begun {
  if (position === undefined) return { records: 0 };
  const gap = position.indexOf(' ');
  return { records: Number(position.slice(0, gap)), position: position.slice(gap + 1) };
}

function refuseOther(): AppError {
  return new AppError('input.invalid', {
    detail:
      'The database holds a part of something else: of another backup, or of a database that was written to since. ' +
      'It cannot be gone on with. Name another database, or remove this one.',
  });
}
