import type { Attempt } from './attempt.ts';
import type { Layout } from './layout.ts';
import type { KeyRow } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { parseStored } from './stored.ts';

/** Where records with a key are kept. */
export type KeyedSpace = 'settings' | 'organisations' | 'users' | 'tokens' | 'feeds' | 'feedStates';

export async function findByKey<T>(
  layout: Layout,
  snapshot: Snapshot,
  space: KeyedSpace,
  key: string,
): Promise<T | undefined> {
  return toRecord<T>(await findRow(layout, snapshot, space, { key }));
}

/** By the second key: an identity, a certificate, a hash. */
export async function findByOther<T>(
  layout: Layout,
  snapshot: Snapshot,
  space: KeyedSpace,
  other: string,
): Promise<T | undefined> {
  return toRecord<T>(await findRow(layout, snapshot, space, { other }));
}

/** All records of a kind, ascending by key. */
export async function listRecords<T>(
  layout: Layout,
  snapshot: Snapshot,
  space: KeyedSpace,
): Promise<readonly T[]> {
  const rows = await layout
    .space(space)
    .find({ key: { $gte: '' }, ...liveAt(snapshot) })
    .sort({ key: 1 })
    .toArray();
  return rows.map(({ record }) => parseStored<T>(record));
}

/** @returns whether both keys were free, and the record was added */
export async function addRecord(
  layout: Layout,
  attempt: Attempt,
  space: KeyedSpace,
  row: Pick<KeyRow, 'key' | 'other' | 'record'>,
): Promise<boolean> {
  const { key, other } = row;
  if (await findRow(layout, attempt.snapshot, space, { key })) return false;
  if (other !== undefined && (await findRow(layout, attempt.snapshot, space, { other }))) return false;
  attempt.insert(space, [row]);
  return true;
}

/** @returns whether there was such a record */
export async function changeRecord<T>(
  layout: Layout,
  attempt: Attempt,
  space: KeyedSpace,
  key: string,
  edit: (record: T) => T,
): Promise<boolean> {
  const row = await findRow(layout, attempt.snapshot, space, { key });
  if (!row) return false;
  attempt.end(space, [row._id]);
  const { other, record } = row;
  const edited = JSON.stringify(edit(parseStored<T>(record)));
  attempt.insert(space, [{ key, ...(other === undefined ? {} : { other }), record: edited }]);
  return true;
}

/** Sets a record, or removes it when there is none to set. */
export async function putRecord(
  layout: Layout,
  attempt: Attempt,
  space: KeyedSpace,
  key: string,
  record: string | undefined,
): Promise<void> {
  const row = await findRow(layout, attempt.snapshot, space, { key });
  if (row) attempt.end(space, [row._id]);
  if (record !== undefined) attempt.insert(space, [{ key, record }]);
}

/** The row of a key, or of a second key. */
export async function findRow(
  layout: Layout,
  snapshot: Snapshot,
  space: KeyedSpace,
  filter: { readonly key: string } | { readonly other: string },
): Promise<KeyRow | undefined> {
  return (await layout.space(space).findOne({ ...filter, ...liveAt(snapshot) })) ?? undefined;
}

function toRecord<T>(row: KeyRow | undefined): T | undefined {
  return row && parseStored<T>(row.record);
}
