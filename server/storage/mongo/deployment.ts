import { isReleased, type Collection } from '../../domain/collection.ts';
import type { CollectionId, StixId } from '../../domain/ids.ts';
import type { Deployment } from '../port.ts';
import type { Attempt } from './attempt.ts';
import type { CollectionHead } from './head.ts';
import { forgetDecisions } from './held-writer.ts';
import { findByKey, putRecord } from './keyed.ts';
import type { Layout } from './layout.ts';
import { liveAt, type Snapshot } from './snapshot.ts';

interface StoredDeployment {
  /** Base64. */
  readonly secret: string;
  readonly hubIdentity: StixId;
}

export async function findDeployment(layout: Layout, snapshot: Snapshot): Promise<Deployment | undefined> {
  const stored = await findByKey<StoredDeployment>(layout, snapshot, 'settings', 'deployment');
  return stored && { secret: Buffer.from(stored.secret, 'base64'), hubIdentity: stored.hubIdentity };
}

/** Saves the deployment unless there is one; returns the one that counts. */
export async function ensureDeployment(
  layout: Layout,
  attempt: Attempt,
  proposed: Deployment,
): Promise<Deployment> {
  const known = await findDeployment(layout, attempt.snapshot);
  if (known) return known;
  const stored: StoredDeployment = {
    secret: Buffer.from(proposed.secret).toString('base64'),
    hubIdentity: proposed.hubIdentity,
  };
  await putRecord(layout, attempt, 'settings', 'deployment', JSON.stringify(stored));
  return proposed;
}

export async function readPolicies(layout: Layout, snapshot: Snapshot): Promise<readonly Collection[]> {
  return (await findByKey<readonly Collection[]>(layout, snapshot, 'settings', 'policies')) ?? [];
}

/** Saves policies as not yet decided; released collections that are no longer among them are emptied. */
export async function savePolicies(
  layout: Layout,
  attempt: Attempt,
  collections: readonly Collection[],
): Promise<void> {
  const known = await readPolicies(layout, attempt.snapshot);
  const gone = known.filter((one) => isReleased(one) && !collections.some(({ id }) => id === one.id));
  for (const { id } of gone) await clearCollection(layout, attempt, id);
  if (gone.length > 0) attempt.takeAway();
  if (gone.length > 0) await forgetDecisions({ layout, attempt }, new Set(gone.map(({ id }) => id)));
  await putRecord(layout, attempt, 'settings', 'policies', JSON.stringify(collections));
  await markPoliciesUndecided(layout, attempt);
}

/** Ends every entry of a collection; dates go on above those that were given. */
async function clearCollection(layout: Layout, attempt: Attempt, collection: CollectionId): Promise<void> {
  const before = attempt.head.collections[collection];
  if (!before) return;
  const rows = layout.rows('entries').find({ collection, tick: { $gt: 0 }, ...liveAt(attempt.snapshot) });
  for await (const { _id } of rows.project<{ readonly _id: number }>({ _id: 1 }))
    attempt.end('entries', [_id]);
  const after: CollectionHead = { ...before, generation: before.generation + 1, entries: 0 };
  const collections = attempt.changes().collections ?? attempt.head.collections;
  attempt.change({ collections: { ...collections, [collection]: after } });
}

export async function arePoliciesDecided(layout: Layout, snapshot: Snapshot): Promise<boolean> {
  return (await findByKey<true>(layout, snapshot, 'settings', 'policies_decided')) === true;
}

export async function readPolicyEpoch(layout: Layout, snapshot: Snapshot): Promise<number> {
  return (await findByKey<number>(layout, snapshot, 'settings', 'policy_epoch')) ?? 0;
}

export async function markPoliciesUndecided(layout: Layout, attempt: Attempt): Promise<void> {
  const epoch = (await readPolicyEpoch(layout, attempt.snapshot)) + 1;
  await putRecord(layout, attempt, 'settings', 'policy_epoch', String(epoch));
  await putRecord(layout, attempt, 'settings', 'policies_decided', undefined);
}

export async function markPoliciesDecided(layout: Layout, attempt: Attempt, epoch: number): Promise<void> {
  if ((await readPolicyEpoch(layout, attempt.snapshot)) !== epoch) return;
  await putRecord(layout, attempt, 'settings', 'policies_decided', 'true');
}
