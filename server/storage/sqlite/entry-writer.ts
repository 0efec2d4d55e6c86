import type { StixId } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import { createCommitTicks, groupByCollection, type CollectionChange } from '../collection-changes.ts';
import type { Publication, Withdrawal } from '../port.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import type { Database } from './database.ts';
import { MARK, ONLY_VERSION, isPolled, marksOf } from '../entry-marks.ts';
import { integerOf, textOf } from './rows.ts';
import { inSlices } from './slices.ts';

interface Placement {
  readonly publication: Publication;
  readonly marks: number;
}

/** An entry that is shown again. */
interface Redated {
  readonly tick: Tick;
  readonly marks: number;
}

/** With the values of `toEntryValues`. */
export const INSERT_ENTRY = `INSERT INTO entries
  (collection, tick, poll, marks, spec, type, id, version_key, version, held_id, text)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Applies what a commit shows and takes away, collection by collection. Inside a transaction only. */
export async function writeEntries(
  database: Database,
  numbers: CollectionNumbers,
  now: Tick,
  withdraw: readonly Withdrawal[],
  publish: readonly Publication[],
): Promise<void> {
  for (const [collection, change] of groupByCollection(withdraw, publish)) {
    await writeCollection(database, numbers.ensure(collection), now, change);
  }
}

async function writeCollection(
  database: Database,
  collection: number,
  now: Tick,
  change: CollectionChange,
): Promise<void> {
  const remove = database.statement(
    'DELETE FROM entries WHERE collection = ? AND id = ? AND version_key = ?',
  );
  const touched = new Set<StixId>();
  let removed = 0;
  for (const { id, versionKey } of change.withdraw) {
    removed += Number(remove.run(collection, id, versionKey).changes);
    touched.add(id);
  }
  const byId = new Map<StixId, Publication[]>();
  for (const publication of change.publish.values()) {
    const { id, versionKey } = publication;
    touched.add(id);
    removed += Number(remove.run(collection, id, versionKey).changes);
    const same = byId.get(id);
    if (same) same.push(publication);
    else byId.set(id, [publication]);
  }
  const marks = new Map<StixId, ReadonlyMap<string, number>>();
  const redated: Redated[] = [];
  await inSlices([...touched], (id) => {
    marks.set(id, remark(database, collection, id, byId.get(id) ?? [], redated));
  });
  const placements = [...change.publish.values()].map((publication): Placement => {
    const value = marks.get(publication.id)?.get(publication.versionKey) ?? ONLY_VERSION;
    return { publication, marks: value };
  });
  if (placements.length + redated.length + removed > 0) {
    await place(database, collection, now, placements, redated);
  }
}

/**
 * Brings the marks of an object's present entries up to date.
 * @param added what this commit adds for the object
 * @param redated receives the entries that a default poll shows again
 * @returns the marks of all versions, the added ones included
 */
function remark(
  database: Database,
  collection: number,
  id: StixId,
  added: readonly Publication[],
  redated: Redated[],
): ReadonlyMap<string, number> {
  const sql = 'SELECT tick, version_key, spec, marks, poll FROM entries WHERE collection = ? AND id = ?';
  const present = database.statement(sql).all(collection, id);
  if (present.length === 0 && added.length === 1) return new Map();
  const marks = marksOf([
    ...present.map((row) => ({ versionKey: textOf(row, 'version_key'), spec: textOf(row, 'spec') })),
    ...added.map(({ versionKey, specVersion }) => ({ versionKey, spec: specVersion })),
  ]);
  const update = database.statement(
    'UPDATE entries SET marks = ?, poll = ? WHERE collection = ? AND id = ? AND version_key = ?',
  );
  for (const row of present) {
    const versionKey = textOf(row, 'version_key');
    const value = marks.get(versionKey) ?? 0;
    if (value === integerOf(row, 'marks')) continue;
    const polled = isPolled(value);
    update.run(value, polled ? 1 : 0, collection, id, versionKey);
    const isBack = (value & ~integerOf(row, 'marks') & MARK.highestSpec) !== 0;
    if (isBack || (polled && integerOf(row, 'poll') === 0)) {
      redated.push({ tick: integerOf(row, 'tick'), marks: value });
    }
  }
  return marks;
}

/** The values of the columns of an entry, in the order of `INSERT_ENTRY`. */
export function toEntryValues(
  collection: number,
  tick: Tick,
  marks: number,
  publication: Publication,
): readonly (string | number)[] {
  const poll = isPolled(marks) ? 1 : 0;
  const { specVersion, type, id, versionKey, version, heldId, text } = publication;
  return [collection, tick, poll, marks, specVersion, type, id, versionKey, version, heldId, text];
}

/** Gives each new or redated entry its tick. */
async function place(
  database: Database,
  collection: number,
  now: Tick,
  placements: readonly Placement[],
  redated: readonly Redated[],
): Promise<void> {
  const row = database.statement('SELECT last_tick FROM collections WHERE number = ?').get(collection);
  const previous = row ? integerOf(row, 'last_tick') : 0;
  const dated = [...placements, ...redated].map(({ marks }) => marks);
  const ticks = createCommitTicks(now, previous, dated);
  const insert = database.statement(INSERT_ENTRY);
  await inSlices(placements, ({ publication, marks }) => {
    insert.run(...toEntryValues(collection, ticks.next(), marks, publication));
  });
  const move = database.statement('UPDATE entries SET tick = ? WHERE collection = ? AND tick = ?');
  for (const { tick } of redated) move.run(ticks.next(), collection, tick);
  const advance = 'UPDATE collections SET last_tick = ?, generation = generation + 1 WHERE number = ?';
  database.statement(advance).run(ticks.last(), collection);
}
