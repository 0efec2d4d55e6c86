import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account, Action } from '../../../server/disarm/account.ts';
import { externalIdOf, textOf } from '../../../server/disarm/framework.ts';
import { planImport, type ImportPlan } from '../../../server/disarm/plan.ts';
import { findPackageRoot } from '../../../server/config/package-root.ts';
import type { Check } from '../../../server/disarm/release.ts';
import { checkObject } from '../../../server/stix/check-object.ts';
import { readStixSchemas } from '../../../server/stix/validation/schema-files.ts';
import { createValidator } from '../../../server/stix/validation/validator.ts';
import type { JsonObject, JsonValue } from '../../../server/domain/held.ts';
import { MICROS_PER_MILLI } from '../../../server/domain/timestamp.ts';
import { isJsonObject } from '../../../server/stix/json.ts';
import { readEnvelope, type RawObject } from '../../../server/stix/read-objects.ts';

const FIXTURES = join(import.meta.dirname, '..', '..', 'fixtures', 'disarm');

/** The objects of a bundle. */
function readBundle(path: string): readonly RawObject[] {
  return readEnvelope(readFileSync(path), { maxDepth: 100 });
}

const validator = createValidator(readStixSchemas(findPackageRoot()));
/** What the server has objects checked by. */
export const check: Check = (value) => checkObject((object) => validator.check(object), value, ['2.1']);

const NOW = Date.UTC(2027, 0, 1) * MICROS_PER_MILLI;

/** An invented framework in the form of DISARM: 2 tactics, 4 techniques, 2 relationships, 11 objects in all. */
export const RELEASE: readonly JsonObject[] = readBundle(join(FIXTURES, 'release.json')).map(({ value }) => {
  assert.ok(isJsonObject(value));
  return value;
});

/** What planning works with, from objects that a test made. */
function toRaw(objects: readonly JsonValue[]): readonly RawObject[] {
  return readEnvelope(Buffer.from(JSON.stringify({ objects })), { maxDepth: 100 });
}

/** Plans an import long after the releases were built. */
export function planFor(objects: readonly JsonValue[], held: readonly string[]): ImportPlan {
  return planImport(toRaw(objects), held, { check, now: NOW });
}

/** The same content as another build has it: all times and all ids of relationships are others. */
export function rebuild(objects: readonly JsonObject[], day: string): readonly JsonObject[] {
  return objects.map((object) => {
    const times = Object.fromEntries(
      ['created', 'modified'].flatMap((name) => {
        const time = object[name];
        return typeof time === 'string' ? [[name, `${day}${time.slice(10)}`]] : [];
      }),
    );
    const id = textOf(object, 'id');
    const isRelationship = object['type'] === 'relationship';
    return { ...object, ...times, ...(isRelationship ? { id: toOtherId(id, day) } : {}) };
  });
}

/** Another id of the same type. */
export function toOtherId(id: string, seed: string): string {
  return id.slice(0, -12) + Buffer.from(seed.slice(-6)).toString('hex');
}

/** The object with an external id. */
export function find(objects: readonly JsonObject[], externalId: string): JsonObject {
  const found = objects.find((object) => externalIdOf(object) === externalId);
  assert.ok(found, `no ${externalId}`);
  return found;
}

/** The same objects, one of them with other members; a member set to undefined goes. */
export function change(
  objects: readonly JsonObject[],
  externalId: string,
  members: Readonly<Record<string, JsonValue | undefined>>,
): readonly JsonObject[] {
  const wanted = find(objects, externalId);
  return objects.map((object): JsonObject => {
    if (object !== wanted) return object;
    const kept = Object.entries({ ...object, ...members }).filter(([, value]) => value !== undefined);
    return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as JsonObject;
  });
}

/** The objects without one of them, and without the relationships that name it. */
export function drop(objects: readonly JsonObject[], externalId: string): readonly JsonObject[] {
  const { id } = find(objects, externalId);
  return objects.filter(
    (object) => object['id'] !== id && object['source_ref'] !== id && object['target_ref'] !== id,
  );
}

/** A collection that releases are imported into, one after the other. */
export interface Shelf {
  /** Texts in the order in which they were posted. */
  readonly texts: readonly string[];
  /** Plans a release and posts it, objection or not. */
  import(objects: readonly JsonObject[]): ImportPlan;
  /** Posts objects as they are. */
  post(objects: readonly JsonObject[]): void;
  /** The latest version of an object. */
  latest(id: string): JsonObject;
}

export function createShelf(): Shelf {
  const texts: string[] = [];
  const post = (objects: readonly JsonObject[]): void => {
    texts.push(...objects.map((object) => JSON.stringify(object)));
  };
  return {
    texts,
    post,
    import(objects) {
      const plan = planFor(objects, texts);
      post(plan.posts);
      return plan;
    },
    latest(id) {
      const found = texts.map((text) => JSON.parse(text) as JsonObject).findLast((each) => each['id'] === id);
      assert.ok(found, `no ${id}`);
      return found;
    },
  };
}

/** What a plan does, as external ids (or types) under each action; what is unchanged is counted. */
export function summarise(plan: ImportPlan): Readonly<Partial<Record<Action, unknown>>> {
  const named = (wanted: Action): readonly string[] =>
    plan.accounts
      .filter(({ action }) => action === wanted)
      .map(nameOf)
      .sort();
  const lists = (['added', 'changed', 'skipped', 'revoked'] as const)
    .map((action) => [action, named(action)] as const)
    .filter(([, names]) => names.length > 0);
  return { ...Object.fromEntries(lists), unchanged: named('unchanged').length };
}

function nameOf({ object }: Account): string {
  return externalIdOf(object) ?? textOf(object, 'type');
}
