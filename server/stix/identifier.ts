import type { StixId } from '../domain/ids.ts';

// Linear time: one class, a fixed tail. Types of at most 250 characters (STIX 2.1, 2.9).
const IDENTIFIER =
  /^[a-z][a-z0-9-]{1,248}[a-z0-9]--[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$/;
const MAX_LENGTH = 290;
/** Two hyphens and a UUID. */
const TAIL_LENGTH = 38;
const TYPE = /^[a-z][a-z0-9-]{1,248}[a-z0-9]$/;

/** Whether a value has the form of a STIX identifier: what the release rules take for a reference. */
export function isIdentifier(value: unknown): value is StixId {
  if (typeof value !== 'string' || value.length > MAX_LENGTH || !IDENTIFIER.test(value)) return false;
  // The type is what stands before the first double hyphen, so there may be no other.
  return value.indexOf('--') === value.length - TAIL_LENGTH;
}

/** Whether a text is an RFC 4122 UUID of the versions 1 to 5. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Whether a text may be the `type` of an object (STIX 2.1, 2.9): 3 to 250 characters, no double hyphen. */
export function isTypeName(text: string): boolean {
  return text.length <= 250 && TYPE.test(text) && !text.includes('--');
}

/** The type that an identifier names. */
export function typeOfId(id: StixId): string {
  return id.slice(0, id.indexOf('--'));
}
