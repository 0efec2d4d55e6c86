import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { formatTick, MICROS_PER_SECOND, parseVersionKey, type Tick } from '../domain/timestamp.ts';
import type { RawObject } from '../stix/read-objects.ts';
import type { Account } from './account.ts';
import { chooseIds } from './choose-ids.ts';
import { readHoldings, type Holding, type Holdings } from './holdings.ts';
import { judge } from './judge.ts';
import { remapReferences, toOurForm } from './our-form.ts';
import { planRelationships } from './relationships.ts';
import { readRelease, type Check, type Release } from './release.ts';
import { revokeRest } from './versions.ts';

export interface ImportOptions {
  /** What is not valid is left out. */
  readonly check: Check;
  /** The wall clock. */
  readonly now: Tick;
}

/** What an import comes to; nothing of it was done. */
export interface ImportPlan {
  /** What to post, in this order: markings, identities, then the rest. */
  readonly posts: readonly JsonObject[];
  readonly accounts: readonly Account[];
  /** When the file was built. */
  readonly builtAt: string;
  /** The latest time that counts in what is held of DISARM; absent when nothing is. */
  readonly heldAt?: string;
  /** What is held of DISARM and dated more than a day ahead of the clock: it does not count for the order. */
  readonly ahead: readonly { readonly id: StixId; readonly modified: string }[];
  /** Why it should not be done. */
  readonly objection?: Objection;
}

/**
 * `older`: it would take back what a later release brought. `losses`: it would revoke more than half of what is held.
 * `future`: it says that it was built in time to come, and every true release after it would be an older one.
 */
export type Objection = 'older' | 'losses' | 'future';

/** How far the clock of whoever built a release may be ahead of ours, and what is held may be dated ahead. */
const AHEAD = 86_400 * MICROS_PER_SECOND;

/**
 * Compares a release of DISARM with what a collection shows.
 *
 * The same content is the same version, whatever the times and ids of a rebuild. The releases have no number of
 * their own (`x_mitre_version` is 2.1 in all of them), so their latest time tells which of two is the older one.
 * What is held and dated ahead of the clock has no say in that: no true release could ever be later.
 * @param objects of the file
 * @param held texts of all versions that the collection shows, in the order in which they came
 * @throws AppError `input.invalid` when the objects are not DISARM's
 */
export function planImport(
  objects: readonly RawObject[],
  held: readonly string[],
  { check, now }: ImportOptions,
): ImportPlan {
  const release = readRelease(objects, check);
  const horizon = toHorizon(now);
  const holdings = readHoldings(held, horizon);
  const { choices, ids, takeId } = chooseIds(release, holdings);
  const members = [...release.markings, ...release.identities, ...release.framework];
  const accounts: Account[] = members.map((member) => {
    const content = remapReferences(toOurForm(member.object), ids);
    return judge(content, member, choices.get(member) ?? { id: member.id }, release.builtAt);
  });
  const related = planRelationships(release, holdings, { ids, takeId });
  const keys = new Set(release.present.values());
  accounts.push(...related.accounts);
  accounts.push(...revokeRest(holdings.framework, keys, release.builtAt));
  accounts.push(...related.revoked);
  const posts = accounts.filter(({ action }) => POSTED.has(action)).map(({ object }) => object);
  const objection = posts.length > 0 ? findObjection(release, holdings, horizon) : undefined;
  return {
    posts,
    accounts: [...nameAhead(accounts, holdings), ...release.skipped],
    builtAt: release.builtAt.version,
    ...(holdings.latest ? { heldAt: holdings.latest.version } : {}),
    ahead: holdings.ahead.map(({ id, version }) => ({ id, modified: version })),
    ...(objection ? { objection } : {}),
  };
}

const POSTED: ReadonlySet<string> = new Set(['added', 'changed', 'revoked']);

function findObjection(
  { present, builtAt, framework: members }: Release,
  { framework, latest }: Holdings,
  horizon: string,
): Objection | undefined {
  if (builtAt.versionKey > horizon) return 'future';
  if (latest && builtAt.versionKey < latest.versionKey) return 'older';
  const revoked = new Set(members.filter(({ object }) => object['revoked'] === true).map(({ id }) => id));
  // What the file itself revokes is lost as much as what it leaves out.
  const keys = new Set([...present].flatMap(([id, key]) => (revoked.has(id) ? [] : [key])));
  const live = [...framework].filter(([, holdings]) => holdings.some(isLive)).map(([key]) => key);
  const vanished = live.filter((key) => !keys.has(key));
  return vanished.length * 2 > live.length ? 'losses' : undefined;
}

/** The key of the last moment that is not ahead of the clock. */
function toHorizon(now: Tick): string {
  const text = formatTick(now + AHEAD);
  return parseVersionKey(text) ?? text;
}

/** Says of each object that is held with a time to come that this time does not count. */
function nameAhead(accounts: readonly Account[], { ahead }: Holdings): readonly Account[] {
  const ids = new Set(ahead.map(({ id }) => id));
  return accounts.map((account) => {
    if (!ids.has(account.id)) return account;
    const reason = account.reason === undefined ? AHEAD_REASON : `${account.reason}; ${AHEAD_REASON}`;
    return { ...account, reason };
  });
}

const AHEAD_REASON =
  'it is held with a time more than a day ahead of the clock, which does not count for the order of releases';

function isLive({ isRevoked }: Holding): boolean {
  return !isRevoked;
}
