import { readFacts } from '../stix/facts.ts';
import type { RawObject } from '../stix/read-objects.ts';
import { checkShape, isFaulty } from '../stix/shape.ts';
import type { Store } from '../storage/port.ts';
import { AppError } from './errors.ts';
import { HUB, type HeldVersion } from './held.ts';
import type { Handle, StixId } from './ids.ts';
import { formatTick, type Tick } from './timestamp.ts';

/** The identity that the deployment's own notes are by, as an object. */
export function makeHubIdentity(id: StixId, name: string, now: Tick): RawObject {
  // Whole milliseconds are what other tools write.
  const time = `${formatTick(now).slice(0, 23)}Z`;
  const value = {
    type: 'identity',
    spec_version: '2.1',
    id,
    created: time,
    modified: time,
    name,
    identity_class: 'organization',
  };
  return { text: JSON.stringify(value), value, faults: [] };
}

/** The ids of built-in objects. */
export function idsOfBuiltIn(objects: readonly RawObject[]): ReadonlySet<StixId> {
  return new Set(objects.map((raw) => shapeOf(raw).id));
}

function shapeOf(raw: RawObject): Exclude<ReturnType<typeof checkShape>, readonly unknown[]> {
  const shaped = checkShape(raw.value);
  if (isFaulty(shaped))
    throw new AppError('internal', { cause: new Error(`built-in object: ${JSON.stringify(shaped)}`) });
  return shaped;
}

/** Holds the built-in objects that are not held yet, as the hub's; they are shown where something names them. */
export async function ensureBuiltIn(store: Store, objects: readonly RawObject[]): Promise<void> {
  await store.write(async (section) => {
    const shapes = objects.map((raw) => ({ raw, shaped: shapeOf(raw) }));
    const held = await section.heldObjects(shapes.map(({ shaped }) => shaped.id));
    const missing = shapes.filter(({ shaped }) => !held.has(shaped.id));
    if (missing.length === 0) return { result: undefined };
    const first = section.reserveHandles(missing.length);
    const versions = missing.map(({ raw, shaped }, index) =>
      toVersion(raw.text, shaped, first + index, section.now),
    );
    return {
      result: undefined,
      changes: { objects: versions.map(({ id }) => ({ id, owner: HUB })), versions },
    };
  });
}

function toVersion(text: string, shaped: ReturnType<typeof shapeOf>, handle: Handle, now: Tick): HeldVersion {
  const { id, version, versionKey, object, type } = shaped;
  return {
    handle,
    id,
    version,
    versionKey,
    sender: HUB,
    rank: now,
    acceptedAt: now,
    defaults: { tlp: 'clear', audiences: ['federal', 'state', 'private'], consent: 'everyone' },
    facts: readFacts(object, type),
    text,
    toIntake: true,
    postedTo: [],
    deletedFrom: [],
  };
}
