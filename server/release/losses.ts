import type { ReleasedCollection } from '../domain/collection.ts';
import type { HeldObject, HeldVersion, JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isIdentifier } from '../stix/identifier.ts';
import { isJsonArray, isJsonObject, memberOf, parseObjectText } from '../stix/json.ts';
import { parseSelector, valueAt, type Path } from '../stix/selector.ts';
import { coversConsent, excludes } from './admission.ts';
import type { Losses } from './findings.ts';
import { meaningOf } from './markings.ts';
import { stanceIn } from './stance.ts';
import { foldText, textsAt, worthLookingFor } from './text.ts';
import { ownerOf, submitterIdentities, submitterOrganisations, type World } from './world.ts';

const NO_LOSSES: Losses = {
  paths: [],
  refs: new Set(),
  texts: [],
  names: [],
  ownMarkings: [],
  bySelector: false,
  byConsent: false,
};

export function losesSomething(losses: Losses): boolean {
  return losses.paths.length > 0 || losses.ownMarkings.length > 0;
}

/** The content of a version; read only where it is needed. */
function contentOf(version: HeldVersion): JsonObject {
  return parseObjectText(version.text);
}

/** What the version would lose in the collection, given what counts for it there. */
export function lossesOf(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): Losses {
  const key = `${version.handle} ${collection.id}`;
  const known = world.memo.losses.get(key);
  if (known) return known;
  const losses = findLosses(world, object, version, collection);
  world.memo.losses.set(key, losses);
  return losses;
}

function findLosses(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  collection: ReleasedCollection,
): Losses {
  const selected = selectedPaths(world, version, collection);
  const { consent } = stanceIn(world, version, collection);
  const hidden = !coversConsent(world, consent ?? 'everyone', collection);
  if (selected.length === 0 && !hidden) return NO_LOSSES;
  const content = contentOf(version);
  const told = hidden ? tellingParts(world, object, version, content) : { paths: [], ownMarkings: [] };
  return {
    paths: [...selected, ...told.paths],
    refs: new Set([...selected, ...told.paths].flatMap((path) => identifiersAt(content, path))),
    texts: worthLookingFor(selected.flatMap((path) => textsAt(content, path))),
    names: hidden ? submitterNames(world, object, version) : [],
    ownMarkings: told.ownMarkings,
    bySelector: selected.length > 0,
    byConsent: told.paths.length > 0 || told.ownMarkings.length > 0,
  };
}

/** What granular markings that exclude the collection select (release rules, 3 a). */
export function selectedPaths(
  world: World,
  version: HeldVersion,
  collection: ReleasedCollection,
): readonly Path[] {
  return version.facts.granular.flatMap(({ markingRef, selectors }) => {
    const meaning = markingRef && meaningOf(world, markingRef);
    if (!meaning || !excludes(world, meaning, collection)) return [];
    return selectors.map(parseSelector).filter((path) => path !== undefined);
  });
}

function identifiersAt(content: JsonObject, path: Path): readonly StixId[] {
  const found: StixId[] = [];
  const collect = (value: JsonValue | undefined): void => {
    if (isIdentifier(value)) found.push(value.toLowerCase());
    else if (isJsonArray(value)) value.forEach(collect);
    else if (isJsonObject(value)) Object.values(value).forEach(collect);
  };
  collect(valueAt(content, path));
  return found;
}

/** The parts that would tell who submitted (release rules, 3 c). */
function tellingParts(
  world: World,
  object: HeldObject,
  version: HeldVersion,
  content: JsonObject,
): { paths: readonly Path[]; ownMarkings: readonly StixId[] } {
  const identities = submitterIdentities(world, object, version);
  const paths: Path[] = [];
  if (memberOf(content, 'created_by_ref') !== undefined) paths.push(['created_by_ref']);
  for (const [name, value] of Object.entries(content)) {
    if (name === 'created_by_ref' || name === 'object_marking_refs' || name === 'granular_markings') continue;
    collectReferences(value, [name], identities, paths);
  }
  for (const id of version.facts.extensions) {
    if (isMadeOrOwned(world, id, object, version)) paths.push(['extensions', id]);
  }
  const ownMarkings = markingsOn(version).filter(
    (id) => meaningOf(world, id)?.kind !== 'recipients' && isMadeOrOwned(world, id, object, version),
  );
  return { paths, ownMarkings };
}

/** All markings on a version or a part of it. */
export function markingsOn({ facts }: HeldVersion): readonly StixId[] {
  return [...facts.markings, ...facts.granular.flatMap((g) => g.markingRef ?? [])];
}

function collectReferences(value: JsonValue, path: Path, wanted: ReadonlySet<StixId>, found: Path[]): void {
  const name = path.findLast((step) => typeof step === 'string') ?? '';
  if (typeof value === 'string') {
    if (/_refs?$/.test(name) && wanted.has(value.toLowerCase())) found.push(path);
    return;
  }
  if (isJsonArray(value)) {
    value.forEach((item, index) => collectReferences(item, [...path, index], wanted, found));
  } else if (isJsonObject(value)) {
    for (const [inner, member] of Object.entries(value))
      collectReferences(member, [...path, inner], wanted, found);
  }
}

/** Whether the submitter's identities made the supporting object, or the submitter's organisations own it. */
export function isMadeOrOwned(world: World, id: StixId, object: HeldObject, version: HeldVersion): boolean {
  const target = world.find(id);
  if (!target) return false;
  const identities = submitterIdentities(world, object, version);
  const owners = new Set(submitterOrganisations(world, object, version).map((org) => org.id));
  return target.versions.some(
    (made) =>
      (made.facts.createdBy !== undefined && identities.has(made.facts.createdBy)) ||
      owners.has(ownerOf(target, made)) ||
      identities.has(id),
  );
}

/** The names and aliases of the submitter's identities and organisations, folded. */
function submitterNames(world: World, object: HeldObject, version: HeldVersion): readonly string[] {
  const names = submitterOrganisations(world, object, version).map((org) => foldText(org.name));
  for (const id of submitterIdentities(world, object, version)) {
    for (const held of world.find(id)?.versions ?? []) names.push(...namesIn(held));
  }
  return [...new Set(names)].filter((name) => name.length > 0);
}

/** The name and aliases that a version of an identity states, folded. */
export function namesIn(version: HeldVersion): readonly string[] {
  const { name, aliases } = contentOf(version);
  const stated = [name, ...(isJsonArray(aliases) ? aliases : [])];
  return stated.filter((each) => typeof each === 'string').map(foldText);
}

/** The version after its own losses. */
export function remainderOf(version: HeldVersion, losses: Losses): JsonObject {
  return without(contentOf(version), losses.paths);
}

/** Whether something still stands at the path. */
export function stillHas(remainder: JsonObject, path: Path): boolean {
  const left = valueAt(remainder, path);
  // A null holds the place of a list item that went; STIX has no nulls of its own.
  return left !== undefined && left !== null;
}

/** The object without what stands at the paths; list items keep their places as nulls. */
function without(content: JsonObject, paths: readonly Path[]): JsonObject {
  if (paths.length === 0) return content;
  const gone = new Set(paths.map((path) => JSON.stringify(path)));
  const strip = (value: JsonValue, path: Path): JsonValue | undefined => {
    if (gone.has(JSON.stringify(path))) return undefined;
    if (isJsonArray(value)) return value.map((item, index) => strip(item, [...path, index]) ?? null);
    return isJsonObject(value) ? stripMembers(value, path) : value;
  };
  const stripMembers = (object: JsonObject, path: Path): JsonObject =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]) => {
        const kept = strip(value, [...path, name]);
        return kept === undefined ? [] : [[name, kept]];
      }),
    );
  return stripMembers(content, []);
}
