import { isDeepStrictEqual } from 'node:util';
import type { Settings } from './config/load.ts';
import { ensureBuiltIn, idsOfBuiltIn, makeHubIdentity } from './domain/built-in.ts';
import type { Collection, ReleasePolicy } from './domain/collection.ts';
import type { Organisation } from './domain/directory.ts';
import { AppError } from './domain/errors.ts';
import { createFollowUp, type FollowUp } from './domain/follow-up.ts';
import type { Clock, Ids } from './domain/ids.ts';
import { createSubmissionService, type SubmissionService } from './domain/submit.ts';
import { readFixedObjects } from './stix/fixed-objects.ts';
import { readStixSchemas, type StixSchemas } from './stix/validation/schema-files.ts';
import { createValidator, type Validator } from './stix/validation/validator.ts';
import type { Deployment, Store } from './storage/port.ts';

/** What the server and the command line have in common: everything but a way in. */
export interface Core {
  readonly store: Store;
  readonly deployment: Deployment;
  readonly submissions: SubmissionService;
  readonly followUp: FollowUp;
  /** What the validator goes by. */
  readonly schemas: StixSchemas;
  readonly validator: Validator;
}

export interface CoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly settings: Pick<Settings, 'referenceGraceMs' | 'maxDepth' | 'maxObjects' | 'title'>;
  /** The folder with `schemas`. */
  readonly packageRoot: string;
}

const SECRET_BYTES = 32;

/** Builds the services over an open store, and makes the deployment what it is when it is new. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { store, clock, ids, settings } = options;
  const proposed = { secret: ids.secret(SECRET_BYTES), hubIdentity: `identity--${ids.uuid()}` };
  const deployment = await store.ensureDeployment(proposed);
  const fixed = readFixedObjects(options.packageRoot);
  const { hubIdentity } = deployment;
  await ensureBuiltIn(store, [...fixed, makeHubIdentity(hubIdentity, settings.title, clock.now())]);
  const context = { store, hubIdentity, referenceGraceMs: settings.referenceGraceMs };
  const schemas = readStixSchemas(options.packageRoot);
  const validator = createValidator(schemas);
  const submissions = createSubmissionService({
    ...context,
    clock,
    ids,
    limits: { maxDepth: settings.maxDepth, maxObjects: settings.maxObjects },
    validator,
    fixedIds: idsOfBuiltIn(fixed),
  });
  return {
    store,
    deployment,
    submissions,
    schemas,
    validator,
    followUp: createFollowUp({ ...context, clock }),
  };
}

/**
 * Makes the collection files what decisions use. When they changed, everything held is decided anew before
 * anybody is served.
 */
export async function applyPolicies(
  { store, followUp }: Core,
  collections: readonly Collection[],
): Promise<void> {
  const known = await store.readPolicies();
  await refuseChangedUse(store, known, collections);
  if (!isDeepStrictEqual(known, JSON.parse(JSON.stringify(collections))))
    await store.savePolicies(collections);
  if (await store.arePoliciesDecided()) return;
  // Another server may bring other policies meanwhile: then it is not done yet.
  const epoch = await store.policyEpoch();
  await followUp.decideAll();
  await store.markPoliciesDecided(epoch);
}

/**
 * What was posted to a plain collection must not turn into what the rules released, nor the other way round.
 * @throws AppError `config.invalid` when a collection that holds entries is put to another use
 */
async function refuseChangedUse(
  store: Store,
  known: readonly Collection[],
  collections: readonly Collection[],
): Promise<void> {
  for (const { id, alias, release } of collections) {
    const before = known.find((each) => each.id === id);
    // What is left of a plain collection that was away for a while is its own.
    if (useOf(before?.release ?? { policy: 'as-posted' }) === useOf(release)) continue;
    if ((await store.countEntries(id)) === 0) continue;
    throw new AppError('config.invalid', {
      detail:
        `The collection "${alias}" holds objects from another use: its release.policy was changed to ` +
        `"${release.policy}". Give it a new id, or change the policy back.`,
    });
  }
}

function useOf({ policy }: ReleasePolicy): 'plain' | 'intake' | 'released' {
  if (policy === 'as-posted') return 'plain';
  return policy === 'intake' ? 'intake' : 'released';
}

/**
 * Adds an organisation, and decides anew what rests on it: objects that its identity made, since its name may then
 * not stand in their texts, and everything when a collection for named recipients was waiting for it.
 * @returns false when its id or its identity is taken
 */
export async function addOrganisation(
  { store, followUp }: Core,
  organisation: Organisation,
): Promise<boolean> {
  const policies = await store.readPolicies();
  const isRecipient = policies.some(
    ({ release }) => release.policy === 'recipients' && release.recipients.includes(organisation.id),
  );
  const { identity } = organisation;
  // Should this end early, everything is decided anew at the next start.
  const wasDecided = await store.arePoliciesDecided();
  await store.markPoliciesUndecided();
  const epoch = await store.policyEpoch();
  const isAdded = await store.addOrganisation(organisation);
  if (isAdded && isRecipient) await followUp.decideAll();
  else if (isAdded && identity !== undefined) await followUp.decideMadeBy(identity);
  if (wasDecided) await store.markPoliciesDecided(epoch);
  return isAdded;
}
