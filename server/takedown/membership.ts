import type { JsonObject } from '../domain/held.ts';
import { idOf, type Origin } from './makers.ts';

/**
 * Whether an object came of a list: its id is the one that a list under this name would give it. Observables are
 * everybody's, so of none it can be told.
 * @param object the version that was held first; later ones may say more
 */
export function isOfList(origin: Origin, object: JsonObject): boolean {
  const { type, spec_version: _, id, created_by_ref: __, created: ___, modified: ____, ...content } = object;
  if (typeof type !== 'string') return false;
  switch (type) {
    case 'incident':
    case 'campaign':
      return id === idOf(origin, type, []);
    case 'indicator':
      return id === idOf(origin, type, [content['pattern'] ?? null]);
    default:
      return id === idOf(origin, type, [content]);
  }
}
