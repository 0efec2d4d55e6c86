import type { JsonObject } from '../domain/held.ts';
import { formatTick, parseTaxiiTimestamp, parseVersionKey } from '../domain/timestamp.ts';
import type { Account } from './account.ts';
import type { Holding } from './holdings.ts';
import type { Moment } from './release.ts';

/**
 * A new version of what is held: its id and `created` stay, its `modified` is the first of `moments` that is later
 * than what is held, written as it was.
 */
export function toNextVersion(content: JsonObject, holding: Holding, moments: readonly Moment[]): JsonObject {
  const later = moments.find(({ versionKey }) => versionKey > holding.versionKey);
  const modified = later?.version ?? justAfter(holding);
  return { ...content, id: holding.id, created: holding.created, modified };
}

/** The next microsecond: for what was posted in another form with the very time that the file has. */
function justAfter({ version, versionKey }: Moment): string {
  const tick = parseTaxiiTimestamp(version.replace(/(\.\d{6})\d*Z$/, '$1Z'));
  const next = tick === undefined ? version : formatTick(tick + 1);
  if ((parseVersionKey(next) ?? '') > versionKey) return next;
  // Ticks of a distant year are more than a microsecond apart, and the last year ends: a further digit is always later.
  return version.includes('.') ? version.replace(/Z$/, '1Z') : version.replace(/Z$/, '.001Z');
}

/**
 * Revokes what is held and not in the release.
 * @param groups by what identifies an object from release to release, the first seen first
 * @param present what the release has
 */
export function revokeRest(
  groups: ReadonlyMap<string, readonly Holding[]>,
  present: ReadonlySet<string>,
  builtAt: Moment,
): readonly Account[] {
  return [...groups].flatMap(([key, holdings]) => {
    const [first, ...others] = holdings.filter(({ isRevoked }) => !isRevoked);
    if (!first) return [];
    if (!present.has(key)) return [first, ...others].map((each) => revoke(each, builtAt, VANISHED));
    // Plain uploads of several releases leave several objects for one.
    return others.map((each) => revoke(each, builtAt, `${first.id} was there first and stands for it`));
  });
}

const VANISHED = 'it is no longer in DISARM';

/** The last version of what is held. */
function revoke(holding: Holding, builtAt: Moment, reason: string): Account {
  const object = { ...toNextVersion(holding.object, holding, [builtAt]), revoked: true };
  return { action: 'revoked', object, id: holding.id, reason };
}
