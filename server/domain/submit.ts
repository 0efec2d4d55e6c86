import { createHash } from 'node:crypto';
import type { DecisionContext } from '../release/loader.ts';
import { readEnvelope, type RawObject, type ReadLimits } from '../stix/read-objects.ts';
import type { Validator } from '../stix/validation/validator.ts';
import type { Store, WriteSection } from '../storage/port.ts';
import type { Sending } from './acceptance.ts';
import { toArrival } from './arrival.ts';
import { canRead, type SignedIn, type WritableCollection } from './access.ts';
import { carryOutPosting, carryOutRelease, type Carried } from './carry-out.ts';
import { checkAll, toFailure, type Checked } from './check-all.ts';
import { isAsPosted, type Collection, type MarkingDefaults } from './collection.ts';
import { readContext, readSender, type ContextOptions } from './decision-context.ts';
import { deletePosted, deleteReleased, type DeletionFilter } from './deletion.ts';
import { AppError } from './errors.ts';
import { parseFeedUser } from './feed.ts';
import type { Handle, Ids, StixId } from './ids.ts';
import { readSaved, toSavedOutcomes } from './saved-objects.ts';
import type { ObjectOutcome, Submission, SubmissionDefaults, SubmissionIntent } from './submission.ts';
import type { Tick } from './timestamp.ts';

export interface SubmitOptions extends ContextOptions {
  readonly store: Store;
  readonly ids: Ids;
  readonly limits: ReadLimits;
  readonly validator: Validator;
  /** Ids that are built in and do not change. */
  readonly fixedIds: ReadonlySet<StixId>;
}

/** What a submission says besides its objects. */
export interface SubmissionTerms {
  readonly defaults: SubmissionDefaults;
  readonly notBefore?: Tick;
}

export interface SubmissionService {
  /**
   * Saves the upload, then accepts and decides it. What was saved is carried out even when the process dies.
   * @returns the submission, still `received` when the store was too busy to carry it out at once
   * @throws AppError of the kind `body.*` when nothing in it can be laid to one object, `storage.unavailable`
   */
  submit(
    sender: SignedIn,
    collection: WritableCollection,
    body: Uint8Array,
    terms: SubmissionTerms,
  ): Promise<Submission>;
  /** What a submission would come to; nothing is stored. */
  preview(
    sender: SignedIn,
    collection: WritableCollection,
    objects: readonly RawObject[],
    terms: SubmissionTerms,
  ): Promise<readonly ObjectOutcome[]>;
  /** Carries out what was saved but not carried out, oldest first. @returns how many submissions */
  resume(): Promise<number>;
  /** @throws AppError `object.not-found`, `access.denied` */
  remove(sender: SignedIn, collection: WritableCollection, id: StixId, filter: DeletionFilter): Promise<void>;
}

/** What an upload without terms says. */
export const NO_TERMS: SubmissionTerms = { defaults: {} };

const RESUME_BATCH = 100;
/** What fails so often through a fault of ours ends as a failure, and no longer stands in the way of others. */
const MAX_ATTEMPTS = 5;

/** The way in: uploads, previews and deletions. */
export function createSubmissionService(options: SubmitOptions): SubmissionService {
  const { store, clock, ids, limits, validator } = options;
  const attempts = new Map<string, number>();

  async function carryOut(intent: SubmissionIntent, objects: readonly RawObject[]): Promise<Submission> {
    // Before anybody else has to wait for it.
    const target = findCollection({ collections: await store.readPolicies() }, intent);
    const checked = refuseUnholdable(store, await checkAll(validator, target, objects));
    await rememberPosted(store, target, intent, checked);
    const carried = await store.write(async (section) => {
      // Another process, or the chore that resumes, may have been quicker.
      if (!(await section.isOpenIntent(intent.id))) return { result: undefined };
      // Policies and rights as they are now that nobody else writes.
      const context = await readContext(options);
      const sender = await readSender(store, intent);
      const collection = findCollection(context, intent);
      let handle = section.reserveHandles(objects.length);
      const sending = toSending(context, sender, collection, intent, section.now, () => handle++);
      const { outcomes, changes } = await carry(section, context, sending, checked);
      const state = outcomes.some(({ result }) => result === 'pending') ? 'open' : 'complete';
      const submission = { id: intent.id, state, outcomes } as const;
      return { result: submission, changes: { ...changes, submission } };
    });
    return carried ? { ...headOf(intent), ...carried } : requireSubmission(intent.id);
  }

  async function requireSubmission(id: string): Promise<Submission> {
    const submission = await store.findSubmission(id);
    if (!submission) throw new AppError('status.not-found');
    return submission;
  }

  /** Carries out one saved upload, or gives it up when that cannot end well. */
  async function resumeOne(id: string): Promise<void> {
    const intent = await store.findIntent(id);
    if (!intent) return;
    let objects: readonly RawObject[] = [];
    try {
      objects = readSaved(intent);
      await carryOut(intent, objects);
      attempts.delete(id);
    } catch (error) {
      const tried = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, tried);
      if (isFinal(error)) await giveUp(intent, objects, error.detail ?? error.code);
      else if (!isPassing(error) && tried >= MAX_ATTEMPTS) await giveUp(intent, objects, 'an internal fault');
      else throw error;
    }
  }

  /** What can never be carried out (its user was disabled, its collection is gone) ends as failures. */
  async function giveUp(
    intent: SubmissionIntent,
    objects: readonly RawObject[],
    reason: string,
  ): Promise<void> {
    const message = `it could not be carried out: ${reason}`;
    const outcomes = objects.map((raw): ObjectOutcome => toFailure(raw, message));
    await store.write(async (section) => {
      if (!(await section.isOpenIntent(intent.id))) return { result: undefined };
      const submission = { id: intent.id, state: 'complete', outcomes } as const;
      return { result: undefined, changes: { submission } };
    });
    attempts.delete(intent.id);
  }

  function toSending(
    context: DecisionContext,
    sender: SignedIn,
    collection: Collection,
    terms: SubmissionTerms,
    rank: Tick,
    nextHandle: () => Handle,
  ): Sending {
    const readable = context.collections.filter((each) => canRead(sender, each)).map(({ id }) => id);
    return {
      sender,
      collection,
      defaults: { ...intakeDefaults(context.collections), ...terms.defaults },
      ...(terms.notBefore === undefined ? {} : { notBefore: terms.notBefore }),
      rank,
      acceptedAt: context.now,
      organisations: context.organisations,
      hubIdentity: options.hubIdentity,
      fixedIds: options.fixedIds,
      mayReadOne: (collections) => collections.some((id) => readable.includes(id)),
      nextHandle,
    };
  }

  return {
    async submit(sender, collection, body, terms) {
      // What is wrong with the whole is said before anything is saved.
      const objects = readEnvelope(body, limits);
      const intent: SubmissionIntent = {
        id: ids.uuid(),
        user: sender.user,
        org: sender.org,
        collection: collection.id,
        receivedAt: clock.now(),
        sha256: createHash('sha256').update(body).digest('hex'),
        ...terms,
        body,
      };
      await store.saveIntent(intent);
      try {
        return await carryOut(intent, objects);
      } catch (error) {
        if (!isPassing(error)) throw error;
        return { ...headOf(intent), state: 'received', outcomes: toSavedOutcomes(objects) };
      }
    },
    async preview(sender, collection, objects, terms) {
      const context = await readContext(options);
      const checked = refuseUnholdable(store, await checkAll(validator, collection, objects));
      return store.view(async (section) => {
        // Above every handle in use, so that ranks fall as they would.
        let handle = Number.MAX_SAFE_INTEGER - objects.length;
        const sending = toSending(context, sender, collection, terms, section.now, () => handle++);
        return (await carry(section, context, sending, checked)).outcomes;
      });
    },
    async resume() {
      const open = await store.openIntents(RESUME_BATCH);
      const faults: unknown[] = [];
      for (const id of open) {
        try {
          await resumeOne(id);
        } catch (error) {
          faults.push(error);
        }
      }
      // One that fails does not hold up the others; the first fault is reported.
      if (faults.length > 0) throw faults[0];
      return open.length;
    },
    async remove(sender, collection, id, filter) {
      await store.write(async (section) => {
        const context = await readContext(options);
        const changes = isAsPosted(collection)
          ? await deletePosted(section, context, collection, id, filter)
          : await deleteReleased(section, context, collection, sender, id, filter);
        return { result: undefined, changes };
      });
    },
  };
}

/**
 * A plain collection does not keep who posted: what a partner's user posts there, a feed must not push back to it.
 * Remembered before it is published, as a push may read it at once.
 */
async function rememberPosted(
  store: Store,
  target: Collection,
  { user, org }: SubmissionIntent,
  checked: readonly Checked[],
): Promise<void> {
  // What a feed brings was remembered before it was submitted.
  if (!isAsPosted(target) || parseFeedUser(user) !== undefined) return;
  const feeds = await store.listFeeds();
  if (!feeds.some((feed) => feed.direction === 'push' && feed.from === target.id && feed.org === org)) return;
  const arrivals = checked.flatMap(({ sent }) =>
    sent ? [toArrival(sent.id, sent.versionKey, () => sent.object)] : [],
  );
  await store.saveArrivals(org, arrivals);
}

/** Fails the objects that the store cannot hold, whatever the rules say. */
function refuseUnholdable(
  store: Pick<Store, 'objectFault'>,
  checked: readonly Checked[],
): readonly Checked[] {
  return checked.map((one): Checked => {
    const fault = one.sent && store.objectFault(one.sent.object, one.raw.text);
    return fault === undefined ? one : { raw: one.raw, failure: toFailure(one.raw, fault) };
  });
}

function carry(
  section: Omit<WriteSection, 'reserveHandles'>,
  context: DecisionContext,
  sending: Sending,
  checked: readonly Checked[],
): Promise<Carried> {
  if (isAsPosted(sending.collection)) return carryOutPosting(section, context, sending.collection, checked);
  return carryOutRelease(section, context, sending, checked);
}

/** Whether an error goes by itself: what was saved is then carried out later. */
function isPassing(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'storage.unavailable' || error.code === 'server.busy');
}

/** Whether trying again would end the same. */
function isFinal(error: unknown): error is AppError {
  return (
    error instanceof AppError && (error.code === 'input.invalid' || error.code === 'collection.not-found')
  );
}

function headOf({ body, ...head }: SubmissionIntent): Omit<Submission, 'state' | 'outcomes'> {
  return { ...head, bytes: body.byteLength };
}

function findCollection(
  { collections }: Pick<DecisionContext, 'collections'>,
  { collection }: SubmissionIntent,
): Collection {
  const found = collections.find(({ id }) => id === collection);
  if (!found) throw new AppError('collection.not-found');
  return found;
}

const STRICTEST: MarkingDefaults = { tlp: 'red', audiences: [], consent: 'none' };

/** What the intake collection's file says for objects that say nothing. */
function intakeDefaults(collections: readonly Collection[]): MarkingDefaults {
  for (const { release } of collections) if (release.policy === 'intake') return release.defaults;
  return STRICTEST;
}
