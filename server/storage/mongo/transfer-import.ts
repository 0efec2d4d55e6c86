import { AppError } from '../../domain/errors.ts';
import type { HeldVersion } from '../../domain/held.ts';
import type { Handle } from '../../domain/ids.ts';
import type { ExportBatch, ImportState, StoredRecord } from '../port.ts';
import { isPolled } from '../entry-marks.ts';
import type { Attempt, NewRow } from './attempt.ts';
import type { HeadDocument, ImportHead } from './head.ts';
import { insertVersion, mergeDecisions, standingOf } from './held-writer.ts';
import type { Layout } from './layout.ts';
import { cutText } from './pieces.ts';
import { ROWS_PER_FENCE, SPACES, type Row, type SpaceName } from './rows.ts';
import { saveBody } from './submissions.ts';

/*
 * The rows of an import belong to a fence above every commit, so that nobody sees them before it is finished. It
 * needs no lock: while the head has an import nobody else may commit.
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
  const from = head.fence + 1;
  const state: ImportHead = { mark, from, next: from * ROWS_PER_FENCE };
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

/** @throws AppError `input.invalid` when no import is under way */
export async function importBatch(
  { layout, maxDocumentBytes }: ImportOptions,
  head: HeadDocument,
  { records, position }: ExportBatch,
): Promise<void> {
  const state = head.import;
  if (!state) throw new AppError('input.invalid', { detail: 'No import is under way in this database.' });
  if (state.position === position) return;
  // What is left of a try that did not come to its end.
  for (const space of SPACES) await layout.rows(space).deleteMany({ _id: { $gte: state.next } });
  const rows = createRowList(state);
  await addRecords(layout, rows, records, maxDocumentBytes);
  await rows.send(layout);
  const decisions = records.filter((record) => record.kind === 'decision');
  await setDecisions(layout, decisions);
  const change = { ...toHeadChange(records), 'import.position': position, 'import.next': rows.next() };
  const still = { _id: 'head', 'import.next': state.next, 'import.mark': state.mark } as const;
  const { matchedCount } = await layout.heads.updateOne(still, { $set: change });
  if (matchedCount === 1) return;
  throw new AppError('input.invalid', { detail: 'Another process imports into this database.' });
}

/** Makes everything visible at once. */
export async function finishImport({ layout }: ImportOptions, head: HeadDocument): Promise<void> {
  const state = head.import;
  if (!state) return;
  const fence = Math.max(head.fence, Math.ceil(state.next / ROWS_PER_FENCE));
  const counts: Record<string, number> = {};
  for (const id of Object.keys(head.collections)) {
    const entries = layout.rows('entries');
    counts[`collections.${id}.entries`] = await entries.countDocuments({ collection: id, tick: { $gt: 0 } });
  }
  await layout.heads.updateOne(
    { _id: 'head', 'import.mark': state.mark },
    { $set: { ...counts, fence, commit: fence, lock: null }, $unset: { import: '' } },
  );
}

type RowList = Pick<Attempt, 'insert'> & {
  readonly next: () => number;
  send(layout: Layout): Promise<void>;
};

function createRowList({ from, next: first }: ImportHead): RowList {
  const rows = new Map<SpaceName, Row[]>();
  let next = first;
  return {
    insert(space, added) {
      const all = rows.get(space) ?? [];
      for (const row of added) {
        const made: Row = { ...row, _id: next++, from };
        all.push(made);
      }
      rows.set(space, all);
    },
    next: () => next,
    async send(layout) {
      const sends = [...rows].filter(([, list]) => list.length > 0);
      await Promise.all(
        sends.map(([space, list]) => layout.rows(space).insertMany(list, { ordered: false })),
      );
    },
  };
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
  const completed = completedAt === undefined ? {} : { completedAt };
  rows.insert(
    'outcomes',
    cutText(JSON.stringify(outcomes)).map((text, part) => ({
      submission: id,
      part,
      state,
      ...completed,
      text,
    })),
  );
}

/** What was decided stands with the versions, which came before: setting it again changes nothing. */
async function setDecisions(layout: Layout, records: readonly RecordOf<'decision'>[]): Promise<void> {
  const byHandle = Map.groupBy(records, ({ handle }) => handle);
  if (byHandle.size === 0) return;
  const standings = layout.space('standings');
  const found = await standings.find({ handle: { $in: [...byHandle.keys()] } }).toArray();
  const rows = new Map(found.map((row): [Handle, typeof row] => [row.handle, row]));
  const updates = [...byHandle].map(([handle, decisions]) => ({
    updateOne: { filter: { handle }, update: { $set: mergeDecisions(rows.get(handle), decisions) } },
  }));
  await standings.bulkWrite(updates, { ordered: false });
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
