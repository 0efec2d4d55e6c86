import { VALIDATOR } from './stix-validator.ts';
import type { SignedIn } from '../../server/domain/access.ts';
import { requireWrite } from '../../server/domain/access.ts';
import { ensureBuiltIn, idsOfBuiltIn } from '../../server/domain/built-in.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { createFollowUp } from '../../server/domain/follow-up.ts';
import { readContext, readPrincipal, type ContextOptions } from '../../server/domain/decision-context.ts';
import type { HeldObject } from '../../server/domain/held.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import { ALL_VERSIONS } from '../../server/domain/object-query.ts';
import { createSubmissionService } from '../../server/domain/submit.ts';
import { isReleased } from '../../server/domain/collection.ts';
import { redecide } from '../../server/release/redecide.ts';
import { readEnvelope } from '../../server/stix/read-objects.ts';
import type { Store } from '../../server/storage/port.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createFakeIds } from './fake-ids.ts';
import type { OracleStep, Scenario } from './release-steps.ts';
import { openTestStore } from './test-database.ts';

/** What a collection shows and what waits for it, as the oracle writes it. */
export interface Shown {
  readonly shown: ReadonlySet<string>;
  readonly waiting: ReadonlySet<string>;
}

/** A scenario under way in the real implementation. */
export interface Replay {
  /** Carries out one step, then decides what is due at `until`. */
  play(step: OracleStep, until: number): Promise<void>;
  /** What every released collection shows now, read from its entries. */
  look(): Promise<ReadonlyMap<CollectionId, Shown>>;
  close(): Promise<void>;
}

const LIMITS = { maxDepth: 100 };

/** Starts a scenario over a store, with everything but HTTP. */
export async function startReplay(scenario: Scenario): Promise<Replay> {
  const clock = createFakeClock(scenario.steps[0]?.at ?? 0);
  const store = await openTestStore({ clock, writeWaitMs: 1000, maxPendingWrites: 10, pageScanMax: 100_000 });
  await store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: scenario.hubIdentity });
  const fixed = readEnvelope(Buffer.from(JSON.stringify({ objects: scenario.fixed })), LIMITS);
  await ensureBuiltIn(store, fixed);
  for (const organisation of scenario.organisations) {
    await store.addOrganisation(organisation);
    const user = { name: organisation.id, org: organisation.id, role: 'analyst', disabled: false } as const;
    await store.addUser({ ...user, passwordHash: '' });
  }
  await store.savePolicies(scenario.collections);
  const context = {
    store,
    clock,
    hubIdentity: scenario.hubIdentity,
    referenceGraceMs: scenario.graceMicros / 1000,
  };
  const fixedIds = idsOfBuiltIn(fixed);
  const ids = createFakeIds(scenario.seed);
  const submissions = createSubmissionService({
    ...context,
    ids,
    limits: LIMITS,
    validator: VALIDATOR,
    fixedIds,
  });
  const followUp = createFollowUp(context);

  const collectionOf = (id: CollectionId): Collection => {
    const found = scenario.collections.find((collection) => collection.id === id);
    if (!found) throw new Error(`no collection ${id}`);
    return found;
  };
  const writableBy = (sender: SignedIn, id: CollectionId): ReturnType<typeof requireWrite> =>
    requireWrite(sender, { ...collectionOf(id), write: ['*'] });

  async function carryOut(step: OracleStep): Promise<void> {
    if (step.kind === 'submit') {
      const sender = await readPrincipal(store, step.sender);
      const body = Buffer.from(JSON.stringify({ objects: step.objects }));
      const terms = {
        defaults: step.defaults,
        ...(step.notBefore === undefined ? {} : { notBefore: step.notBefore }),
      };
      const submission = await submissions.submit(sender, writableBy(sender, step.to), body, terms);
      const refused = submission.outcomes.filter(({ message }) => message?.startsWith('this id') ?? false);
      if (refused.length > 0) throw new Error(`refused: ${JSON.stringify(refused)}`);
    }
    if (step.kind === 'verdict' || step.kind === 'recall') await changeStanding(store, context, step);
    if (step.kind === 'delete') {
      const sender = await readPrincipal(store, step.by);
      await submissions.remove(sender, writableBy(sender, step.collection), step.id, {});
    }
  }

  return {
    async play(step, until) {
      moveTo(clock, step.at);
      await followUp.decideDue();
      await carryOut(step);
      moveTo(clock, until);
      await followUp.decideDue();
    },
    look: () => look(store, scenario.collections),
    close: () => store.close(),
  };
}

/** Writes what people decided as the commands for it will: the store and the rules have it from the start. */
async function changeStanding(
  store: Store,
  options: ContextOptions,
  step: Extract<OracleStep, { kind: 'verdict' | 'recall' }>,
): Promise<void> {
  await store.write(async (section) => {
    const context = await readContext(options);
    const object = (await section.heldObjects([step.id])).get(step.id);
    if (!object) throw new Error(`${step.id} is not held`);
    const changed = step.kind === 'recall' ? recall(object, step) : giveVerdict(object, step);
    const { judgements: _, ...changes } = await redecide(section, context, {
      objects: new Map([[step.id, changed]]),
    });
    const record = {
      id: changed.id,
      ...(changed.owner === undefined ? {} : { owner: changed.owner }),
      ...(changed.recall === undefined ? {} : { recall: changed.recall }),
    };
    return { result: undefined, changes: { objects: [record], versions: changed.versions, ...changes } };
  });
}

function recall(object: HeldObject, { by, at }: Extract<OracleStep, { kind: 'recall' }>): HeldObject {
  return { ...object, recall: { by, at, reason: 'a test' } };
}

function giveVerdict(object: HeldObject, step: Extract<OracleStep, { kind: 'verdict' }>): HeldObject {
  const versions = object.versions.map((version) => {
    const isMeant =
      version.version === step.version &&
      (version.facts.kind !== 'observable' || version.sender === step.sender);
    return isMeant ? { ...version, verdict: { kind: step.verdict, by: step.by, at: step.at } } : version;
  });
  return { ...object, versions };
}

function moveTo(clock: FakeClock, at: number): void {
  clock.advance(at - clock.now());
}

async function look(
  store: Store,
  collections: readonly Collection[],
): Promise<ReadonlyMap<CollectionId, Shown>> {
  const found = new Map<CollectionId, Shown>();
  for (const { id } of collections.filter(isReleased)) found.set(id, await lookInto(store, id));
  return found;
}

async function lookInto(store: Store, collection: CollectionId): Promise<Shown> {
  const shown = new Set<string>();
  const waiting = new Set<string>();
  const { texts } = await store.readObjects(collection, {
    after: 0,
    limit: 10_000,
    versions: [ALL_VERSIONS],
  });
  const entries = new Set(texts);
  await store.view(async (section) => {
    const ids = await section.heldIds('', 10_000);
    for (const object of (await section.heldObjects(ids)).values()) {
      for (const version of object.versions) {
        const key = `${version.id}|${version.version}|${version.facts.kind === 'observable' ? version.sender : ''}`;
        const state = object.states.get(version.handle)?.get(collection);
        // Supporting objects never wait; theirs only says when to look again.
        if (state === 'waiting' && version.facts.kind !== 'supporting') waiting.add(key);
        if (state !== 'shown') continue;
        shown.add(key);
        // Every version that is shown has its entry, and no entry stands without one.
        if (!entries.delete(version.text)) throw new Error(`${key} is shown without an entry`);
      }
    }
  });
  if (entries.size > 0) throw new Error(`${entries.size} entries belong to nothing that is shown`);
  return { shown, waiting };
}
