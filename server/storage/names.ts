import type { HeldVersion } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { NameRole } from './port.ts';

/** Whom a version names, and in what way; the same one may come twice. */
export function* namesOf({ facts }: Pick<HeldVersion, 'facts'>): Iterable<readonly [StixId, NameRole]> {
  if (facts.createdBy !== undefined) yield [facts.createdBy, 'creator'];
  for (const id of facts.refs) yield [id, 'reference'];
  for (const id of facts.markings) yield [id, 'marking'];
  for (const { markingRef } of facts.granular) if (markingRef !== undefined) yield [markingRef, 'marking'];
  for (const id of facts.extensions) yield [id, 'extension'];
}
