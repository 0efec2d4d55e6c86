import { createLoadedWorld, releasedCollections } from '../release/loader.ts';
import { judgeCollections, redecide, type Judgements } from '../release/redecide.ts';
import type { Store, WriteSection } from '../storage/port.ts';
import { readContext, type ContextOptions } from './decision-context.ts';
import type { CollectionId, Handle, StixId } from './ids.ts';
import type { Judgement } from '../release/judgement.ts';
import { outcomeOf, REPLACED } from './outcome.ts';
import { readSaved, toSavedOutcomes } from './saved-objects.ts';
import type { ObjectOutcome, Submission } from './submission.ts';

export interface FollowUpOptions extends ContextOptions {
  readonly store: Store;
}

export interface FollowUp {
  /** Decides what has become due: the end of an embargo or of a grace. @returns how many objects were looked at */
  decideDue(): Promise<number>;
  /** Decides everything anew, for when the policies changed. */
  decideAll(): Promise<void>;
  /** Decides anew what an identity made, for when an organisation registered it. */
  decideMadeBy(identity: StixId): Promise<void>;
  /** Brings the outcomes of a submission that was not carried out, or waits for something, up to date. */
  refresh(submission: Submission): Promise<Submission>;
}

const BATCH = 200;
/** The rest comes with the next run, a second later. */
const MAX_DUE = 2000;

/** What happens to objects after they were accepted, without anybody sending anything. */
export function createFollowUp(options: FollowUpOptions): FollowUp {
  const { store, clock } = options;

  /** Decides the chosen objects anew. @returns their ids */
  async function decideAgain(
    choose: (section: Pick<WriteSection, 'dueObjects' | 'heldIds'>) => Promise<readonly StixId[]>,
  ): Promise<readonly StixId[]> {
    return store.write(async (section) => {
      const context = await readContext(options);
      const ids = await choose(section);
      if (ids.length === 0) return { result: ids };
      const objects = await section.heldObjects(ids);
      const { judgements: _, ...changes } = await redecide(section, context, { objects });
      return { result: ids, changes };
    });
  }

  async function judgeNow(
    ids: ReadonlySet<StixId>,
    outcomes: readonly ObjectOutcome[],
  ): Promise<ObjectOutcome[]> {
    const context = await readContext(options);
    return store.view(async (section) => {
      const world = createLoadedWorld(section, context, new Map());
      await world.load(ids);
      const judgements = new Map<CollectionId, ReadonlyMap<Handle, Judgement>>();
      await judgeCollections(world, ids, releasedCollections(context.collections), judgements);
      return outcomes.map((outcome) => judgeOutcome(outcome, judgements));

      function judgeOutcome(outcome: ObjectOutcome, by: Judgements): ObjectOutcome {
        if (outcome.result !== 'pending') return outcome;
        const version = world.find(outcome.id)?.versions.find(({ handle }) => handle === outcome.handle);
        // A later copy of the same organisation has taken its place.
        if (!version) return { ...outcome, result: 'success', message: REPLACED };
        return outcomeOf(context.collections, by, version);
      }
    });
  }

  /** Of what was not carried out yet every object is pending. */
  async function refreshSaved(submission: Submission): Promise<Submission> {
    const intent = await store.findIntent(submission.id);
    if (intent) return { ...submission, outcomes: toSavedOutcomes(readSaved(intent)) };
    // Carried out since it was read.
    return refreshOpen((await store.findSubmission(submission.id)) ?? submission);
  }

  async function refreshOpen(submission: Submission): Promise<Submission> {
    if (submission.state !== 'open') return submission;
    const pending = submission.outcomes.filter(({ result }) => result === 'pending');
    const outcomes = await judgeNow(new Set(pending.map(({ id }) => id)), submission.outcomes);
    const state = outcomes.some(({ result }) => result === 'pending') ? 'open' : 'complete';
    if (state === 'complete') await store.saveOutcomes(submission.id, state, outcomes);
    return { ...submission, state, outcomes };
  }

  return {
    async decideDue() {
      // Looked at without the write lock first: mostly nothing is due.
      const due = await store.view((section) => section.dueObjects(clock.now(), MAX_DUE));
      for (let from = 0; from < due.length; from += BATCH) {
        await decideAgain(async () => due.slice(from, from + BATCH));
      }
      return due.length;
    },
    async decideAll() {
      let after = '';
      for (;;) {
        const from = after;
        const ids = await decideAgain((section) => section.heldIds(from, BATCH));
        if (ids.length === 0) return;
        after = ids.at(-1) ?? after;
      }
    },
    async decideMadeBy(identity) {
      const made = await store.view((section) => section.namersOf([identity], ['creator'], 'any'));
      for (let from = 0; from < made.length; from += BATCH) {
        await decideAgain(async () => made.slice(from, from + BATCH));
      }
    },
    refresh: (submission) =>
      submission.state === 'received' ? refreshSaved(submission) : refreshOpen(submission),
  };
}
