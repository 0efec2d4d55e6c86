import type { Grant } from '../domain/collection.ts';

/** Whether everybody to whom `grant` applies is also somebody to whom `other` applies, whatever the directory says. */
export function isCovered(grant: Grant, other: Grant): boolean {
  if (grant === other || other === 'anonymous') return true;
  if (other === '*') return grant !== 'anonymous';
  // Who has a role in an organisation that runs the hub has that role in an organisation.
  return grant.startsWith('hub:') && other === `role:${grant.slice('hub:'.length)}`;
}

/** Whether one of `others` covers the grant. */
export function isCoveredByAny(grant: Grant, others: readonly Grant[]): boolean {
  return others.some((other) => isCovered(grant, other));
}
