import { isDeepStrictEqual } from 'node:util';
import type { Collection, MarkingDefaults } from '../../server/domain/collection.ts';
import type { CollectionId, OrganisationId, StixId } from '../../server/domain/ids.ts';
import type { OracleOrganisation, OracleVersion, OracleWorld, RawObject } from './release-oracle-world.ts';
import { FIXED_IDENTITY, idOf, isObservable, textAt, versionOf } from './release-oracle-world.ts';

/** One thing that happens to a world, at `at` microseconds since 1970; steps are in the order of time. */
export type OracleStep =
  | SubmitStep
  | {
      readonly kind: 'delete';
      readonly at: number;
      readonly by: OrganisationId;
      readonly collection: CollectionId;
      readonly id: StixId;
    }
  | {
      readonly kind: 'verdict';
      readonly at: number;
      readonly by: OrganisationId;
      readonly id: StixId;
      readonly version: string;
      /** Of an SCO: whose copy. */
      readonly sender: OrganisationId;
      readonly verdict: 'released' | 'refused';
    }
  | { readonly kind: 'recall'; readonly at: number; readonly by: OrganisationId; readonly id: StixId }
  | { readonly kind: 'advance'; readonly at: number };

export interface SubmitStep {
  readonly kind: 'submit';
  readonly at: number;
  readonly sender: OrganisationId;
  readonly to: CollectionId;
  readonly objects: readonly RawObject[];
  /** What the submission says; the intake collection's defaults fill the rest. */
  readonly defaults: Partial<MarkingDefaults>;
  readonly notBefore?: number;
}

/** Everything that a world starts from, and what then happens; a release rule's result after any step can be asked. */
export interface Scenario {
  readonly seed: number;
  readonly organisations: readonly OracleOrganisation[];
  readonly hubIdentity: StixId;
  readonly collections: readonly Collection[];
  readonly fixed: readonly RawObject[];
  readonly graceMicros: number;
  readonly steps: readonly OracleStep[];
}

/** The world after the first `count` steps, at the time of the last of them. */
export function worldAfter(scenario: Scenario, count: number): OracleWorld {
  let held: readonly OracleVersion[] = [];
  const asPosted = new Map<string, Set<StixId>>();
  for (const step of scenario.steps.slice(0, count)) {
    if (step.kind === 'submit') {
      const target = scenario.collections.find((one) => one.id === step.to);
      if (target?.release.policy === 'as-posted') {
        const ids = step.objects.map((object) => textAt(object, 'id'));
        asPosted.set(target.alias, new Set([...(asPosted.get(target.alias) ?? []), ...ids]));
      } else {
        for (const object of step.objects) held = accept(scenario, held, step, object);
      }
    }
    if (step.kind === 'delete') held = held.map((version) => deleteFrom(scenario, version, step));
    if (step.kind === 'recall') {
      held = held.map((version) => (idOf(version) === step.id ? { ...version, recalled: true } : version));
    }
    if (step.kind === 'verdict') {
      held = held.map((version) => {
        const isMeant = idOf(version) === step.id && versionOf(version) === step.version;
        const isCopy = !isObservable(version.object) || version.sender === step.sender;
        return isMeant && isCopy ? { ...version, verdict: step.verdict } : version;
      });
    }
  }
  const { organisations, hubIdentity, collections, fixed, graceMicros, steps } = scenario;
  const now = steps[count - 1]?.at ?? 0;
  return { now, graceMicros, organisations, hubIdentity, collections, held, fixed, asPosted };
}

function accept(
  scenario: Scenario,
  held: readonly OracleVersion[],
  step: SubmitStep,
  object: RawObject,
): readonly OracleVersion[] {
  const fresh = toVersion(scenario, held, step, object);
  const same = held.find((one) => {
    if (idOf(one) !== idOf(fresh)) return false;
    return isObservable(object) ? one.sender === step.sender : versionOf(one) === versionOf(fresh);
  });
  if (!same) return [...held, fresh];
  if (isDeepStrictEqual(same.object, object)) {
    const again = {
      ...same,
      toIntake: same.toIntake || fresh.toIntake,
      postedTo: [...same.postedTo, ...fresh.postedTo],
      deletedFrom: same.deletedFrom.filter((id) => id !== step.to),
    };
    return held.map((one) => (one === same ? again : one));
  }
  if (!isObservable(object)) throw new Error(`another content for ${idOf(fresh)} at ${versionOf(fresh)}`);
  return held.map((one) => (one === same ? { ...fresh, seq: same.seq } : one));
}

function toVersion(
  scenario: Scenario,
  held: readonly OracleVersion[],
  step: SubmitStep,
  object: RawObject,
): OracleVersion {
  const intake = scenario.collections.find((one) => one.release.policy === 'intake');
  if (intake?.release.policy !== 'intake') throw new Error('a scenario has an intake collection');
  const toIntake = step.to === intake.id;
  const isRecalled = held.some((one) => idOf(one) === textAt(object, 'id') && one.recalled === true);
  return {
    seq: held.length,
    object,
    sender: step.sender,
    owner: ownerOf(scenario, held, step, object),
    acceptedAt: step.at,
    ...(step.notBefore === undefined ? {} : { notBefore: step.notBefore }),
    defaults: { ...intake.release.defaults, ...step.defaults },
    toIntake,
    postedTo: toIntake ? [] : [step.to],
    deletedFrom: [],
    ...(isRecalled && !isObservable(object) ? { recalled: true } : {}),
  };
}

/** Who owns what was sent (release rules, 1); what a scenario sends that breaks ownership is a fault of the scenario. */
function ownerOf(
  scenario: Scenario,
  held: readonly OracleVersion[],
  step: SubmitStep,
  object: RawObject,
): OrganisationId {
  if (isObservable(object)) return step.sender;
  const id = textAt(object, 'id');
  const creator = textAt(object, 'created_by_ref');
  const isHub = scenario.organisations.some((one) => one.id === step.sender && one.hub);
  const owner =
    held.find((one) => idOf(one) === id)?.owner ??
    registeredBy(scenario, id) ??
    registeredBy(scenario, creator) ??
    step.sender;
  if (!isHub && owner !== step.sender) throw new Error(`${step.sender} may not send ${id}`);
  return owner;
}

function registeredBy(scenario: Scenario, identity: StixId): OrganisationId | undefined {
  if (identity === scenario.hubIdentity || identity === FIXED_IDENTITY) return 'hub';
  return scenario.organisations.find((one) => one.identity === identity)?.id;
}

/** A DELETE by the hub takes every version; by anybody else of an SCO only the own copy. */
function deleteFrom(
  scenario: Scenario,
  version: OracleVersion,
  step: Extract<OracleStep, { kind: 'delete' }>,
): OracleVersion {
  if (idOf(version) !== step.id) return version;
  const isHub = scenario.organisations.some((one) => one.id === step.by && one.hub);
  if (!isHub && version.owner !== step.by) return version;
  return { ...version, deletedFrom: [...version.deletedFrom, step.collection] };
}
