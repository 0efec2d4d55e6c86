import type { CollectionId, StixId } from '../../domain/ids.ts';
import { MICROS_PER_MILLI, type Tick } from '../../domain/timestamp.ts';
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

/** What one commit does to one collection. */
interface CollectionChange {
  readonly withdraw: Withdrawal[];
  readonly publish: Map<string, Publication>;
}

const INSERT = `INSERT INTO entries
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

function groupByCollection(
  withdraw: readonly Withdrawal[],
  publish: readonly Publication[],
): ReadonlyMap<CollectionId, CollectionChange> {
  const changes = new Map<CollectionId, CollectionChange>();
  const changeOf = (collection: CollectionId): CollectionChange => {
    const known = changes.get(collection);
    if (known) return known;
    const made: CollectionChange = { withdraw: [], publish: new Map() };
    changes.set(collection, made);
    return made;
  };
  for (const withdrawal of withdraw) changeOf(withdrawal.collection).withdraw.push(withdrawal);
  for (const publication of publish) {
    // The last one of a version wins; deleting first keeps the order of the last.
    const { publish: byVersion } = changeOf(publication.collection);
    const key = `${publication.id} ${publication.versionKey}`;
    byVersion.delete(key);
    byVersion.set(key, publication);
  }
  return changes;
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

/**
 * Gives each new or redated entry its tick. The last one lands on a whole millisecond, and so does the last one that a
 * default poll shows: with it, who polls that way comes to the end of the commit.
 */
async function place(
  database: Database,
  collection: number,
  now: Tick,
  placements: readonly Placement[],
  redated: readonly Redated[],
): Promise<void> {
  const row = database.statement('SELECT last_tick FROM collections WHERE number = ?').get(collection);
  const previous = row ? integerOf(row, 'last_tick') : 0;
  const dated = [...placements, ...redated];
  const lastPolled = dated.findLastIndex(({ marks }) => isPolled(marks));
  let last = previous;
  const nextTick = (index: number): Tick => {
    const tick = Math.max(now, last + 1);
    const isEnd = index === dated.length - 1 || index === lastPolled;
    last = isEnd ? Math.ceil(tick / MICROS_PER_MILLI) * MICROS_PER_MILLI : tick;
    return last;
  };
  const insert = database.statement(INSERT);
  await inSlices(placements, ({ publication: p, marks }, index) => {
    const poll = isPolled(marks) ? 1 : 0;
    insert.run(
      collection,
      nextTick(index),
      poll,
      marks,
      p.specVersion,
      p.type,
      p.id,
      p.versionKey,
      p.version,
      p.heldId,
      p.text,
    );
  });
  const move = database.statement('UPDATE entries SET tick = ? WHERE collection = ? AND tick = ?');
  redated.forEach(({ tick }, index) => {
    move.run(nextTick(placements.length + index), collection, tick);
  });
  const advance = 'UPDATE collections SET last_tick = ?, generation = generation + 1 WHERE number = ?';
  database.statement(advance).run(last, collection);
}
