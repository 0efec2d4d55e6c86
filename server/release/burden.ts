import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldObject, HeldVersion } from '../domain/held.ts';
import type { Handle } from '../domain/ids.ts';
import type { Path } from '../stix/selector.ts';
import { coversRecipients, exclusionOf } from './admission.ts';
import { lossesOf, markingsOn, remainderOf, stillHas } from './losses.ts';
import type { Burden, Losses } from './findings.ts';
import { isMeantFor, stanceIn } from './stance.ts';
import { nameStandsIn, standsIn, textsOf } from './text.ts';
import type { World } from './world.ts';

const NONE: Burden = {
  isExcluded: false,
  isUnnamed: false,
  paths: [],
  texts: [],
  names: [],
  ownMarkings: [],
};

/** With more to look for than this the earlier versions are withheld without looking: showing less is safe. */
const MAX_LOOKED_FOR = 200;

/** Whether a later, tighter version takes this one with it (release rules, 3.5). */
export function isTakenByLater(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): boolean {
  if (version.facts.kind === 'observable') return false;
  const burden = burdensOf(world, object, collection).get(version.handle) ?? NONE;
  if (burden.isExcluded || (burden.isUnnamed && version.facts.kind !== 'supporting')) return true;
  return losesWhatStays(burden, version, lossesOf(world, object, version, collection));
}

/** The burdens of all versions of an object, gathered once from the latest to the first. */
function burdensOf(
  world: World,
  object: HeldObject,
  collection: ReleasedCollection,
): ReadonlyMap<Handle, Burden> {
  const key = `${object.id} ${collection.id}`;
  const known = world.memo.burdens.get(key);
  if (known) return known;
  const burdens = new Map<Handle, Burden>();
  let burden = NONE;
  for (const version of object.versions.toReversed()) {
    burdens.set(version.handle, burden);
    if (!burden.isExcluded) burden = addVersion(world, object, version, collection, burden);
  }
  world.memo.burdens.set(key, burdens);
  return burdens;
}

function addVersion(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
  burden: Burden,
): Burden {
  const stance = stanceIn(world, version, collection);
  const isNamed = coversRecipients(world, stance.recipients, collection);
  const losses = lossesOf(world, object, version, collection);
  const joined: Burden = {
    // Of one that was sent elsewhere, saying nothing of recipients is no refusal.
    isExcluded:
      exclusionOf(world, stance, collection) !== undefined || (stance.recipients !== undefined && !isNamed),
    isUnnamed: burden.isUnnamed || (isMeantFor(version, collection.id) && !isNamed),
    paths: joinPaths(burden.paths, losses.paths),
    texts: join(burden.texts, losses.texts),
    names: join(burden.names, losses.names),
    ownMarkings: join(burden.ownMarkings, losses.ownMarkings),
  };
  const lookedFor = joined.paths.length + joined.texts.length + joined.names.length;
  return lookedFor > MAX_LOOKED_FOR ? { ...joined, isExcluded: true } : joined;
}

function join(known: readonly string[], more: readonly string[]): readonly string[] {
  return more.length === 0 ? known : [...new Set([...known, ...more])];
}

function joinPaths(known: readonly Path[], more: readonly Path[]): readonly Path[] {
  if (more.length === 0) return known;
  return [...new Map([...known, ...more].map((path) => [JSON.stringify(path), path])).values()];
}

/** Whether the later versions lose something that this one, after its own losses, still has. */
function losesWhatStays(later: Burden, version: HeldVersion, losses: Losses): boolean {
  const telling = markingsOn(version).filter((id) => later.ownMarkings.includes(id));
  if (telling.some((id) => !losses.ownMarkings.includes(id))) return true;
  if (later.paths.length + later.texts.length + later.names.length === 0) return false;
  const remainder = remainderOf(version, losses);
  if (later.paths.some((path) => stillHas(remainder, path))) return true;
  const staying = textsOf(remainder);
  return (
    later.texts.some((text) => standsIn(text, staying)) ||
    later.names.some((name) => nameStandsIn(name, staying))
  );
}
