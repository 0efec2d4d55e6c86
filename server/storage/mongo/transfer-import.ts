import { AppError } from '../../domain/errors.ts';
import type { HeldVersion } from '../../domain/held.ts';
import type { ExportBatch, FeedProgress, ImportState, StoredRecord } from '../port.ts';
import { isPolled } from '../entry-marks.ts';
import { checkRecord, checkSums } from '../import-check.ts';
import { toArrivalKey } from './arrivals.ts';
import { insertReject } from './feed-rejects.ts';
import type { HeadDocument, ImportHead } from './head.ts';
import { insertVersion, mergeDecisions, standingOf } from './held-writer.ts';
import { readSums, refuseStrays, refuseTaken } from './import-sums.ts';
import type { Layout } from './layout.ts';
import { createRowList, type NewRow, type RowList } from './row-list.ts';
import { liveAt } from './snapshot.ts';
import { saveBody, toOutcomeRows } from './submissions.ts';

/*
 * Each batch has a fence of its own, above every commit, so that nobody sees its rows before the import is finished. A
 * batch that did not come to its end is given up, as an attempt to commit is: what a late writer of it still writes
 * is never seen. It needs no lock: while the head has an import nobody else may write.
 */

type RecordOf<K extends StoredRecord['kind']> = Extract<StoredRecord, { kind: K }>;

export interface ImportOptions {
  readonly layout: Layout;
  readonly maxDocumentBytes: number;
}

export function toImportState({ import: state }: HeadDocument): ImportState | undefined {
  if (!state) return undefined;
  const { mark, position } = state;
  return position === undefined ? { mark } : { mark, position };
}

/** @throws AppError `input.invalid` when the store holds anything */
export async function beginImport(
  { layout }: ImportOptions,
  head: HeadDocument,
  mark: string,
): Promise<void> {
  const state: ImportHead = { mark };
  const isEmpty = head.commit === 0 && !head.import && !(await layout.submissions.findOne({}));
  const empty = {
    _id: 'head',
    commit: 0,
    fence: head.fence,
    lock: null,
    import: { $exists: false },
  } as const;
  const begun = isEmpty && (await layout.heads.updateOne(empty, { $set: { import: state } }));
  if (begun && begun.matchedCount === 1) return;
  throw new AppError('input.invalid', {
    detail: 'The database is not empty. Name one that does not exist yet, or is empty.',
  });
}

/**
 * @throws AppError `input.invalid` when no import is under way, another process does it, too, or a record is none
 * that a store exports
 */
export async function importBatch(
  { layout, maxDocumentBytes }: ImportOptions,
  head: HeadDocument,
  { records, position }: ExportBatch,
): Promise<void> {
  const state = head.import;
  if (!state) throw new AppError('input.invalid', { detail: 'No import is under way in this database.' });
  if (state.position === position) return;
  const { batch, aborted } = await beginBatch(layout, head, state);
  for (const record of records) checkRecord(record);
  await refuseTaken(layout, records, aborted);
  await refuseStrays(layout, records, aborted);
  const rows = createRowList(batch);
  await addRecords(layout, rows, records, maxDocumentBytes);
  await Promise.all(rows.inserts(layout).map((send) => send()));
  const decisions = records.filter((record) => record.kind === 'decision');
  await setDecisions(layout, decisions, aborted);
  const { matchedCount } = await layout.heads.updateOne(
    { _id: 'head', 'import.batch': batch },
    { $set: { ...toHeadChange(records), 'import.position': position }, $unset: { 'import.batch': '' } },
  );
  if (matchedCount !== 1) throw refuseOther();
}

/** Gives the next batch a fence, and gives up one that was not finished. */
async function beginBatch(
  layout: Layout,
  head: HeadDocument,
  state: ImportHead,
): Promise<{ readonly batch: number; readonly aborted: readonly number[] }> {
  const batch = head.fence + 1;
  const aborted = abortedWith(head, state);
  const { matchedCount } = await layout.heads.updateOne(
    { _id: 'head', fence: head.fence, 'import.mark': state.mark },
    { $set: { fence: batch, aborted, 'import.batch': batch } },
  );
  if (matchedCount !== 1) throw refuseOther();
  return { batch, aborted };
}

function abortedWith({ aborted }: HeadDocument, { batch }: ImportHead): readonly number[] {
  return batch === undefined ? aborted : [...aborted, batch];
}

function refuseOther(): AppError {
  return new AppError('input.invalid', { detail: 'Another process imports into this database.' });
}

/**
 * Makes everything visible at once.
 * @throws AppError `input.invalid` when another process imports, too, or what was imported contradicts itself; the
 * import then stays unfinished
 */
export async function finishImport({ layout }: ImportOptions, head: HeadDocument): Promise<void> {
  const state = head.import;
  if (!state) return;
  const commit = Math.max(head.fence, 1);
  const aborted = abortedWith(head, state);
  checkSums(await readSums(layout, head, { commit, aborted }));
  const counts: Record<string, number> = {};
  for (const id of Object.keys(head.collections)) {
    // With nothing given up the index alone can tell.
    const live = aborted.length === 0 ? {} : liveAt({ commit, aborted });
    const filter = { collection: id, tick: { $gt: 0 }, ...live };
    counts[`collections.${id}.entries`] = await layout.rows('entries').countDocuments(filter);
  }
  const { matchedCount } = await layout.heads.updateOne(
    { _id: 'head', fence: head.fence, 'import.mark': state.mark },
    { $set: { ...counts, aborted, fence: commit, commit }, $unset: { import: '' } },
  );
  if (matchedCount !== 1) throw refuseOther();
}

async function addRecords(
  layout: Layout,
  rows: RowList,
  records: readonly StoredRecord[],
  maxDocumentBytes: number,
): Promise<void> {
  for (const record of records) {
    if (record.kind === 'version') addVersion(rows, record.value, maxDocumentBytes);
    else if (record.kind === 'entry') rows.insert('entries', [toEntryRow(record)]);
    else if (record.kind === 'submission') await putSubmission(layout, rows, record);
    else addSmall(rows, record);
  }
}

function addVersion(rows: RowList, version: HeldVersion, maxDocumentBytes: number): void {
  insertVersion(rows, version, maxDocumentBytes);
  const { handle, id } = version;
  rows.insert('standings', [{ handle, id, standing: JSON.stringify(standingOf(version)), decisions: '{}' }]);
}

function toEntryRow({ tick, marks, value }: RecordOf<'entry'>): NewRow<'entries'> {
  const { specVersion, ...shown } = value;
  return { ...shown, spec: specVersion, marks, poll: isPolled(marks), tick };
}

function addSmall(rows: RowList, record: StoredRecord): void {
  const optional = (other: string | undefined): { other?: string } => (other === undefined ? {} : { other });
  switch (record.kind) {
    case 'deployment': {
      const { secret, hubIdentity } = record;
      rows.insert('settings', [{ key: 'deployment', record: JSON.stringify({ secret, hubIdentity }) }]);
      return;
    }
    case 'policies':
      // A store that never had any says so by having none.
      if (record.collections.length > 0 || record.decided) {
        rows.insert('settings', [{ key: 'policies', record: JSON.stringify(record.collections) }]);
      }
      if (record.decided) rows.insert('settings', [{ key: 'policies_decided', record: 'true' }]);
      return;
    case 'organisation': {
      const { id, identity } = record.value;
      rows.insert('organisations', [
        { key: id, ...optional(identity), record: JSON.stringify(record.value) },
      ]);
      return;
    }
    case 'user': {
      const { name, certificate } = record.value;
      rows.insert('users', [{ key: name, ...optional(certificate), record: JSON.stringify(record.value) }]);
      return;
    }
    case 'token': {
      const { id, hash } = record.value;
      rows.insert('tokens', [{ key: id, other: hash, record: JSON.stringify(record.value) }]);
      return;
    }
    case 'object': {
      const { id, owner } = record.value;
      const owned = owner === undefined ? {} : { owner };
      rows.insert('records', [{ id, ...owned, record: JSON.stringify(record.value) }]);
      return;
    }
    default:
      addOfFeed(rows, record);
  }
}

function addOfFeed(rows: RowList, record: StoredRecord): void {
  switch (record.kind) {
    case 'feed': {
      const { id, name } = record.value;
      rows.insert('feeds', [{ key: id, other: name, record: JSON.stringify(record.value) }]);
      return;
    }
    case 'feed-state': {
      // Leases begin anew where a backup is restored, and so do their fences.
      const progress: FeedProgress = { fence: 0, state: record.value };
      rows.insert('feedStates', [{ key: record.feed, record: JSON.stringify(progress) }]);
      return;
    }
    case 'feed-reject':
      insertReject(rows, record.feed, record.value);
      return;
    case 'arrival':
      rows.insert('arrivals', [{ key: toArrivalKey(record.org, record.value) }]);
      return;
    default:
  }
}

async function putSubmission(
  layout: Layout,
  rows: RowList,
  { value, body }: RecordOf<'submission'>,
): Promise<void> {
  const { id, receivedAt, bytes, state, completedAt, outcomes, ...head } = value;
  const sent = body === undefined ? { parts: 0 } : await saveBody(layout, id, Buffer.from(body, 'base64'));
  const saved = { receivedAt, place: 0, waits: state === 'received', head: JSON.stringify(head), bytes };
  await layout.submissions.updateOne({ _id: id }, { $set: { ...saved, ...sent } }, { upsert: true });
  if (state === 'received') return;
  rows.insert('outcomes', toOutcomeRows(id, state, completedAt, outcomes));
}

/**
 * What was decided stands with the versions, which came before: setting it again changes nothing. A row is set only
 * while it is as it was read, so that a late writer takes nothing back.
 */
async function setDecisions(
  layout: Layout,
  records: readonly RecordOf<'decision'>[],
  aborted: readonly number[],
): Promise<void> {
  const byHandle = Map.groupBy(records, ({ handle }) => handle);
  if (byHandle.size === 0) return;
  const standings = layout.space('standings');
  const filter = { handle: { $in: [...byHandle.keys()] }, from: { $nin: [...aborted] } };
  const updates = (await standings.find(filter).toArray()).map((row) => ({
    updateOne: {
      filter: { _id: row._id, decisions: row.decisions },
      update: { $set: mergeDecisions(row, byHandle.get(row.handle) ?? []) },
    },
  }));
  if (updates.length === 0) return;
  const { matchedCount } = await standings.bulkWrite(updates, { ordered: false });
  if (matchedCount !== updates.length) throw refuseOther();
}

/** What the records say about the head. */
function toHeadChange(records: readonly StoredRecord[]): Readonly<Record<string, unknown>> {
  const change: Record<string, unknown> = {};
  for (const record of records) {
    if (record.kind === 'collection') {
      const { id, lastTick, generation } = record;
      change[`collections.${id}`] = { lastTick, generation, entries: 0 };
    } else if (record.kind === 'counters') {
      change['nextHandle'] = record.nextHandle;
      change['lastTick'] = record.lastTick;
      change['directory'] = record.directoryGeneration;
    }
  }
  return change;
}
