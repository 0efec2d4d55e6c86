import type { HeldVersion, JsonObject } from '../../domain/held.ts';
import type { CollectionId, Handle } from '../../domain/ids.ts';
import type { Changes, DecisionChange, ObjectRecord } from '../port.ts';
import { namesOf } from '../names.ts';
import type { Attempt } from './attempt.ts';
import { factsKey, textKey, type Decisions, type HeldReader, type Standing } from './held-reader.ts';
import type { Layout } from './layout.ts';
import { fitsWithTexts, toNative } from './native.ts';
import { toPieces } from './pieces.ts';
import type { StandingRow } from './rows.ts';
import { liveAt } from './snapshot.ts';
import { inParts, parseStored } from './stored.ts';

export interface HeldWriterOptions {
  readonly layout: Layout;
  readonly attempt: Attempt;
  readonly held: HeldReader;
  /** What the server takes for a document. */
  readonly maxDocumentBytes: number;
}

type Held = Pick<Changes, 'objects' | 'versions' | 'dropVersions' | 'decisions'>;

const KEYS_PER_QUERY = 1000;

/** Adds to an attempt what a commit changes about what is held. */
export async function writeHeld(options: HeldWriterOptions, changes: Held): Promise<void> {
  await writeRecords(options, changes.objects ?? []);
  const dropped = new Set(changes.dropVersions ?? []);
  await writeVersions(options, changes.versions ?? [], changes.decisions ?? [], dropped);
  await dropVersions(options, [...dropped]);
}

async function writeRecords(
  { layout, attempt }: HeldWriterOptions,
  records: readonly ObjectRecord[],
): Promise<void> {
  const last = new Map(records.map((record) => [record.id, record]));
  for (const ids of inParts([...last.keys()], KEYS_PER_QUERY)) {
    const there = await layout
      .rows('records')
      .find({ id: { $in: ids }, ...liveAt(attempt.snapshot) }, { projection: { _id: 1, from: 1 } })
      .toArray();
    const old = there.map(({ _id }) => _id);
    attempt.end('records', old);
  }
  attempt.insert(
    'records',
    [...last.values()].map((record) => ({
      id: record.id,
      ...(record.owner === undefined ? {} : { owner: record.owner }),
      record: JSON.stringify(record),
    })),
  );
}

async function writeVersions(
  { attempt, held, maxDocumentBytes }: HeldWriterOptions,
  versions: readonly HeldVersion[],
  decisions: readonly DecisionChange[],
  dropped: ReadonlySet<Handle>,
): Promise<void> {
  const byHandle = new Map(versions.map((version) => [version.handle, version]));
  const decided = Map.groupBy(decisions, ({ handle }) => handle);
  const handles = [...new Set([...byHandle.keys(), ...decided.keys()])].filter((one) => !dropped.has(one));
  const before = await held.standingsOf(handles);
  for (const handle of handles) {
    const version = byHandle.get(handle);
    const row = before.get(handle);
    if (version && !row) insertVersion(attempt, version, maxDocumentBytes);
    const id = version?.id ?? row?.id;
    // A decision about a version that is not held says nothing.
    if (id === undefined) continue;
    const standing = version ? JSON.stringify(standingOf(version)) : (row?.standing ?? '{}');
    const merged = mergeDecisions(row, decided.get(handle) ?? []);
    if (row) attempt.end('standings', [row._id]);
    attempt.insert('standings', [{ handle, id, standing, ...merged }]);
  }
}

/** What was decided, with changes to it. */
export function mergeDecisions(
  row: StandingRow | undefined,
  changes: readonly DecisionChange[],
): Pick<StandingRow, 'decisions' | 'due'> {
  const merged = new Map(Object.entries(parseStored<Decisions>(row?.decisions ?? '{}')));
  for (const { collection, state, due } of changes) {
    if (state === undefined) merged.delete(collection);
    else merged.set(collection, due === undefined ? { state } : { state, due });
  }
  const dues = [...merged.values()].flatMap(({ due }) => due ?? []);
  const decisions = JSON.stringify(Object.fromEntries(merged));
  return dues.length === 0 ? { decisions } : { decisions, due: Math.min(...dues) };
}

/** The part of a version that may change. */
export function standingOf(version: HeldVersion): Standing {
  const {
    handle: _,
    id: _id,
    versionKey: _key,
    rank: _rank,
    sender: _sender,
    facts: _facts,
    ...rest
  } = version;
  const { text: _text, ...standing } = rest;
  return standing;
}

/** Adds the rows of a version that never change. */
export function insertVersion(
  attempt: Pick<Attempt, 'insert'>,
  version: HeldVersion,
  maxDocumentBytes: number,
): void {
  const { handle, id, versionKey, rank, sender, text } = version;
  const object = parseStored<JsonObject>(text);
  // What a long list of references names stands in the facts once more.
  const facts = JSON.stringify(version.facts);
  const isWhole = fitsWithTexts(object, [text, facts], maxDocumentBytes);
  const row = { handle, id, versionKey, rank, sender, stix: toNative(object) };
  attempt.insert('objects', [isWhole ? { ...row, facts, text } : row]);
  if (!isWhole) {
    attempt.insert('pieces', toPieces(textKey(handle), text));
    attempt.insert('pieces', toPieces(factsKey(handle), facts));
  }
  const named = new Map(
    [...namesOf(version)].map(([target, role]) => [`${role} ${target}`, { target, role }]),
  );
  attempt.insert(
    'names',
    [...named.values()].map((name) => ({ ...name, handle, id })),
  );
}

const OF_A_HANDLE = ['objects', 'standings', 'names'] as const;

/** Ends versions with what is known of them. */
async function dropVersions(
  { layout, attempt }: HeldWriterOptions,
  handles: readonly Handle[],
): Promise<void> {
  for (const part of inParts(handles, KEYS_PER_QUERY)) {
    for (const space of OF_A_HANDLE) {
      const rows = await layout
        .rows(space)
        .find({ handle: { $in: part }, ...liveAt(attempt.snapshot) }, { projection: { _id: 1, from: 1 } })
        .toArray();
      attempt.end(
        space,
        rows.map(({ _id }) => _id),
      );
    }
    const pieces = await layout
      .rows('pieces')
      .find(
        {
          key: { $in: part.flatMap((handle) => [textKey(handle), factsKey(handle)]) },
          ...liveAt(attempt.snapshot),
        },
        { projection: { _id: 1, from: 1 } },
      )
      .toArray();
    attempt.end(
      'pieces',
      pieces.map(({ _id }) => _id),
    );
  }
}

/** Takes what was decided for collections out of every version, for when they are no more. */
export async function forgetDecisions(
  { layout, attempt }: Pick<HeldWriterOptions, 'layout' | 'attempt'>,
  collections: ReadonlySet<CollectionId>,
): Promise<void> {
  const cursor = layout.space('standings').find({ handle: { $gt: 0 }, ...liveAt(attempt.snapshot) });
  for await (const row of cursor) {
    const decided = Object.keys(parseStored<Decisions>(row.decisions));
    const gone = [...collections].filter((collection) => decided.includes(collection));
    if (gone.length === 0) continue;
    const merged = mergeDecisions(
      row,
      gone.map((collection) => ({ handle: row.handle, collection })),
    );
    attempt.end('standings', [row._id]);
    attempt.insert('standings', [{ handle: row.handle, id: row.id, standing: row.standing, ...merged }]);
  }
}
