import { AppError } from '../domain/errors.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isJsonObject } from '../stix/json.ts';
import { isFaulty, type CheckedObject } from '../stix/check-object.ts';
import type { RawObject } from '../stix/read-objects.ts';

import type { Findings } from '../stix/validation/faults.ts';
import type { Account } from './account.ts';
import {
  DISARM_IDENTITY,
  DISARM_MARKING,
  FRAMEWORK_TYPES,
  frameworkKeyOf,
  isByAnother,
  isByDisarm,
  textOf,
} from './framework.ts';
import { markingsOn } from './markings-on.ts';

/** A moment as it was written, with the key that orders it. */
export interface Moment {
  readonly version: string;
  readonly versionKey: string;
}

/** An object of the file that can be imported. */
export interface Member extends CheckedObject {
  /** Its type and external id; of an identity or a marking its id, which never changes. */
  readonly key: string;
}

/** Whether an object is valid STIX 2.1, and what is wrong with it. */
export type Check = (value: JsonValue) => CheckedObject | Findings;

/** What a file holds. */
export interface Release {
  /** That of the DISARM Foundation, or none. */
  readonly identities: readonly Member[];
  /** The licence, and what else the objects here are marked with. */
  readonly markings: readonly Member[];
  /** Tactics, techniques, the matrix: what has an external id. */
  readonly framework: readonly Member[];
  readonly relationships: readonly CheckedObject[];
  /** All of them, also those that cannot be imported: none of these has vanished. */
  readonly namedRelationships: readonly JsonObject[];
  readonly skipped: readonly Account[];
  /** By id in the file: what the file holds, also when it cannot be imported. Nothing here has vanished. */
  readonly present: ReadonlyMap<StixId, string>;
  /** When it was built: the latest time in it. */
  readonly builtAt: Moment;
}

/**
 * Reads the objects of a DISARM bundle.
 * @param check what is not valid is left out; it is said why
 * @throws AppError `input.invalid` when they are not DISARM's
 */
export function readRelease(objects: readonly RawObject[], check: Check): Release {
  const skipped: Account[] = [];
  const present = new Map<StixId, string>();
  const members: Member[] = [];
  const relationships: CheckedObject[] = [];
  const namedRelationships: JsonObject[] = [];
  requireDisarm(objects);
  for (const raw of objects) {
    const { value } = raw;
    if (!isJsonObject(value)) {
      skipped.push(toSkipped({}, 'it is not a JSON object'));
      continue;
    }
    const key = keyOf(value);
    if (key !== undefined) present.set(textOf(value, 'id'), key);
    const isTheirRelationship = textOf(value, 'type') === 'relationship' && !isByAnother(value);
    if (isTheirRelationship) namedRelationships.push(value);
    const checked = readObject(raw, check);
    if (typeof checked === 'string') skipped.push(toSkipped(value, checked));
    else if (isTheirRelationship) relationships.push(checked);
    else if (key === undefined) skipped.push(toSkipped(value, whyWithoutKey(value)));
    else members.push({ ...checked, key });
  }
  const kept = dropDoubles(members, skipped, present);
  const framework = kept.filter(({ type }) => !FIXED_TYPES.has(type));
  const identities = kept.filter(({ type }) => type === 'identity');
  const builtAt = latestOf([...framework, ...relationships, ...identities]);
  if (framework.length === 0 || !builtAt) {
    throw notDisarm('it holds no technique, tactic or matrix of DISARM that can be read');
  }
  const needed = new Set([DISARM_MARKING, ...markingsOn([...framework, ...relationships, ...identities])]);
  const markings: Member[] = [];
  for (const member of kept.filter(({ type }) => type === 'marking-definition')) {
    if (needed.has(member.id)) markings.push(member);
    else skipped.push(toSkipped(member.object, 'it marks nothing of DISARM in the file'));
  }
  return {
    identities,
    markings,
    framework,
    relationships,
    namedRelationships,
    skipped,
    present,
    builtAt,
  };
}

const MAX_FAULTS = 5;
const MAX_PATH_LENGTH = 300;

/** Their ids are the same in every release. */
const FIXED_TYPES: ReadonlySet<string> = new Set(['identity', 'marking-definition']);

function keyOf(object: JsonObject): string | undefined {
  const type = textOf(object, 'type');
  if (!FIXED_TYPES.has(type)) return frameworkKeyOf(object);
  return isForeign(object) ? undefined : `${type} ${textOf(object, 'id')}`;
}

/** Whether an identity or a marking cannot be meant by DISARM: a file that holds it must not speak for others. */
function isForeign(object: JsonObject): boolean {
  const id = textOf(object, 'id');
  if (textOf(object, 'type') === 'identity') return id !== DISARM_IDENTITY || isByAnother(object);
  if (id !== DISARM_MARKING) return false;
  return isByAnother(object) || textOf(object, 'definition_type') !== 'statement';
}

function requireDisarm(objects: readonly RawObject[]): void {
  const isNamed = objects.some(({ value }) => {
    const id = isJsonObject(value) ? textOf(value, 'id') : '';
    return id === DISARM_IDENTITY || id === DISARM_MARKING;
  });
  if (!isNamed) throw notDisarm('it holds neither the identity nor the licence of the DISARM Foundation');
}

function notDisarm(reason: string): AppError {
  return new AppError('input.invalid', {
    detail: `This is no release of DISARM: ${reason}. Other STIX goes in with: pollwatch upload`,
  });
}

/** An object that can be imported, or why it cannot. */
function readObject({ value, faults }: RawObject, check: Check): CheckedObject | string {
  if (faults.length > 0) return describeFaults({ faults, count: faults.length });
  const checked = check(value);
  return isFaulty(checked) ? describeFaults(checked) : checked;
}

function describeFaults({ faults, count }: Findings): string {
  const told = faults
    .slice(0, MAX_FAULTS)
    .map(({ path, message }) => (path === '' ? message : `${path.slice(0, MAX_PATH_LENGTH)}: ${message}`));
  if (count > told.length) told.push(`${count} faults in all`);
  return told.join('; ');
}

function whyWithoutKey(object: JsonObject): string {
  const type = textOf(object, 'type');
  if (type === 'identity') return 'it is not the identity of the DISARM Foundation';
  if (type === 'marking-definition') return 'it is not the licence of DISARM, which is a statement by DISARM';
  if (type === 'relationship') return NOT_BY_DISARM;
  if (!FRAMEWORK_TYPES.some((each) => each === type)) return `DISARM has no objects of the type "${type}"`;
  return isByDisarm(object)
    ? 'it has no external_id, by which DISARM is followed from release to release'
    : NOT_BY_DISARM;
}

const NOT_BY_DISARM = 'it is not by DISARM';

/** Keeps of each object its latest version, and of each external id the first object. */
function dropDoubles(
  members: readonly Member[],
  skipped: Account[],
  present: Map<StixId, string>,
): readonly Member[] {
  const byId = new Map<StixId, Member>();
  for (const member of members) {
    const other = byId.get(member.id);
    const isLater = !other || member.versionKey > other.versionKey;
    if (isLater) byId.set(member.id, member);
    const dropped = isLater ? other : member;
    if (dropped)
      skipped.push(toSkipped(dropped.object, 'the file holds a later version of it, or holds it twice'));
  }
  const byKey = new Map<string, Member>();
  for (const member of byId.values()) {
    const other = byKey.get(member.key);
    if (!other) byKey.set(member.key, member);
    else {
      // What refers to it means neither this object nor the other for certain.
      present.delete(member.id);
      skipped.push(toSkipped(member.object, `${other.id} comes first in the file with the same external_id`));
    }
  }
  return [...byKey.values()];
}

/** The latest of some moments. */
export function latestOf(moments: readonly Moment[]): Moment | undefined {
  let latest: Moment | undefined;
  for (const moment of moments) if (!latest || moment.versionKey > latest.versionKey) latest = moment;
  return latest;
}

/** The account of an object of the file that is left out. */
export function toSkipped(object: JsonObject, reason: string): Account {
  return { action: 'skipped', object, fileId: textOf(object, 'id'), id: textOf(object, 'id'), reason };
}
