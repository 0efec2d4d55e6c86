import { setImmediate } from 'node:timers/promises';
import { countsForOthers, type DecisionContext } from '../release/loader.ts';
import { redecide } from '../release/redecide.ts';
import type { RawObject } from '../stix/read-objects.ts';
import { checkShape, isFaulty, type ShapedObject } from '../stix/shape.ts';
import type { Changes, ObjectRecord, Publication, WriteSection } from '../storage/port.ts';
import { acceptObject, type Acceptance, type Sending } from './acceptance.ts';
import { postObject } from './as-posted.ts';
import type { Collection } from './collection.ts';
import type { HeldObject, HeldVersion, JsonValue } from './held.ts';
import type { StixId } from './ids.ts';
import { outcomeOf, REPLACED } from './outcome.ts';
import type { ObjectOutcome } from './submission.ts';
import { FIXED_VERSION } from './timestamp.ts';

/** What a submission comes to, and what has to be written for it. */
export interface Carried {
  readonly outcomes: readonly ObjectOutcome[];
  readonly changes: Changes;
}

type Reads = Omit<WriteSection, 'reserveHandles'>;

/** A raw object as the rules see it: its shape, or the outcome when it has none. */
interface Checked {
  readonly raw: RawObject;
  readonly shaped?: ShapedObject;
  readonly failure?: ObjectOutcome;
}

const MAX_MESSAGE_FAULTS = 20;
const SLICE = 500;
/** A path may be nearly as long as the object, and each of its faults has one. */
const MAX_PATH_LENGTH = 300;
const MAX_TEXT_LENGTH = 300;

/** Accepts all objects of a submission to a released or intake collection together, then decides once. */
export async function carryOutRelease(
  section: Reads,
  context: DecisionContext,
  sending: Sending,
  objects: readonly RawObject[],
): Promise<Carried> {
  const checked = await checkAll(objects);
  const overlay = new Map(await section.heldObjects(idsOf(checked)));
  const touched = new Map<StixId, HeldObject>();
  const versions = new Map<number, HeldVersion>();
  const dropped: HeldVersion[] = [];
  const fresh: HeldVersion[] = [];
  const acceptances: (Acceptance | undefined)[] = [];
  for (const { raw, shaped } of checked) {
    if (acceptances.length % SLICE === SLICE - 1) await setImmediate();
    const acceptance = shaped && acceptObject(sending, shaped, raw.text, overlay.get(shaped.id));
    acceptances.push(acceptance);
    if (acceptance?.kind !== 'accepted' && acceptance?.kind !== 'present') continue;
    const { object, version } = acceptance;
    overlay.set(object.id, object);
    touched.set(object.id, object);
    versions.set(version.handle, version);
    if (acceptance.kind === 'present') continue;
    fresh.push(version);
    if (!acceptance.dropped) continue;
    dropped.push(acceptance.dropped);
    versions.delete(acceptance.dropped.handle);
  }
  const { judgements, ...decided } = await redecide(section, context, {
    objects: touched,
    fresh: fresh,
    dropped,
  });
  const outcomes = checked.map((each, index): ObjectOutcome => {
    const acceptance = acceptances[index];
    if (each.failure || !each.shaped || !acceptance)
      return each.failure ?? toFailure(each.raw, 'cannot be read');
    const { id, version } = each.shaped;
    if (acceptance.kind === 'failed') return { id, version, result: 'failure', message: acceptance.message };
    if (acceptance.kind === 'known') return { id, version, result: 'success', message: 'already held' };
    const note = acceptance.kind === 'present' ? acceptance.note : undefined;
    if (dropped.some(({ handle }) => handle === acceptance.version.handle)) {
      return { id, version, result: 'success', message: REPLACED };
    }
    return outcomeOf(context.collections, judgements, acceptance.version, note);
  });
  const records = [...touched.values()].filter(isNewlyOwned).map(toRecord);
  const drop = dropped.map(({ handle }) => handle);
  return {
    outcomes,
    changes: { objects: records, versions: [...versions.values()], dropVersions: drop, ...decided },
  };
}

/** A first version brings the record of its owner with it. */
function isNewlyOwned(object: HeldObject): boolean {
  return object.owner !== undefined && object.states.size === 0;
}

function toRecord({ id, owner, recall }: HeldObject): ObjectRecord {
  return { id, ...(owner === undefined ? {} : { owner }), ...(recall === undefined ? {} : { recall }) };
}

/** Posts all objects of a submission to an as-posted collection; what refers to them is decided again. */
export async function carryOutPosting(
  section: Reads,
  context: DecisionContext,
  collection: Collection,
  objects: readonly RawObject[],
): Promise<Carried> {
  const checked = await checkAll(objects);
  const entries = new Map<StixId, readonly Publication[]>();
  const publish: Publication[] = [];
  const outcomes: ObjectOutcome[] = [];
  for (const { raw, shaped, failure } of checked) {
    if (!shaped) {
      outcomes.push(failure ?? toFailure(raw, 'cannot be read'));
      continue;
    }
    const { id, version, versionKey } = shaped;
    const present = entries.get(id) ?? (await section.entriesOf(collection.id, id));
    const posting = postObject(collection, shaped, raw.text, present);
    if (posting.kind === 'published') {
      publish.push(posting.publication);
      entries.set(id, [...present.filter((entry) => entry.versionKey !== versionKey), posting.publication]);
    }
    if (posting.kind === 'failed')
      outcomes.push({ id, version, result: 'failure', message: posting.message });
    else if (posting.kind === 'present')
      outcomes.push({ id, version, result: 'success', message: 'already held' });
    else outcomes.push({ id, version, result: 'success' });
  }
  const ids = [...new Set(publish.map(({ id }) => id))];
  const released = await relist(section, context, collection, ids);
  return { outcomes, changes: { ...released, publish: [...publish, ...(released.publish ?? [])] } };
}

/** Decides again what refers to ids that came into an as-posted collection. */
async function relist(
  section: Reads,
  context: DecisionContext,
  collection: Collection,
  ids: readonly StixId[],
): Promise<Changes> {
  if (!countsForOthers(context.collections, collection) || ids.length === 0) return {};
  const listing = { collection: collection.id, ids, isListed: true };
  const { judgements: _, ...changes } = await redecide(section, context, { objects: new Map(), listing });
  return changes;
}

function idsOf(checked: readonly Checked[]): readonly StixId[] {
  return [...new Set(checked.flatMap(({ shaped }) => shaped?.id ?? []))];
}

/** Between slices of a large submission polls are answered. */
async function checkAll(objects: readonly RawObject[]): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  for (const raw of objects) {
    if (checked.length % SLICE === SLICE - 1) await setImmediate();
    checked.push(checkObject(raw));
  }
  return checked;
}

function checkObject(raw: RawObject): Checked {
  if (raw.faults.length > 0)
    return { raw, failure: toFailure(raw, raw.faults.map(describeFault).join('; ')) };
  const shaped = checkShape(raw.value);
  if (!isFaulty(shaped)) return { raw, shaped };
  return { raw, failure: toFailure(raw, describeFaults(shaped)) };
}

function describeFaults(faults: readonly { readonly path: string; readonly message: string }[]): string {
  const listed = faults.slice(0, MAX_MESSAGE_FAULTS).map(describeFault).join('; ');
  return faults.length > MAX_MESSAGE_FAULTS ? `${listed}; ${faults.length} faults in all` : listed;
}

function describeFault({ path, message }: { readonly path: string; readonly message: string }): string {
  return path === '' ? message : `${cut(path, MAX_PATH_LENGTH)}: ${message}`;
}

/** A failure names the object by what can be read of it. */
export function toFailure(raw: RawObject, message: string): ObjectOutcome {
  return { ...nameOf(raw), result: 'failure', message };
}

/** The id and the version of an object that was not checked, as far as they can be read. */
export function nameOf({ value }: RawObject): Pick<ObjectOutcome, 'id' | 'version'> {
  const version = readText(value, 'modified') ?? readText(value, 'created');
  return { id: readText(value, 'id') ?? 'unknown', version: version ?? FIXED_VERSION };
}

function readText(value: JsonValue, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? cut(found, MAX_TEXT_LENGTH) : undefined;
}

/** At most so many characters, none of them half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.length <= length ? text.toWellFormed() : `${text.slice(0, length)}…`.toWellFormed();
}
