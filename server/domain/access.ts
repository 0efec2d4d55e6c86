import { AppError } from './errors.ts';
import type { Audience, Collection } from './collection.ts';
import type { OrganisationId, UserName } from './ids.ts';

export const ROLES = ['partner', 'analyst', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A signed-in user, or nobody in particular. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly user: UserName;
      readonly org: OrganisationId;
      readonly audience: Audience;
      readonly role: Role;
      /** The organisation runs the hub. */
      readonly hub: boolean;
    };

export type SignedIn = Extract<Principal, { kind: 'user' }>;

export const ANONYMOUS: Principal = { kind: 'anonymous' };

declare const readable: unique symbol;
declare const writable: unique symbol;
/** Proof that a principal may read this collection; only `requireRead` makes one. */
export type ReadableCollection = Collection & { readonly [readable]: true };
/** Proof that a principal may write to this collection; only `requireWrite` makes one. */
export type WritableCollection = Collection & { readonly [writable]: true };

function isGranted(principal: Principal, grant: string): boolean {
  if (grant === 'anonymous') return true;
  if (principal.kind === 'anonymous') return false;
  if (grant === '*') return true;
  const colon = grant.indexOf(':');
  const value = grant.slice(colon + 1);
  switch (grant.slice(0, colon)) {
    case 'audience':
      return principal.audience === value;
    case 'org':
      return principal.org === value;
    case 'user':
      return principal.user === value;
    case 'role':
      return principal.role === value;
    case 'hub':
      return principal.hub && principal.role === value;
    default:
      return false;
  }
}

/** Whether the principal may read what the collection shows. An intake collection is never read. */
export function canRead(principal: Principal, collection: Collection): boolean {
  if (collection.release.policy === 'intake') return false;
  return collection.read.some((grant) => isGranted(principal, grant));
}

/** Whether the principal may add objects. Nobody writes without having signed in. */
export function canWrite(principal: Principal, collection: Collection): boolean {
  if (principal.kind === 'anonymous') return false;
  return collection.write.some((grant) => isGranted(principal, grant));
}

/** A collection is visible to who may read or write it; to everybody else it does not exist. */
export function isVisible(principal: Principal, collection: Collection): boolean {
  return canRead(principal, collection) || canWrite(principal, collection);
}

/** @throws AppError `collection.not-found` when hidden, `access.denied` when visible but not readable (TAXII 2.1, 5.4). */
export function requireRead(principal: Principal, collection: Collection): ReadableCollection {
  if (!isVisible(principal, collection)) throw new AppError('collection.not-found');
  if (!canRead(principal, collection)) {
    throw new AppError('access.denied', { detail: 'This collection can only be written to.' });
  }
  return collection as ReadableCollection;
}

/** @throws AppError `collection.not-found` when hidden, `access.denied` when visible but not writable (TAXII 2.1, 5.5). */
export function requireWrite(principal: Principal, collection: Collection): WritableCollection {
  if (!isVisible(principal, collection)) throw new AppError('collection.not-found');
  if (!canWrite(principal, collection)) {
    throw new AppError('access.denied', { detail: 'This collection can only be read.' });
  }
  return collection as WritableCollection;
}

/** Whether this user sees and decides what others submitted. */
export function isHubAnalyst(principal: SignedIn): boolean {
  return principal.hub && principal.role === 'analyst';
}

/**
 * The right to manage the deployment: an admin of an organisation that runs the hub has it.
 * @throws AppError `access.denied`
 */
export function requireOperator(principal: Principal): void {
  const isOperator = principal.kind === 'user' && principal.hub && principal.role === 'admin';
  if (!isOperator) {
    throw new AppError('access.denied', {
      detail: 'Only admins of an organisation that runs the hub may do this.',
    });
  }
}
