import { setImmediate } from 'node:timers/promises';
import { countsForOthers, type DecisionContext } from '../release/loader.ts';
import { redecide } from '../release/redecide.ts';
import type { Changes, ObjectRecord, Publication, WriteSection } from '../storage/port.ts';
import { acceptObject, type Acceptance, type Sending } from './acceptance.ts';
import { postObject } from './as-posted.ts';
import type { Collection } from './collection.ts';
import { toFailure, type Checked } from './check-all.ts';
import type { HeldObject, HeldVersion } from './held.ts';
import type { StixId } from './ids.ts';
import { outcomeOf, REPLACED } from './outcome.ts';
import type { ObjectOutcome } from './submission.ts';

/** What a submission comes to, and what has to be written for it. */
export interface Carried {
  readonly outcomes: readonly ObjectOutcome[];
  readonly changes: Changes;
}

type Reads = Omit<WriteSection, 'reserveHandles'>;

const SLICE = 500;
/** Accepts all objects of a submission to a released or intake collection together, then decides once. */
export async function carryOutRelease(
  section: Reads,
  context: DecisionContext,
  sending: Sending,
  checked: readonly Checked[],
): Promise<Carried> {
  const overlay = new Map(await section.heldObjects(idsOf(checked)));
  const touched = new Map<StixId, HeldObject>();
  const versions = new Map<number, HeldVersion>();
  const dropped: HeldVersion[] = [];
  const fresh: HeldVersion[] = [];
  const acceptances: (Acceptance | undefined)[] = [];
  for (const { raw, sent } of checked) {
    if (acceptances.length % SLICE === SLICE - 1) await setImmediate();
    const acceptance = sent && acceptObject(sending, sent, raw.text, overlay.get(sent.id));
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
    if (each.failure || !each.sent || !acceptance)
      return each.failure ?? toFailure(each.raw, 'cannot be read');
    const { id, version } = each.sent;
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
  checked: readonly Checked[],
): Promise<Carried> {
  const entries = new Map<StixId, readonly Publication[]>();
  const publish: Publication[] = [];
  const outcomes: ObjectOutcome[] = [];
  for (const { raw, sent, failure } of checked) {
    if (!sent) {
      outcomes.push(failure ?? toFailure(raw, 'cannot be read'));
      continue;
    }
    const { id, version, versionKey } = sent;
    const present = entries.get(id) ?? (await section.entriesOf(collection.id, id));
    const posting = postObject(collection, sent, raw.text, present);
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
  return [...new Set(checked.flatMap(({ sent }) => sent?.id ?? []))];
}
