import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldVersion } from '../domain/held.ts';
import type { CollectionId, Handle, StixId } from '../domain/ids.ts';
import type { WriteSection } from '../storage/port.ts';
import type { Judgement } from './judgement.ts';
import type { LoadedWorld } from './loader.ts';
import type { ShownElsewhere } from './references.ts';
import { bringsAlong, judgeSupporting, namesOf, type Fitness, type Owned } from './supporting.ts';

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
  const { world, collection, judgements } = input;
  const open = await takeIn(input);
  const owned = versionsOf(world, open);
  const isShownElsewhere: ShownElsewhere = (other, versions) =>
    isShownNow(world, judgements, other, versions);
  const isPresent = (version: HeldVersion): boolean =>
    isShownNow(world, judgements, collection.id, [version]);
  const settled = new Map<Handle, Judgement>();
  const fit = new Set<Owned>();
  for (const each of owned) {
    const fitness = judgeSupporting(world, each, collection, isShownElsewhere, isPresent);
    if (fitness.kind === 'fit') fit.add(each);
    else settled.set(each.version.handle, toJudgement(fitness));
  }
  const namers = namersNow(input);
  const shown = new Set<Owned>();
  for (const each of fit) if (await isNamedFromOutside(input, open, namers, each)) shown.add(each);
  // What was just brought in brings in what it names itself.
  const spreading = [...shown];
  for (let namer = spreading.pop(); namer; namer = spreading.pop()) {
    for (const each of fit) {
      if (shown.has(each) || !bringsAlong(world, namer, each, collection)) continue;
      shown.add(each);
      spreading.push(each);
    }
  }
  for (const each of fit) {
    const judgement: Judgement = shown.has(each) ? { state: 'shown', reasons: [] } : NOT_NAMED;
    settled.set(each.version.handle, judgement);
  }
  return { ids: open, judgements: settled };
}

const NOT_NAMED: Judgement = { reasons: [{ code: 'not-named' }] };

/** A state is kept where an arriving reference, or the end of its grace, has to bring the version back here. */
function toJudgement(fitness: Fitness): Judgement {
  switch (fitness.kind) {
    case 'waiting':
    case 'blocked': {
      const reasons = [
        { code: fitness.kind === 'waiting' ? 'reference-missing' : 'reference-hidden' },
      ] as const;
      return { state: fitness.kind, reasons, ...(fitness.due === undefined ? {} : { due: fitness.due }) };
    }
    default:
      return NOT_NAMED;
  }
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
  namers: ReadonlyMap<StixId, readonly Owned[]>,
  named: Owned,
): Promise<boolean> {
  const { world, collection, ids, section } = input;
  const { id } = named.object;
  if (namers.get(id)?.some((namer) => bringsAlong(world, namer, named, collection))) return true;
  for await (const batch of section.shownNamers(collection.id, id)) {
    const others = batch.filter((each) => !ids.has(each.id) && !open.has(each.id));
    await world.load(others.map((each) => each.id));
    const found = others.some(({ id: namerId, handle }) => {
      const object = world.find(namerId);
      const version = object?.versions.find((each) => each.handle === handle);
      return object && version && bringsAlong(world, { object, version }, named, collection);
    });
    if (found) return true;
  }
  return false;
}

/** The versions, no supporting ones, that this decision shows, by what they name. */
function namersNow({
  world,
  ids,
  judgements,
  collection,
}: TravelInput): ReadonlyMap<StixId, readonly Owned[]> {
  const judged = judgements.get(collection.id);
  const namers = new Map<StixId, Owned[]>();
  for (const id of ids) {
    const object = world.find(id);
    for (const version of object?.versions ?? []) {
      const isShown = judged?.get(version.handle)?.state === 'shown' && version.facts.kind !== 'supporting';
      if (!object || !isShown) continue;
      for (const name of namesOf(version)) {
        const known = namers.get(name);
        if (known) known.push({ object, version });
        else namers.set(name, [{ object, version }]);
      }
    }
  }
  return namers;
}

/** Whether the collection shows one of the versions, or could but for an earlier copy, after the judgements so far. */
export function isShownNow(
  world: LoadedWorld,
  judgements: TravelInput['judgements'],
  collection: CollectionId,
  versions: readonly HeldVersion[],
): boolean {
  return versions.some(({ id, handle }) => {
    const judged = judgements.get(collection)?.get(handle);
    const state = judged ? judged.state : world.find(id)?.states.get(handle)?.get(collection);
    return state === 'shown' || state === 'eligible';
  });
}
