import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { parseObjectText } from '../stix/json.ts';
import { toCheckedObject, type CheckedObject } from '../stix/check-object.ts';
import { isDerivedId } from './derived-id.ts';
import { DISARM_IDENTITY, frameworkKeyOf, isByAnother, isByDisarm, textOf } from './framework.ts';
import { latestOf, type Moment } from './release.ts';

/** One object that the collection shows, with its latest version. */
export interface Holding extends CheckedObject {
  /** Of its first version: it never changes. */
  readonly created: string;
  readonly isRevoked: boolean;
  /** Its latest version that is not dated ahead of the clock; absent when all are. */
  readonly counted?: Moment;
}

/** What the collection shows. */
export interface Holdings {
  readonly byId: ReadonlyMap<StixId, Holding>;
  /** DISARM's tactics, techniques and matrices by key, the first seen first. */
  readonly framework: ReadonlyMap<string, readonly Holding[]>;
  /** DISARM's relationships between them, the first seen first. */
  readonly relationships: readonly Holding[];
  readonly markings: readonly Holding[];
  /** The latest time in what of it is DISARM's, but for versions that are dated ahead of the clock. */
  readonly latest?: Moment;
  /** What of it is DISARM's and has a version that is dated ahead of the clock. */
  readonly ahead: readonly Holding[];
}

/**
 * Sorts what a collection shows by what an import has to know.
 * @param texts all versions, in the order in which they came
 * @param horizon the version key after which a version is dated ahead of the clock: one such version would make every
 * release an older one, for ever
 */
export function readHoldings(texts: readonly string[], horizon: string): Holdings {
  const byId = new Map<StixId, Holding>();
  for (const text of texts) {
    const version = toCheckedObject(parseObjectText(text), '2.1');
    if (version) byId.set(version.id, addVersion(byId.get(version.id), version, horizon));
  }
  const framework = new Map<string, Holding[]>();
  const keys = new Map<StixId, string>();
  for (const holding of byId.values()) {
    const key = frameworkKeyOf(holding.object);
    if (key === undefined) continue;
    keys.set(holding.id, key);
    append(framework, key, holding);
  }
  const relationships = findRelationships(byId, keys);
  const publisher = byId.get(DISARM_IDENTITY);
  const theirs = [
    ...[...framework.values()].flat(),
    ...relationships,
    ...(publisher && !isByAnother(publisher.object) ? [publisher] : []),
  ];
  const latest = latestOf(theirs.flatMap(({ counted }) => counted ?? []));
  return {
    byId,
    framework,
    relationships,
    markings: [...byId.values()].filter(({ type }) => type === 'marking-definition'),
    ...(latest ? { latest } : {}),
    ahead: theirs.filter(({ versionKey }) => versionKey > horizon),
  };
}

function addVersion(holding: Holding | undefined, next: CheckedObject, horizon: string): Holding {
  const latest = !holding || next.versionKey > holding.versionKey ? next : holding;
  const counted = latestOf([holding?.counted ?? [], next.versionKey > horizon ? [] : next].flat());
  return {
    ...latest,
    // A plain upload of two releases leaves two `created` under one id; the first stays.
    created: holding?.created ?? textOf(next.object, 'created'),
    isRevoked: latest.object['revoked'] === true,
    ...(counted ? { counted } : {}),
  };
}

/** Adds to the list under a key. */
export function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}

/** How often a relationship may have come back without the marking that says whose it is. */
const MAX_TURNS = 50;

/** The name that the id of a relationship is derived from. */
export function relationshipName(source: string, type: string, target: string): string {
  return `${source} ${type} ${target}`;
}

/** What identifies a relationship among those that are held: the objects that it is between, and its type. */
export function endsOf(object: JsonObject): string {
  return [
    textOf(object, 'source_ref'),
    textOf(object, 'relationship_type'),
    textOf(object, 'target_ref'),
  ].join(' ');
}

/**
 * Relationships between objects of DISARM may also be an analyst's: its own have its marking, or an id of ours, and no
 * other creator.
 */
function findRelationships(
  byId: ReadonlyMap<StixId, Holding>,
  keys: ReadonlyMap<StixId, string>,
): readonly Holding[] {
  const named = new Map<string, Holding[]>();
  for (const holding of byId.values()) {
    if (holding.type !== 'relationship') continue;
    const source = keys.get(textOf(holding.object, 'source_ref'));
    const target = keys.get(textOf(holding.object, 'target_ref'));
    if (source === undefined || target === undefined) continue;
    const name = relationshipName(source, textOf(holding.object, 'relationship_type'), target);
    append(named, name, holding);
  }
  return [...named].flatMap(([name, holdings]) =>
    holdings.filter(
      ({ id, type, object }) =>
        isByDisarm(object) ||
        (!isByAnother(object) && isDerivedId(id, type, name, Math.min(holdings.length, MAX_TURNS))),
    ),
  );
}
