import { readFacts } from '../stix/facts.ts';
import type { RawObject } from '../stix/read-objects.ts';
import { toCheckedObject, type CheckedObject } from '../stix/check-object.ts';
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
  return new Set(objects.map((raw) => requireChecked(raw).id));
}

/** What is built in was checked when it was made, by the tests. */
function requireChecked({ value }: RawObject): CheckedObject {
  const checked = toCheckedObject(value, '2.1');
  if (!checked) throw new AppError('internal', { cause: new Error('a built-in object cannot be read') });
  return checked;
}

/** Holds the built-in objects that are not held yet, as the hub's; they are shown where something names them. */
export async function ensureBuiltIn(store: Store, objects: readonly RawObject[]): Promise<void> {
  await store.write(async (section) => {
    const checked = objects.map((raw) => ({ raw, sent: requireChecked(raw) }));
    const held = await section.heldObjects(checked.map(({ sent }) => sent.id));
    const missing = checked.filter(({ sent }) => !held.has(sent.id));
    if (missing.length === 0) return { result: undefined };
    const first = section.reserveHandles(missing.length);
    const versions = missing.map(({ raw, sent }, index) =>
      toVersion(raw.text, sent, first + index, section.now),
    );
    return {
      result: undefined,
      changes: { objects: versions.map(({ id }) => ({ id, owner: HUB })), versions },
    };
  });
}

function toVersion(text: string, sent: CheckedObject, handle: Handle, now: Tick): HeldVersion {
  const { id, version, versionKey, object, type } = sent;
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
