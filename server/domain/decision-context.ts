import type { DecisionContext } from '../release/loader.ts';
import type { DeploymentStore, DirectoryStore } from '../storage/port.ts';
import type { SignedIn } from './access.ts';
import type { Organisation } from './directory.ts';
import { AppError } from './errors.ts';
import type { Clock, OrganisationId, StixId, UserName } from './ids.ts';
import { MICROS_PER_MILLI } from './timestamp.ts';

export interface ContextOptions {
  readonly store: DirectoryStore & Pick<DeploymentStore, 'readPolicies'>;
  readonly hubIdentity: StixId;
  readonly referenceGraceMs: number;
  readonly clock: Clock;
}

/** What decisions rest on besides what is held, as it is now. */
export async function readContext(options: ContextOptions): Promise<DecisionContext> {
  const { store, hubIdentity, referenceGraceMs, clock } = options;
  const [organisations, collections] = await Promise.all([store.listOrganisations(), store.readPolicies()]);
  return {
    now: clock.now(),
    graceMicros: referenceGraceMs * MICROS_PER_MILLI,
    hubIdentity,
    collections,
    organisations: new Map(organisations.map((each): [OrganisationId, Organisation] => [each.id, each])),
  };
}

/**
 * The user as a principal.
 * @throws AppError `input.invalid` when there is no such user, or it is disabled
 */
export async function readPrincipal(store: DirectoryStore, name: UserName): Promise<SignedIn> {
  const user = await store.findUser(name);
  const organisation = user && (await store.findOrganisation(user.org));
  if (!user || !organisation) {
    throw new AppError('input.invalid', {
      detail: `There is no user "${name}". List them with: pollwatch user list`,
    });
  }
  if (user.disabled) throw new AppError('input.invalid', { detail: `The user "${name}" is disabled.` });
  const { audience, hub } = organisation;
  return { kind: 'user', user: name, org: user.org, audience, role: user.role, hub };
}
