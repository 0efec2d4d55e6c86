import { setImmediate } from 'node:timers/promises';
import type { ReleasedCollection } from '../domain/collection.ts';
import type { DecisionState, HeldObject, HeldVersion } from '../domain/held.ts';
import type { CollectionId, Handle, StixId } from '../domain/ids.ts';
import type { DecisionChange, Publication, Withdrawal, WriteSection } from '../storage/port.ts';
import { decide } from './decide.ts';
import { dependentsByName } from './dependents.ts';
import type { Judgement } from './judgement.ts';
import {
  createLoadedWorld,
  releasedCollections,
  type DecisionContext,
  type Listing,
  type LoadedWorld,
} from './loader.ts';
import { isKeptOut, type ShownElsewhere } from './references.ts';
import { isShownNow, settleSupporting } from './travel.ts';

export type Judgements = ReadonlyMap<CollectionId, ReadonlyMap<Handle, Judgement>>;
type Reads = Omit<WriteSection, 'reserveHandles'>;

/** What is to be decided again, and what it then comes to. */
export interface Change {
  /** Objects as they are after what is being accepted; also those that only have to be judged again. */
  readonly objects: ReadonlyMap<StixId, HeldObject>;
  /** The new versions among them. */
  readonly fresh?: readonly HeldVersion[];
  /** What comes into, or leaves, an as-posted collection with this change. */
  readonly listing?: Listing;
  /** Copies that were replaced. */
  readonly dropped?: readonly HeldVersion[];
}

export interface Redecision {
  readonly judgements: Judgements;
  readonly decisions: readonly DecisionChange[];
  readonly withdraw: readonly Withdrawal[];
  readonly publish: readonly Publication[];
}

/**
 * Decides again everything that rests on what changed; the outcome is that of deciding from scratch
 * (release rules, 3). Objects are taken in as far as the change reaches: what waits or is blocked and refers to
 * something taken in, and what is shown and refers to something no longer shown.
 */
export async function redecide(
  section: Reads,
  context: DecisionContext,
  change: Change,
): Promise<Redecision> {
  const dropped = change.dropped ?? [];
  const world = createLoadedWorld(section, context, change.objects, change.listing);
  const collections = releasedCollections(context.collections);
  const ids = new Set(change.objects.keys());
  for (const id of await dependentsByName(section, context, change)) ids.add(id);
  const judgements = new Map<CollectionId, ReadonlyMap<Handle, Judgement>>();
  let reached = new Set<StixId>([...ids, ...(change.listing?.ids ?? [])]);
  // Collections for named recipients look at what the others show, supporting objects included: they come after.
  for (const policy of ['audience', 'recipients']) {
    const group = collections.filter(({ release }) => release.policy === policy);
    if (group.length === 0) continue;
    await judgeUntilSettled({ section, world, collections: group, ids, judgements }, reached);
    for (const collection of group) {
      const travelled = await settleSupporting({ section, world, collection, ids, judgements, dropped });
      judgements.set(
        collection.id,
        new Map([...(judgements.get(collection.id) ?? []), ...travelled.judgements]),
      );
      for (const id of travelled.ids) ids.add(id);
    }
    reached = new Set(ids);
  }
  return { judgements, ...compare(world, collections, judgements, ids, dropped) };
}

/** A group of collections under judgement; `ids` and `judgements` grow. */
interface Round {
  readonly section: Reads;
  readonly world: LoadedWorld;
  readonly collections: readonly ReleasedCollection[];
  readonly ids: Set<StixId>;
  readonly judgements: Map<CollectionId, ReadonlyMap<Handle, Judgement>>;
}

/** Judges, takes in what the judgements reach, and judges again until they reach no further. */
async function judgeUntilSettled(round: Round, reached: Set<StixId>): Promise<void> {
  const { section, world, collections, ids, judgements } = round;
  for (let news = reached; news.size > 0; news = await takeInShown(round)) {
    await takeInUnshown(section, news, ids);
    await world.load(ids);
    await judgeCollections(world, ids, collections, judgements);
  }
}

/** Judges loaded objects in each collection in turn; `judgements` grows, and later collections look at earlier ones. */
export async function judgeCollections(
  world: LoadedWorld,
  ids: ReadonlySet<StixId>,
  collections: readonly ReleasedCollection[],
  judgements: Map<CollectionId, ReadonlyMap<Handle, Judgement>>,
): Promise<void> {
  const isShown: ShownElsewhere = (collection, versions) =>
    isShownNow(world, judgements, collection, versions);
  for (const collection of collections) {
    judgements.set(collection.id, decide(world, ids, collection, isShown));
    await letOthersRun();
  }
}

/** Adds what was reached, and what waits or is blocked and refers to it, also through others. */
async function takeInUnshown(section: Reads, reached: ReadonlySet<StixId>, ids: Set<StixId>): Promise<void> {
  let frontier: readonly StixId[] = [...reached];
  while (frontier.length > 0) {
    const found = await section.namersOf(frontier, ['reference'], ['waiting', 'blocked']);
    frontier = found.filter((id) => !ids.has(id));
    for (const id of frontier) ids.add(id);
  }
}

/** Adds what is shown and refers to something that is not shown (any more). @returns what was added */
async function takeInShown({ section, world, collections, ids, judgements }: Round): Promise<Set<StixId>> {
  const added = new Set<StixId>();
  for (const collection of collections) {
    const unshown = [...ids].filter((id) => !isWhollyPresent(world, id, collection, judgements));
    if (unshown.length === 0) continue;
    const shown = await section.namersOf(unshown, ['reference'], ['shown', 'eligible'], collection.id);
    for (const id of shown) if (!ids.has(id)) added.add(id);
  }
  for (const id of added) ids.add(id);
  return added;
}

/** Whether no reference to the id can count as not shown, whoever makes it. */
function isWhollyPresent(
  world: LoadedWorld,
  id: StixId,
  collection: ReleasedCollection,
  judgements: Judgements,
): boolean {
  const object = world.find(id);
  const latest = object?.versions.at(-1);
  if (!object || !latest) return false;
  if (latest.facts.kind === 'supporting') return !isKeptOut(world, latest, collection);
  const isPresent = ({ handle }: HeldVersion): boolean => {
    const state = judgements.get(collection.id)?.get(handle)?.state;
    return state === 'shown' || state === 'eligible';
  };
  const isObservable = object.versions.some(({ facts }) => facts.kind === 'observable');
  return isObservable ? object.versions.every(isPresent) : object.versions.some(isPresent);
}

/** Between long pieces of work polls are answered. */
function letOthersRun(): Promise<void> {
  return setImmediate();
}

/** What has to be written for the judgements to hold. */
function compare(
  world: LoadedWorld,
  collections: readonly ReleasedCollection[],
  judgements: Judgements,
  ids: ReadonlySet<StixId>,
  dropped: readonly HeldVersion[],
): Omit<Redecision, 'judgements'> {
  const decisions: DecisionChange[] = [];
  const withdraw: Withdrawal[] = [];
  const publish: HeldVersion[][] = [];
  const droppedById = Map.groupBy(dropped, (version) => version.id);
  for (const { id: collection } of collections) {
    const entering: HeldVersion[] = [];
    for (const id of ids) {
      const object = world.find(id);
      if (!object) continue;
      const judged = judgements.get(collection) ?? new Map<Handle, Judgement>();
      decisions.push(...changedDecisions(object, collection, judged));
      const present = shownBefore(object, droppedById.get(id) ?? [], collection);
      for (const version of object.versions) {
        const state = judged.has(version.handle)
          ? judged.get(version.handle)?.state
          : stateOf(object, version, collection);
        if (state !== 'shown') continue;
        if (present.get(version.versionKey)?.text !== version.text) entering.push(version);
        present.delete(version.versionKey);
      }
      for (const { versionKey } of present.values()) withdraw.push({ collection, id, versionKey });
    }
    publish.push(entering.sort((a, b) => a.handle - b.handle));
  }
  return {
    decisions,
    withdraw,
    publish: publish.flatMap((versions, index) =>
      versions.flatMap((v) => toPublication(collections[index]?.id, v)),
    ),
  };
}

function stateOf(
  object: HeldObject,
  version: HeldVersion,
  collection: CollectionId,
): DecisionState | undefined {
  return object.states.get(version.handle)?.get(collection);
}

/** What the collection shows of an object so far, by version key. */
function shownBefore(
  object: HeldObject,
  dropped: readonly HeldVersion[],
  collection: CollectionId,
): Map<string, HeldVersion> {
  const shown = [...dropped, ...object.versions].filter((v) => stateOf(object, v, collection) === 'shown');
  return new Map(shown.map((version) => [version.versionKey, version]));
}

function changedDecisions(
  object: HeldObject,
  collection: CollectionId,
  judged: ReadonlyMap<Handle, Judgement>,
): readonly DecisionChange[] {
  return object.versions.flatMap((version) => {
    const judgement = judged.get(version.handle);
    if (!judgement) return [];
    const { state, due } = judgement;
    // What waits is written again, as the time until when may have changed.
    if (state !== 'waiting' && state === stateOf(object, version, collection)) return [];
    return [
      {
        handle: version.handle,
        collection,
        ...(state === undefined ? {} : { state }),
        ...(due === undefined ? {} : { due }),
      },
    ];
  });
}

function toPublication(collection: CollectionId | undefined, version: HeldVersion): readonly Publication[] {
  if (collection === undefined) return [];
  const { id, versionKey, version: text, facts } = version;
  return [
    {
      collection,
      id,
      heldId: id,
      type: facts.type,
      version: text,
      versionKey,
      specVersion: '2.1',
      text: version.text,
    },
  ];
}
