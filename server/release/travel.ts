import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldVersion } from '../domain/held.ts';
import type { CollectionId, Handle, StixId } from '../domain/ids.ts';
import type { WriteSection } from '../storage/port.ts';
import type { Judgement } from './judgement.ts';
import type { LoadedWorld } from './loader.ts';
import { bringsAlong, mayTravel, namesOf, type Owned } from './supporting.ts';

export interface TravelInput {
  readonly section: Pick<WriteSection, 'shownNamers'>;
  readonly world: LoadedWorld;
  readonly collection: ReleasedCollection;
  /** What was decided again. */
  readonly ids: ReadonlySet<StixId>;
  readonly judgements: ReadonlyMap<CollectionId, ReadonlyMap<Handle, Judgement>>;
  readonly dropped: readonly HeldVersion[];
}

export interface Travelled {
  /** Supporting objects that were judged. */
  readonly ids: ReadonlySet<StixId>;
  readonly judgements: ReadonlyMap<Handle, Judgement>;
}

/**
 * Decides which supporting objects stand in the collection after the loop: those that something shown names, found
 * as the least set that starts from the shown versions (release rules, 4). Only those are looked at whose namers
 * came or went.
 */
export async function settleSupporting(input: TravelInput): Promise<Travelled> {
  const { world, collection } = input;
  const open = await takeIn(input);
  const shown = new Set<Handle>();
  const owned = versionsOf(world, open);
  const isShownElsewhere = (other: CollectionId, id: StixId): boolean =>
    isShownNow(world, input.judgements, other, id);
  const fit = owned.filter((each) => mayTravel(world, each, collection, isShownElsewhere));
  const waiting = new Set<Owned>();
  for (const each of fit) {
    if (await isNamedFromOutside(input, open, each)) shown.add(each.version.handle);
    else waiting.add(each);
  }
  // What was just brought in brings in what it names itself.
  for (let grown = true; grown;) {
    grown = false;
    for (const each of waiting) {
      const named = owned.some(
        (namer) => shown.has(namer.version.handle) && bringsAlong(world, namer, each, collection),
      );
      if (!named) continue;
      shown.add(each.version.handle);
      waiting.delete(each);
      grown = true;
    }
  }
  const judge = ({ version }: Owned): [Handle, Judgement] => [
    version.handle,
    shown.has(version.handle) ? { state: 'shown', reasons: [] } : { reasons: [{ code: 'not-named' }] },
  ];
  return { ids: open, judgements: new Map(owned.map(judge)) };
}

/** The supporting objects whose standing may have changed, with all that they name in turn. */
async function takeIn(input: TravelInput): Promise<ReadonlySet<StixId>> {
  const { world, ids } = input;
  const { entering, leaving } = movementsOf(input);
  const changed = [...ids].filter((id) => isSupporting(world, id));
  const named = new Set(changed);
  for (const version of leaving) for (const id of namesOf(version)) named.add(id);
  for (const version of entering) {
    for (const id of namesOf(version)) if (!isWhollyShown(input, id)) named.add(id);
  }
  const open = new Set<StixId>();
  let frontier = [...named];
  while (frontier.length > 0) {
    await world.load(frontier);
    const supporting = frontier.filter((id) => isSupporting(world, id) && !open.has(id));
    for (const id of supporting) open.add(id);
    frontier = supporting.flatMap((id) => (world.find(id)?.versions ?? []).flatMap((v) => [...namesOf(v)]));
    frontier = [...new Set(frontier)].filter((id) => !open.has(id));
  }
  return open;
}

function isSupporting(world: LoadedWorld, id: StixId): boolean {
  return world.find(id)?.versions.some((version) => version.facts.kind === 'supporting') ?? false;
}

/** Versions that this decision shows, and versions that it no longer shows. */
function movementsOf(input: TravelInput): { entering: HeldVersion[]; leaving: HeldVersion[] } {
  const { world, ids, dropped, collection } = input;
  const entering: HeldVersion[] = [];
  const leaving: HeldVersion[] = [];
  for (const id of ids) {
    const object = world.find(id);
    for (const version of object?.versions ?? []) {
      if (version.facts.kind === 'supporting') continue;
      const before = object?.states.get(version.handle)?.get(collection.id) === 'shown';
      const after = input.judgements.get(collection.id)?.get(version.handle)?.state === 'shown';
      if (after && !before) entering.push(version);
      if (before && !after) leaving.push(version);
    }
  }
  for (const version of dropped) {
    if (world.find(version.id)?.states.get(version.handle)?.get(collection.id) === 'shown')
      leaving.push(version);
  }
  return { entering, leaving };
}

function isWhollyShown({ world, collection }: TravelInput, id: StixId): boolean {
  const object = world.find(id);
  return object?.versions.every((v) => object.states.get(v.handle)?.get(collection.id) === 'shown') ?? true;
}

function versionsOf(world: LoadedWorld, ids: ReadonlySet<StixId>): readonly Owned[] {
  return [...ids].flatMap((id) => {
    const object = world.find(id);
    if (!object) return [];
    return object.versions
      .filter((version) => version.facts.kind === 'supporting')
      .map((version): Owned => ({ object, version }));
  });
}

/** Whether something shown, which is not itself in question, names the supporting version. */
async function isNamedFromOutside(
  input: TravelInput,
  open: ReadonlySet<StixId>,
  named: Owned,
): Promise<boolean> {
  const { world, collection, ids, section } = input;
  if (decidedNow(input).some((namer) => bringsAlong(world, namer, named, collection))) return true;
  for await (const batch of section.shownNamers(collection.id, named.object.id)) {
    const others = batch.filter(({ id }) => !ids.has(id) && !open.has(id));
    await world.load(others.map(({ id }) => id));
    const found = others.some(({ id, handle }) => {
      const object = world.find(id);
      const version = object?.versions.find((each) => each.handle === handle);
      return object && version && bringsAlong(world, { object, version }, named, collection);
    });
    if (found) return true;
  }
  return false;
}

/** The versions, no supporting ones, that this decision shows. */
function decidedNow({ world, ids, judgements, collection }: TravelInput): readonly Owned[] {
  const judged = judgements.get(collection.id);
  return [...ids].flatMap((id) => {
    const object = world.find(id);
    if (!object) return [];
    return object.versions
      .filter(
        (version) => judged?.get(version.handle)?.state === 'shown' && version.facts.kind !== 'supporting',
      )
      .map((version): Owned => ({ object, version }));
  });
}

/** Whether the collection shows the id, after the judgements so far. */
export function isShownNow(
  world: LoadedWorld,
  judgements: TravelInput['judgements'],
  collection: CollectionId,
  id: StixId,
): boolean {
  const object = world.find(id);
  return (object?.versions ?? []).some(({ handle }) => {
    const judged = judgements.get(collection)?.get(handle);
    return (judged ? judged.state : object?.states.get(handle)?.get(collection)) === 'shown';
  });
}
