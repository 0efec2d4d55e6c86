import type { DecisionState, HeldObject, HeldVersion, ObjectFacts, Owner } from '../../domain/held.ts';
import type { CollectionId, Handle, StixId } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Namer, NameRole, ObjectRecord, Publication } from '../port.ts';
import type { Layout } from './layout.ts';
import { readPieces } from './pieces.ts';
import type { EntryRow, ObjectRow, StandingRow } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { inParts, parseStored } from './stored.ts';

/** What may change about a version; kept as JSON. */
export type Standing = Omit<
  HeldVersion,
  'handle' | 'id' | 'versionKey' | 'rank' | 'sender' | 'facts' | 'text'
>;

/** What was decided for a version, by collection. */
export type Decisions = Readonly<
  Record<CollectionId, { readonly state: DecisionState; readonly due?: Tick }>
>;

export interface HeldReader {
  heldObjects(ids: readonly StixId[]): Promise<ReadonlyMap<StixId, HeldObject>>;
  namersOf(
    targets: readonly StixId[],
    roles: readonly NameRole[],
    states: readonly DecisionState[] | 'any',
    collection?: CollectionId,
  ): Promise<readonly StixId[]>;
  shownNamers(collection: CollectionId, target: StixId): AsyncIterable<readonly Namer[]>;
  idsOf(owner: Owner): Promise<readonly StixId[]>;
  dueObjects(now: Tick, limit: number): Promise<readonly StixId[]>;
  heldIds(after: StixId, limit: number): Promise<readonly StixId[]>;
  shownIds(collection: CollectionId, ids: readonly StixId[]): Promise<ReadonlySet<StixId>>;
  entriesOf(collection: CollectionId, id: StixId): Promise<readonly Publication[]>;
  standingsOf(handles: readonly Handle[]): Promise<ReadonlyMap<Handle, StandingRow>>;
  /** The versions that rows are of, in their order. */
  versionsOf(rows: readonly ObjectRow[]): Promise<readonly HeldVersion[]>;
}

const KEYS_PER_QUERY = 1000;
const NAMERS_PER_BATCH = 500;
const ROLES: readonly NameRole[] = ['reference', 'creator', 'marking', 'extension'];

/** Reads what is held as one snapshot shows it. */
export function createHeldReader(layout: Layout, snapshot: Snapshot): HeldReader {
  const live = liveAt(snapshot);
  const objects = layout.space('objects');
  const standings = layout.space('standings');
  const names = layout.space('names');
  const records = layout.space('records');
  const entries = layout.space('entries');

  async function inGroups<K, T>(
    keys: readonly K[],
    read: (keys: K[]) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const found: T[] = [];
    for (const part of inParts(keys, KEYS_PER_QUERY))
      for (const one of await read([...part])) found.push(one);
    return found;
  }

  async function standingsOf(handles: readonly Handle[]): Promise<ReadonlyMap<Handle, StandingRow>> {
    const rows = await inGroups(handles, (part) =>
      standings.find({ handle: { $in: part }, ...live }).toArray(),
    );
    return new Map(rows.map((row) => [row.handle, row]));
  }

  async function toVersion(row: ObjectRow, standing: StandingRow): Promise<HeldVersion> {
    return {
      handle: row.handle,
      id: row.id,
      versionKey: row.versionKey,
      rank: row.rank,
      sender: row.sender,
      facts: parseStored<ObjectFacts>(
        row.facts ?? (await readPieces(layout, snapshot, factsKey(row.handle))),
      ),
      ...parseStored<Standing>(standing.standing),
      text: row.text ?? (await readPieces(layout, snapshot, textKey(row.handle))),
    };
  }

  function toStates(
    rows: readonly StandingRow[],
  ): ReadonlyMap<Handle, ReadonlyMap<CollectionId, DecisionState>> {
    const states = new Map<Handle, ReadonlyMap<CollectionId, DecisionState>>();
    for (const { handle, decisions } of rows) {
      const byCollection = statesOf(decisions);
      if (byCollection.size > 0) states.set(handle, byCollection);
    }
    return states;
  }

  return {
    standingsOf,
    async versionsOf(rows) {
      const byHandle = await standingsOf(rows.map(({ handle }) => handle));
      const versions: HeldVersion[] = [];
      for (const row of rows) {
        const standing = byHandle.get(row.handle);
        if (standing) versions.push(await toVersion(row, standing));
      }
      return versions;
    },
    async heldObjects(ids) {
      const unique = [...new Set(ids)];
      const [rows, owned] = await Promise.all([
        inGroups(unique, (part) =>
          objects
            .find({ id: { $in: part }, ...live })
            .project<ObjectRow>({ stix: 0 })
            .toArray(),
        ),
        inGroups(unique, (part) => records.find({ id: { $in: part }, ...live }).toArray()),
      ]);
      const byHandle = await standingsOf(rows.map(({ handle }) => handle));
      const recordOf = new Map(owned.map(({ id, record }) => [id, parseStored<ObjectRecord>(record)]));
      const found = new Map<StixId, HeldObject>();
      for (const [id, same] of Map.groupBy(rows.toSorted(compareVersions), (row) => row.id)) {
        const known = same.flatMap((row) => byHandle.get(row.handle) ?? []);
        const versions: HeldVersion[] = [];
        for (const row of same) {
          const standing = byHandle.get(row.handle);
          if (standing) versions.push(await toVersion(row, standing));
        }
        const { owner, recall } = recordOf.get(id) ?? {};
        found.set(id, {
          id,
          ...(owner === undefined ? {} : { owner }),
          ...(recall === undefined ? {} : { recall }),
          versions,
          states: toStates(known),
        });
      }
      return found;
    },
    async namersOf(targets, roles, states, collection) {
      const rows = await inGroups(targets, (part) =>
        names
          .find({ target: { $in: part }, role: { $in: [...roles] }, ...live })
          .project<Namer>({ _id: 0, id: 1, handle: 1 })
          .toArray(),
      );
      if (states === 'any') return unique(rows);
      const decided = await standingsOf([...new Set(rows.map(({ handle }) => handle))]);
      return unique(rows.filter(({ handle }) => isIn(decided.get(handle), states, collection)));
    },
    async *shownNamers(collection, target) {
      for (const role of ROLES) {
        let after = 0;
        for (;;) {
          const rows = await names
            .find({ target, role, handle: { $gt: after }, ...live })
            .sort({ handle: 1 })
            .limit(NAMERS_PER_BATCH)
            .project<Namer>({ _id: 0, id: 1, handle: 1 })
            .toArray();
          const decided = await standingsOf(rows.map(({ handle }) => handle));
          const shown = rows.filter(({ handle }) => isIn(decided.get(handle), ['shown'], collection));
          if (shown.length > 0) yield shown;
          if (rows.length < NAMERS_PER_BATCH) break;
          after = rows.at(-1)?.handle ?? after;
        }
      }
    },
    async idsOf(owner) {
      const only = { projection: { _id: 0, id: 1 } } as const;
      const [owned, sent] = await Promise.all([
        records.find({ owner, ...live }, only).toArray(),
        objects.find({ sender: owner, ...live }, only).toArray(),
      ]);
      return unique([...owned, ...sent]);
    },
    async dueObjects(now, limit) {
      const due = { due: { $lte: now }, ...live };
      return unique(await standings.find(due).sort({ due: 1 }).limit(limit).toArray());
    },
    async heldIds(after, limit) {
      const ids = new Set<StixId>();
      const cursor = objects
        .find({ id: { $gt: after }, ...live })
        .sort({ id: 1, versionKey: 1, rank: 1 })
        .project<Pick<ObjectRow, 'id'>>({ _id: 0, id: 1 });
      for await (const { id } of cursor) {
        ids.add(id);
        if (ids.size > limit) break;
      }
      return [...ids].slice(0, limit);
    },
    async shownIds(collection, ids) {
      const rows = await inGroups(ids, (part) =>
        entries
          .find({ collection, id: { $in: part }, ...live })
          .project<Pick<EntryRow, 'id'>>({ _id: 0, id: 1 })
          .toArray(),
      );
      return new Set(rows.map(({ id }) => id));
    },
    async entriesOf(collection, id) {
      const rows = await entries.find({ collection, id, ...live }).toArray();
      return rows.toSorted((one, other) => (one.versionKey < other.versionKey ? -1 : 1)).map(toPublication);
    },
  };
}

/** The key of the pieces of a version's text. */
export function textKey(handle: Handle): string {
  return `text ${handle}`;
}

/** The key of the pieces of its facts. */
export function factsKey(handle: Handle): string {
  return `facts ${handle}`;
}

/** What an entry shows. */
export function toPublication(row: EntryRow): Publication {
  const { collection, id, heldId, type, version, versionKey, spec, text } = row;
  return { collection, id, heldId, type, version, versionKey, specVersion: spec, text };
}

function statesOf(decisions: string): ReadonlyMap<CollectionId, DecisionState> {
  return new Map(
    Object.entries(parseStored<Decisions>(decisions)).map(([collection, { state }]) => [
      parseCollectionId(collection),
      state,
    ]),
  );
}

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

function isIn(
  row: StandingRow | undefined,
  states: readonly DecisionState[],
  collection: CollectionId | undefined,
): boolean {
  if (!row) return false;
  const decided = statesOf(row.decisions);
  if (collection === undefined) return [...decided.values()].some((state) => states.includes(state));
  const state = decided.get(collection);
  return state !== undefined && states.includes(state);
}

function unique(rows: readonly { readonly id: StixId }[]): readonly StixId[] {
  return [...new Set(rows.map(({ id }) => id))];
}

function compareVersions(one: ObjectRow, other: ObjectRow): number {
  if (one.versionKey !== other.versionKey) return one.versionKey < other.versionKey ? -1 : 1;
  return one.rank - other.rank;
}
