import { memberOf, parseObjectText } from '../stix/json.ts';
import type { CheckedObject } from '../stix/check-object.ts';
import type { JsonObject } from './held.ts';
import { parseVersionKey } from './timestamp.ts';

/** A version of an object that is there already. */
export interface KnownVersion {
  readonly versionKey: string;
  readonly text: string;
}

/**
 * Why an object cannot be another version of what is there (STIX 2.1, 3.6 and 3.7): `created` never changes, and
 * nothing comes after a revocation.
 * @param known the versions that are there, ascending; the one that is sent is not among them
 * @returns undefined when it can
 */
export function refuseVersion(sent: CheckedObject, known: readonly KnownVersion[]): string | undefined {
  const [first, last] = [known.at(0), known.at(-1)];
  if (!first || !last) return undefined;
  const created = textAt(parseObjectText(first.text), 'created');
  if (parseVersionKey(created) !== parseVersionKey(textAt(sent.object, 'created'))) {
    return `/created: expected ${created}, as in the versions before: created never changes; what is another object needs another id`;
  }
  if (sent.versionKey > last.versionKey) {
    if (!isRevoked(parseObjectText(last.text))) return undefined;
    return `/modified: version ${versionOf(last)} revoked this object, and nothing comes after that: use a new id`;
  }
  if (!isRevoked(sent.object)) return undefined;
  return `/revoked: version ${versionOf(last)} is held already, and a revocation is the last version: send it with a later modified`;
}

function versionOf({ text }: KnownVersion): string {
  return textAt(parseObjectText(text), 'modified');
}

function textAt(object: JsonObject, name: string): string {
  const value = memberOf(object, name);
  return typeof value === 'string' ? value : '';
}

function isRevoked(object: JsonObject): boolean {
  return memberOf(object, 'revoked') === true;
}
