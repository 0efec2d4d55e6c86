import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';

export const ACTIONS = ['added', 'changed', 'unchanged', 'skipped', 'revoked'] as const;
export type Action = (typeof ACTIONS)[number];

/** What becomes of one object: each object of the file has one account, and each held one that is revoked. */
export interface Account {
  readonly action: Action;
  /** As it is posted, or as it is. */
  readonly object: JsonObject;
  /** Under which it is held. */
  readonly id: StixId;
  /** Under which it is in the file; absent when it is not in the file. */
  readonly fileId?: StixId;
  readonly reason?: string;
}
