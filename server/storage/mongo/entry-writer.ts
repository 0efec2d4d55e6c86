import type { CollectionId, StixId } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import {
  createCommitTicks,
  entryKey,
  groupByCollection,
  type CollectionChange,
} from '../collection-changes.ts';
import type { Publication, Withdrawal } from '../port.ts';
import { MARK, ONLY_VERSION, isPolled, marksOf } from '../entry-marks.ts';
import type { Attempt } from './attempt.ts';
import type { NewRow } from './row-list.ts';
import { collectionOf, type CollectionHead } from './head.ts';
import type { Layout } from './layout.ts';
import type { EntryRow } from './rows.ts';
import { liveAt } from './snapshot.ts';
import { inParts } from './stored.ts';

/** An entry that is there, without its text. */
type Present = Omit<EntryRow, 'text'>;

/** A present entry whose marks change, and whether a poll shows it again. */
interface Remarked {
  readonly row: Present;
  readonly marks: number;
  readonly isBack: boolean;
}

const KEYS_PER_QUERY = 1000;

/** Adds to an attempt what a commit shows and takes away, collection by collection. */
export async function writeEntries(
  layout: Layout,
  attempt: Attempt,
  now: Tick,
  withdraw: readonly Withdrawal[],
  publish: readonly Publication[],
): Promise<void> {
  for (const [collection, change] of groupByCollection(withdraw, publish)) {
    await writeCollection(layout, attempt, collection, now, change);
  }
}

async function writeCollection(
  layout: Layout,
  attempt: Attempt,
  collection: CollectionId,
  now: Tick,
  change: CollectionChange,
): Promise<void> {
  const gone = new Set([...change.withdraw.map(entryKey), ...change.publish.keys()]);
  const ids = new Set([...change.withdraw.map(({ id }) => id), ...publishedIds(change)]);
  const present = await readPresent(layout, attempt, collection, [...ids]);
  const removed = present.filter((row) => gone.has(entryKey(row)));
  const kept = Map.groupBy(
    present.filter((row) => !gone.has(entryKey(row))),
    ({ id }) => id,
  );
  const added = Map.groupBy(change.publish.values(), ({ id }) => id);
  const marks = new Map<string, number>();
  const remarked: Remarked[] = [];
  for (const id of ids) {
    const stay = kept.get(id) ?? [];
    const come = added.get(id) ?? [];
    if (stay.length === 0 && come.length === 1) continue;
    const all = marksOf([
      ...stay,
      ...come.map(({ versionKey, specVersion }) => ({ versionKey, spec: specVersion })),
    ]);
    for (const { versionKey } of come) marks.set(`${id} ${versionKey}`, all.get(versionKey) ?? ONLY_VERSION);
    for (const row of stay) {
      const value = all.get(row.versionKey) ?? 0;
      if (value !== row.marks) remarked.push({ row, marks: value, isBack: isShownAgain(row, value) });
    }
  }
  if (removed.length + change.publish.size + remarked.length === 0) return;
  await place(layout, attempt, collection, now, { change, marks, removed, remarked });
  if (removed.length > 0) attempt.takeAway();
}

function publishedIds({ publish }: CollectionChange): readonly StixId[] {
  return [...publish.values()].map(({ id }) => id);
}

/** Whether a default poll, or one over all versions, shows an entry that it did not show before. */
function isShownAgain(row: Present, marks: number): boolean {
  const isBack = (marks & ~row.marks & MARK.highestSpec) !== 0;
  return isBack || (isPolled(marks) && !row.poll);
}

async function readPresent(
  layout: Layout,
  attempt: Attempt,
  collection: CollectionId,
  ids: readonly StixId[],
): Promise<readonly Present[]> {
  const rows: Present[] = [];
  for (const part of inParts(ids, KEYS_PER_QUERY)) {
    const filter = { collection, id: { $in: [...part] }, ...liveAt(attempt.snapshot) };
    const found = layout.space('entries').find(filter).project<Present>({ text: 0 });
    for await (const row of found) rows.push(row);
  }
  return rows.sort((one, other) => (one.versionKey < other.versionKey ? -1 : 1));
}

interface Placement {
  readonly change: CollectionChange;
  readonly marks: ReadonlyMap<string, number>;
  readonly removed: readonly Present[];
  readonly remarked: readonly Remarked[];
}

/**
 * Gives each new or redated entry its tick. The last one lands on a whole millisecond, and so does the last one that a
 * default poll shows: with it, who polls that way comes to the end of the commit.
 */
async function place(
  layout: Layout,
  attempt: Attempt,
  collection: CollectionId,
  now: Tick,
  { change, marks, removed, remarked }: Placement,
): Promise<void> {
  const before = collectionOf(attempt.head, collection);
  const texts = await readTexts(layout, remarked);
  const values = [...change.publish.values()].map(
    (publication) => marks.get(entryKey(publication)) ?? ONLY_VERSION,
  );
  const dated = [...values, ...remarked.filter(({ isBack }) => isBack).map((one) => one.marks)];
  const ticks = createCommitTicks(now, before.lastTick, dated);
  const rows = [...change.publish.values()].map((publication, place): NewRow<'entries'> => {
    const { specVersion, ...shown } = publication;
    const value = values[place] ?? ONLY_VERSION;
    return { ...shown, spec: specVersion, marks: value, poll: isPolled(value), tick: ticks.next() };
  });
  for (const { row, marks: value, isBack } of remarked) {
    const { _id, from: _from, until: _until, ...shown } = row;
    const tick = isBack ? ticks.next() : row.tick;
    rows.push({ ...shown, text: texts.get(_id) ?? '', marks: value, poll: isPolled(value), tick });
  }
  attempt.insert('entries', rows);
  const ended = [...removed, ...remarked.map(({ row }) => row)];
  attempt.end(
    'entries',
    ended.map(({ _id }) => _id),
  );
  const after: CollectionHead = {
    lastTick: ticks.last(),
    generation: before.generation + 1,
    entries: before.entries + change.publish.size - removed.length,
  };
  attempt.change({
    collections: { ...(attempt.changes().collections ?? attempt.head.collections), [collection]: after },
  });
}

async function readTexts(
  layout: Layout,
  remarked: readonly Remarked[],
): Promise<ReadonlyMap<number, string>> {
  const texts = new Map<number, string>();
  for (const part of inParts(remarked, KEYS_PER_QUERY)) {
    const found = layout
      .space('entries')
      .find({ _id: { $in: part.map(({ row }) => row._id) } })
      .project<Pick<EntryRow, '_id' | 'text'>>({ _id: 1, text: 1 });
    for await (const { _id, text } of found) texts.set(_id, text);
  }
  return texts;
}
