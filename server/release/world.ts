import type { Collection, ReleasedCollection } from '../domain/collection.ts';
import type { Organisation } from '../domain/directory.ts';
import { HUB, type HeldObject, type HeldVersion, type Owner } from '../domain/held.ts';
import type { CollectionId, OrganisationId, StixId } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { Memo } from './findings.ts';

/** The identity that made the fixed objects. */
export const FIXED_IDENTITY: StixId = 'identity--ecd8f94c-5e12-4422-bf52-113e01686999';

/** Everything that decisions rest on. What `find` hands out is complete for the ids that are judged. */
export interface World {
  /** By the wall clock: graces and embargoes are for people, and follow their clock. */
  readonly now: Tick;
  /** How long a version waits for what was never held, in microseconds. */
  readonly graceMicros: number;
  readonly hubIdentity: StixId;
  readonly organisations: ReadonlyMap<OrganisationId, Organisation>;
  readonly collections: readonly Collection[];
  readonly memo: Memo;
  find(id: StixId): HeldObject | undefined;
  /** Whether the as-posted collection shows the id. */
  isListed(collection: CollectionId, id: StixId): boolean;
}

/** To whom a version belongs: a copy to who sent it, everything else to its object's owner. */
export function ownerOf(object: HeldObject, version: HeldVersion): Owner {
  return version.facts.kind === 'observable' ? version.sender : (object.owner ?? version.sender);
}

/** Whether this is the hub: its identity, the fixed one, or an organisation that runs it (release rules, 4). */
export function isHub(world: World, owner: Owner): boolean {
  return owner === HUB || world.organisations.get(owner)?.hub === true;
}

/** The identities that would tell who submitted: the owner's and the creator, never the hub's own (release rules, 3 c). */
export function submitterIdentities(
  world: World,
  object: HeldObject,
  version: HeldVersion,
): ReadonlySet<StixId> {
  const identities = new Set<StixId>();
  const registered = world.organisations.get(ownerOf(object, version))?.identity;
  if (registered !== undefined) identities.add(registered);
  if (version.facts.createdBy !== undefined) identities.add(version.facts.createdBy);
  identities.delete(world.hubIdentity);
  identities.delete(FIXED_IDENTITY);
  return identities;
}

/** The organisations that would tell who submitted. */
export function submitterOrganisations(
  world: World,
  object: HeldObject,
  version: HeldVersion,
): readonly Organisation[] {
  const identities = submitterIdentities(world, object, version);
  const owner = ownerOf(object, version);
  return [...world.organisations.values()].filter(
    (org) => org.id === owner || (org.identity !== undefined && identities.has(org.identity)),
  );
}

/** The as-posted collections whose objects count as shown to the readers of this one. */
export function referencedBy(world: World, collection: ReleasedCollection): readonly Collection[] {
  return world.collections.filter(({ alias }) => collection.references.includes(alias));
}
