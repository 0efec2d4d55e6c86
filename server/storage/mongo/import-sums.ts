import { refuseStray, refuseTwice, type ImportSums } from '../import-check.ts';
import type { StoredRecord } from '../port.ts';
import { toArrivalKey } from './arrivals.ts';
import { findDeployment } from './deployment.ts';
import { toRejectKey } from './feed-rejects.ts';
import type { HeadDocument } from './head.ts';
import type { Layout } from './layout.ts';
import type { SpaceName } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';

const OWNED: readonly SpaceName[] = [
  'objects',
  'records',
  'entries',
  'organisations',
  'users',
  'tokens',
  'feeds',
  'arrivals',
];

/**
 * What an import came to.
 * @param snapshot that shows all of it
 */
export async function readSums(layout: Layout, head: HeadDocument, snapshot: Snapshot): Promise<ImportSums> {
  const live = liveAt(snapshot);
  const owned = await Promise.all(OWNED.map((space) => layout.rows(space).findOne(live)));
  const highest = layout.space('objects').find({ handle: { $gt: 0 }, ...live });
  const [last] = await highest
    .sort({ handle: -1 })
    .limit(1)
    .project({ stix: 0, text: 0, facts: 0 })
    .toArray();
  const collections = Object.entries(head.collections);
  const sums = collections.map(async ([id, { lastTick }]) => {
    const entries = layout.rows('entries').find({ collection: id, tick: { $gt: 0 }, ...live });
    const [row] = await entries.sort({ tick: -1 }).limit(1).project({ tick: 1 }).toArray();
    return { lastTick, highestTick: numberOf(row?.['tick']) };
  });
  // Nobody could see these, and they would go along with no copy.
  const stray = await layout
    .rows('entries')
    .findOne({ collection: { $nin: collections.map(([id]) => id) }, ...live });
  return {
    hasDeployment: (await findDeployment(layout, snapshot)) !== undefined,
    hasContents:
      collections.length > 0 || owned.some((row) => row !== null) || !!(await layout.submissions.findOne({})),
    nextHandle: head.nextHandle,
    highestHandle: numberOf(last?.['handle']),
    lastTick: head.lastTick,
    collections: [...(await Promise.all(sums)), ...(stray ? [{ lastTick: 0, highestTick: 1 }] : [])],
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** A row that is found by a key, and by a second one that is unique as well. */
interface Keys {
  readonly space: SpaceName;
  readonly key: string;
  readonly other?: string | undefined;
}

function keysOf(record: StoredRecord): Keys | undefined {
  switch (record.kind) {
    case 'deployment':
      return { space: 'settings', key: 'deployment' };
    case 'policies':
      return { space: 'settings', key: 'policies' };
    case 'organisation':
      return { space: 'organisations', key: record.value.id, other: record.value.identity };
    case 'user':
      return { space: 'users', key: record.value.name, other: record.value.certificate };
    case 'token':
      return { space: 'tokens', key: record.value.id, other: record.value.hash };
    case 'feed':
      return { space: 'feeds', key: record.value.id, other: record.value.name };
    case 'feed-state':
      return { space: 'feedStates', key: record.feed };
    case 'feed-reject':
      return { space: 'feedRejects', key: toRejectKey(record.feed, record.value) };
    case 'arrival':
      return { space: 'arrivals', key: toArrivalKey(record.org, record.value) };
    default:
      return undefined;
  }
}

/**
 * No index here is unique, since rows that have ended stay: what there may be but once is looked for.
 * @param aborted the batches that were given up
 * @throws AppError `input.invalid` when a key is there already, or twice among the records
 */
export async function refuseTaken(
  layout: Layout,
  records: readonly StoredRecord[],
  aborted: readonly number[],
): Promise<void> {
  const all = records.flatMap((record) => keysOf(record) ?? []);
  for (const [space, list] of Map.groupBy(all, (keys) => keys.space)) {
    for (const name of ['key', 'other'] as const) {
      const values = list.flatMap((keys) => keys[name] ?? []);
      const filter = { [name]: { $in: values }, from: { $nin: [...aborted] } };
      const isTaken = new Set(values).size < values.length || (await layout.rows(space).findOne(filter));
      if (isTaken) throw refuseTwice(`a ${name === 'key' ? 'name' : 'second name'} of the ${space}`);
    }
  }
}

/**
 * What belongs to a feed comes after it.
 * @param aborted the batches that were given up
 * @throws AppError `input.invalid` when a feed is neither there nor among the records
 */
export async function refuseStrays(
  layout: Layout,
  records: readonly StoredRecord[],
  aborted: readonly number[],
): Promise<void> {
  const named = new Set(records.flatMap((record) => ('feed' in record ? record.feed : [])));
  for (const record of records) if (record.kind === 'feed') named.delete(record.value.id);
  if (named.size === 0) return;
  const filter = { key: { $in: [...named] }, from: { $nin: [...aborted] } };
  const there = await layout.space('feeds').find(filter).toArray();
  for (const { key } of there) named.delete(key);
  if (named.size > 0) throw refuseStray();
}
