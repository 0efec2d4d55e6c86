import { setImmediate } from 'node:timers/promises';
import type { ReleasedCollection } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { CollectionId, StixId } from '../domain/ids.ts';
import { isAsPosted, isReleased, type Collection } from '../domain/collection.ts';
import type { WriteSection } from '../storage/port.ts';
import { namesOf } from './supporting.ts';
import { createMemo } from './findings.ts';
import { ownerOf, type World } from './world.ts';

/** What decisions rest on besides what is held. */
export type DecisionContext = Pick<
  World,
  'now' | 'graceMicros' | 'hubIdentity' | 'organisations' | 'collections'
>;

const SLICE = 500;

type Reads = Pick<WriteSection, 'heldObjects' | 'shownIds'>;

/** Ids whose being listed in an as-posted collection changes. */
export interface Listing {
  readonly collection: CollectionId;
  readonly ids: readonly StixId[];
  /** Whether the collection lists them afterwards. */
  readonly isListed: boolean;
}

/**
 * Whether what an as-posted collection shows counts for other collections: for those that list it, and for those with
 * named recipients, who may read it.
 */
export function countsForOthers(collections: readonly Collection[], asPosted: Collection): boolean {
  return collections.some(
    ({ references, release }) => references.includes(asPosted.alias) || release.policy === 'recipients',
  );
}

/** A world that is filled step by step. */
export interface LoadedWorld extends World {
  /** Loads the objects and everything that judging them looks at. */
  load(ids: Iterable<StixId>): Promise<void>;
}

/** The collections that the release rules fill: those for named recipients last, as they look at the others. */
export function releasedCollections(collections: readonly Collection[]): readonly ReleasedCollection[] {
  const released = collections.filter(isReleased);
  return [
    ...released.filter(({ release }) => release.policy === 'audience'),
    ...released.filter(({ release }) => release.policy === 'recipients'),
  ];
}

/**
 * Makes a world over a section's reads.
 * @param changed objects as they are after what is being accepted; they count instead of what is stored
 */
export function createLoadedWorld(
  section: Reads,
  context: DecisionContext,
  changed: ReadonlyMap<StixId, HeldObject>,
  listing?: Listing,
): LoadedWorld {
  const objects = new Map<StixId, HeldObject | undefined>(changed);
  const listed = new Map<CollectionId, Set<StixId>>();
  const relisted = new Set(listing?.ids);
  const asked = new Set<StixId>();
  const complete = new Set<StixId>();
  const asPosted = context.collections.filter(isAsPosted);

  async function fetch(ids: ReadonlySet<StixId>): Promise<void> {
    const missing = [...ids].filter((id) => !objects.has(id));
    if (missing.length === 0) return;
    for (let from = 0; from < missing.length; from += SLICE) {
      // Between slices of a large world polls are answered.
      if (from > 0) await setImmediate();
      const slice = missing.slice(from, from + SLICE);
      const found = await section.heldObjects(slice);
      for (const id of slice) objects.set(id, found.get(id));
    }
  }

  async function ask(ids: ReadonlySet<StixId>): Promise<void> {
    const fresh = [...ids].filter((id) => !asked.has(id));
    if (fresh.length === 0) return;
    for (const id of fresh) asked.add(id);
    for (const { id: collection } of asPosted) {
      const known = listed.get(collection) ?? new Set<StixId>();
      for (const id of await section.shownIds(collection, fresh)) known.add(id);
      listed.set(collection, known);
    }
  }

  const versionsOf = (ids: Iterable<StixId>): readonly [HeldObject, HeldVersion][] =>
    [...ids].flatMap((id) => {
      const object = objects.get(id);
      return object ? object.versions.map((version): [HeldObject, HeldVersion] => [object, version]) : [];
    });

  const withOwners = (pairs: readonly [HeldObject, HeldVersion][]): readonly StixId[] =>
    pairs.flatMap(([object, version]) => context.organisations.get(ownerOf(object, version))?.identity ?? []);

  return {
    ...context,
    memo: createMemo(),
    find(id) {
      if (!objects.has(id)) throw new AppError('internal', { cause: new Error(`${id} was not loaded`) });
      return objects.get(id);
    },
    isListed(collection, id) {
      if (listing?.collection === collection && relisted.has(id)) return listing.isListed;
      return listed.get(collection)?.has(id) ?? false;
    },
    async load(ids) {
      const fresh = [...ids].filter((id) => !complete.has(id));
      if (fresh.length === 0) return;
      for (const id of fresh) complete.add(id);
      await fetch(new Set(fresh));
      const judged = versionsOf(fresh);
      const around = new Set([
        ...judged.flatMap(([, version]) => [...namesOf(version)]),
        ...withOwners(judged),
      ]);
      await fetch(around);
      await ask(new Set(judged.flatMap(([, version]) => version.facts.refs)));
      // What marks and makes the named objects decides whether they count as shown.
      const beyond = versionsOf(around);
      await fetch(new Set([...beyond.flatMap(([, version]) => marksOf(version)), ...withOwners(beyond)]));
    },
  };
}

function marksOf({ facts }: HeldVersion): readonly StixId[] {
  const makers = facts.createdBy === undefined ? [] : [facts.createdBy];
  return [
    ...facts.markings,
    ...facts.granular.flatMap((g) => g.markingRef ?? []),
    ...facts.extensions,
    ...makers,
  ];
}
