import type {
  DecisionState,
  HeldObject,
  HeldVersion,
  ObjectFacts,
  Owner,
  Recall,
} from '../../domain/held.ts';
import type { CollectionId, Handle, StixId } from '../../domain/ids.ts';
import type { Namer, NameRole, Publication } from '../port.ts';
import type { CollectionNumbers } from './collection-numbers.ts';
import type { Database } from './database.ts';
import { compact, integerOf, optionalTextOf, parseStored, textOf, type Row } from './rows.ts';

export const STATE_NUMBERS = {
  shown: 1,
  eligible: 2,
  waiting: 3,
  blocked: 4,
  lost: 5,
} as const satisfies Record<DecisionState, number>;
export const ROLE_NUMBERS = { reference: 1, creator: 2, marking: 3, extension: 4 } as const satisfies Record<
  NameRole,
  number
>;

/** By number. */
export const STATES: readonly (DecisionState | undefined)[] = [
  undefined,
  'shown',
  'eligible',
  'waiting',
  'blocked',
  'lost',
];
const BATCH = 500;

/** What may change about a version; kept as JSON beside its facts. */
export type Standing = Omit<
  HeldVersion,
  'handle' | 'id' | 'versionKey' | 'rank' | 'sender' | 'facts' | 'text'
>;

export interface HeldReader {
  heldObjects(ids: readonly StixId[]): ReadonlyMap<StixId, HeldObject>;
  namersOf(
    targets: readonly StixId[],
    roles: readonly NameRole[],
    states: readonly DecisionState[] | 'any',
    collection?: CollectionId,
  ): readonly StixId[];
  shownNamers(collection: CollectionId, target: StixId): Iterable<readonly Namer[]>;
  idsOf(owner: Owner): readonly StixId[];
  dueObjects(now: number, limit: number): readonly StixId[];
  heldIds(after: StixId, limit: number): readonly StixId[];
  shownIds(collection: CollectionId, ids: readonly StixId[]): ReadonlySet<StixId>;
  entriesOf(collection: CollectionId, id: StixId): readonly Publication[];
}

/** Reads what is held, many ids at a time, over one connection. */
export function createHeldReader(database: Database, numbers: CollectionNumbers): HeldReader {
  const listed = (
    sql: string,
    items: readonly (string | number)[],
    ...more: (string | number)[]
  ): readonly Row[] => database.statement(sql).all(JSON.stringify(items), ...more);
  const ids = (rows: readonly Row[]): readonly StixId[] => rows.map((row) => textOf(row, 'id'));

  function readStates(handles: readonly Handle[]): Map<Handle, Map<CollectionId, DecisionState>> {
    const sql = `SELECT d.handle, d.collection, d.state
                 FROM json_each(?) j CROSS JOIN decisions d ON d.handle = j.value`;
    const states = new Map<Handle, Map<CollectionId, DecisionState>>();
    for (const row of listed(sql, handles)) {
      const state = STATES[integerOf(row, 'state')];
      if (!state) continue;
      const handle = integerOf(row, 'handle');
      const byCollection = states.get(handle) ?? new Map<CollectionId, DecisionState>();
      byCollection.set(numbers.idOf(integerOf(row, 'collection')), state);
      states.set(handle, byCollection);
    }
    return states;
  }

  return {
    heldObjects(wanted) {
      const versions = listed(
        `SELECT v.* FROM json_each(?) j CROSS JOIN versions v ON v.id = j.value ORDER BY v.id, v.version_key, v.rank`,
        wanted,
      ).map(toVersion);
      const states = readStates(versions.map((version) => version.handle));
      const records = new Map(
        listed('SELECT o.* FROM json_each(?) j CROSS JOIN objects o ON o.id = j.value', wanted).map((row) => [
          textOf(row, 'id'),
          row,
        ]),
      );
      const found = new Map<StixId, HeldObject>();
      for (const [id, same] of Map.groupBy(versions, (version) => version.id)) {
        const record = records.get(id);
        const recall = record && optionalTextOf(record, 'recall');
        const object = compact<HeldObject>({
          id,
          owner: record && optionalTextOf(record, 'owner'),
          recall: recall === undefined ? undefined : parseStored<Recall>(recall),
          versions: same,
          states: new Map(same.flatMap(({ handle }) => entryOf(states, handle))),
        });
        found.set(id, object);
      }
      return found;
    },
    namersOf(targets, roles, states, collection) {
      const roleList = roles.map((role) => ROLE_NUMBERS[role]).join(',');
      const names = `json_each(?) j CROSS JOIN names n ON n.target = j.value AND n.role IN (${roleList})`;
      if (states === 'any') {
        return ids(
          listed(`SELECT DISTINCT v.id FROM ${names} JOIN versions v ON v.handle = n.handle`, targets),
        );
      }
      const stateList = states.map((state) => STATE_NUMBERS[state]).join(',');
      const decided = `CROSS JOIN decisions d ON d.handle = n.handle AND d.state IN (${stateList})`;
      const sql = `SELECT DISTINCT v.id FROM ${names} ${decided} JOIN versions v ON v.handle = n.handle`;
      if (collection === undefined) return ids(listed(sql, targets));
      return ids(listed(`${sql} WHERE d.collection = ?`, targets, numbers.find(collection) ?? -1));
    },
    *shownNamers(collection, target) {
      const number = numbers.find(collection);
      if (number === undefined) return;
      for (const role of Object.values(ROLE_NUMBERS)) {
        let after = 0;
        for (;;) {
          const sql = `SELECT n.handle, v.id FROM names n
            CROSS JOIN decisions d ON d.handle = n.handle AND d.collection = ? AND d.state = ${STATE_NUMBERS.shown}
            JOIN versions v ON v.handle = n.handle
            WHERE n.target = ? AND n.role = ? AND n.handle > ? ORDER BY n.handle LIMIT ${BATCH}`;
          const rows = database.statement(sql).all(number, target, role, after);
          if (rows.length > 0) {
            yield rows.map((row) => ({ handle: integerOf(row, 'handle'), id: textOf(row, 'id') }));
          }
          if (rows.length < BATCH) break;
          after = integerOf(rows.at(-1) ?? {}, 'handle');
        }
      }
    },
    idsOf: (owner) =>
      ids(
        database
          .statement('SELECT id FROM objects WHERE owner = ? UNION SELECT id FROM versions WHERE sender = ?')
          .all(owner, owner),
      ),
    dueObjects: (now, limit) =>
      ids(
        database
          .statement(
            `SELECT DISTINCT v.id FROM (SELECT handle FROM decisions WHERE due <= ? ORDER BY due LIMIT ?) d
             JOIN versions v ON v.handle = d.handle`,
          )
          .all(now, limit),
      ),
    heldIds: (after, limit) =>
      ids(
        database
          .statement('SELECT DISTINCT id FROM versions WHERE id > ? ORDER BY id LIMIT ?')
          .all(after, limit),
      ),
    shownIds(collection, wanted) {
      const sql = `SELECT j.value AS id FROM json_each(?) j
                   WHERE EXISTS (SELECT 1 FROM entries e WHERE e.collection = ? AND e.id = j.value)`;
      return new Set(ids(listed(sql, wanted, numbers.find(collection) ?? -1)));
    },
    entriesOf: (collection, id) =>
      database
        .statement('SELECT * FROM entries WHERE collection = ? AND id = ? ORDER BY version_key')
        .all(numbers.find(collection) ?? -1, id)
        .map((row) => toPublication(collection, row)),
  };
}

function entryOf<V>(map: ReadonlyMap<Handle, V>, key: Handle): [Handle, V][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}

export function toVersion(row: Row): HeldVersion {
  return {
    handle: integerOf(row, 'handle'),
    id: textOf(row, 'id'),
    versionKey: textOf(row, 'version_key'),
    rank: integerOf(row, 'rank'),
    sender: textOf(row, 'sender'),
    facts: parseStored<ObjectFacts>(textOf(row, 'facts')),
    ...parseStored<Standing>(textOf(row, 'standing')),
    text: textOf(row, 'text'),
  };
}

export function toPublication(collection: CollectionId, row: Row): Publication {
  return {
    collection,
    id: textOf(row, 'id'),
    heldId: textOf(row, 'held_id'),
    type: textOf(row, 'type'),
    version: textOf(row, 'version'),
    versionKey: textOf(row, 'version_key'),
    specVersion: textOf(row, 'spec') === '2.0' ? '2.0' : '2.1',
    text: textOf(row, 'text'),
  };
}
