import type { JsonObject } from '../../domain/held.ts';
import { findMeant } from './near-miss.ts';
import type { Fault } from './faults.ts';
import { toPointerStep } from './faults.ts';

const MARKINGS = ['object_marking_refs', 'granular_markings'];
/**
 * A custom property whose name is nearly that of the markings. STIX allows it; but an object whose markings are
 * misspelt goes further than its author meant, so the release rules do not take it. A name that begins with `x_` is meant.
 * @param known the names of STIX, which are no misspellings
 */
export function findMisspeltMarking(object: JsonObject, known: ReadonlySet<string>): Fault | undefined {
  for (const name of Object.keys(object)) {
    if (known.has(name) || name.startsWith('x_')) continue;
    const meant = findMeant(name, MARKINGS);
    if (meant === undefined) continue;
    const message = `expected ${meant}, or a name that is not nearly that: an object whose markings are misspelt would reach more people than it should`;
    return { path: toPointerStep(name), message };
  }
  return undefined;
}
