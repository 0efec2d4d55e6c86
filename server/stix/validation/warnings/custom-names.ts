import { findMeant } from '../near-miss.ts';

/** Who begins a name like this knows that it is none of STIX. */
const PRIVATE = /^x[_-]/;

/**
 * What a warning says of a member that is not known at its place.
 * @param where what the schema of the place is called
 * @param missing the names that could stand there
 */
export function describeCustom(name: string, where: string | undefined, missing: readonly string[]): string {
  const place = where === undefined ? 'that STIX has here' : `of ${where}`;
  const hint = suggestName(name, missing);
  return `is no property ${place}${hint || '; custom ones belong in an extension with an extension-definition'}`;
}

/** The name that was probably meant, as the end of a message; empty when there is none. */
export function suggestName(name: string, known: readonly string[]): string {
  const meant = isPrivate(name) ? undefined : findMeant(name, known);
  return meant === undefined ? '' : ` (was ${JSON.stringify(meant)} meant?)`;
}

/** Whether a name is marked as none of STIX. */
export function isPrivate(name: string): boolean {
  return PRIVATE.test(name);
}
