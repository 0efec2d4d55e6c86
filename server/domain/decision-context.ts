import type { DecisionContext } from '../release/loader.ts';
import type { DeploymentStore, DirectoryStore, FeedStore } from '../storage/port.ts';
import type { SignedIn } from './access.ts';
import { isAsPosted } from './collection.ts';
import type { Organisation } from './directory.ts';
import { AppError } from './errors.ts';
import { parseFeedUser, toFeedUser, type Feed } from './feed.ts';
import type { Clock, CollectionId, OrganisationId, StixId, UserName } from './ids.ts';
import type { SubmissionIntent } from './submission.ts';
import { MICROS_PER_MILLI } from './timestamp.ts';

export interface ContextOptions {
  readonly store: PrincipalStore;
  readonly hubIdentity: StixId;
  readonly referenceGraceMs: number;
  readonly clock: Clock;
}

/** What says who somebody is. */
export type PrincipalStore = DirectoryStore &
  Pick<DeploymentStore, 'readPolicies'> &
  Pick<FeedStore, 'findFeed'>;

/** What decisions rest on besides what is held, as it is now. */
export async function readContext(options: ContextOptions): Promise<DecisionContext> {
  const { store, hubIdentity, referenceGraceMs, clock } = options;
  const [organisations, collections] = await Promise.all([store.listOrganisations(), store.readPolicies()]);
  return {
    now: clock.now(),
    graceMicros: referenceGraceMs * MICROS_PER_MILLI,
    hubIdentity,
    collections,
    organisations: new Map(organisations.map((each): [OrganisationId, Organisation] => [each.id, each])),
  };
}

/**
 * The user, or the feed, as a principal.
 * @throws AppError `input.invalid` when there is no such user or feed, or the user is disabled
 */
export async function readPrincipal(store: PrincipalStore, name: UserName): Promise<SignedIn> {
  const feed = await findFeedOf(store, name);
  return feed ? readFeedPrincipal(store, feed) : readUser(store, name);
}

/** @returns undefined for a user */
async function findFeedOf(store: PrincipalStore, name: UserName): Promise<Feed | undefined> {
  const feedName = parseFeedUser(name);
  if (feedName === undefined) return undefined;
  const feed = await store.findFeed(feedName);
  if (!feed) throw new AppError('input.invalid', { detail: `There is no feed "${feedName}".` });
  return feed;
}

/**
 * Who sent what was saved, with the rights of now. Meanwhile a feed may have been removed and another one added under
 * its name: it must not pass for that one, nor get that one's rights.
 * @throws AppError `input.invalid` as `readPrincipal` does, and when it is another one now
 */
export async function readSender(
  store: PrincipalStore,
  { user, org, collection }: Pick<SubmissionIntent, 'user' | 'org' | 'collection'>,
): Promise<SignedIn> {
  const feed = await findFeedOf(store, user);
  const sender = feed ? await readFeedPrincipal(store, feed) : await readUser(store, user);
  const isElsewhere = feed !== undefined && (feed.direction !== 'pull' || feed.into !== collection);
  if (sender.org === org && !isElsewhere) return sender;
  throw new AppError('input.invalid', { detail: `"${user}" is another one now than the one that sent it.` });
}

async function readUser(store: DirectoryStore, name: UserName): Promise<SignedIn> {
  const user = await store.findUser(name);
  const organisation = user && (await store.findOrganisation(user.org));
  if (!user || !organisation) {
    throw new AppError('input.invalid', {
      detail: `There is no user "${name}". List them with: pollwatch user list`,
    });
  }
  if (user.disabled) throw new AppError('input.invalid', { detail: `The user "${name}" is disabled.` });
  const { audience, hub } = organisation;
  return { kind: 'user', user: name, org: user.org, audience, role: user.role, hub };
}

/**
 * A feed as its organisation's analyst (release rules, 1). Of an organisation that runs the hub it has the hub's rights
 * in plain collections alone: among released objects a partner's content must not pass for the hub's own decision.
 * @throws AppError `input.invalid` when its organisation is gone
 */
export async function readFeedPrincipal(
  store: DirectoryStore & Pick<DeploymentStore, 'readPolicies'>,
  feed: Feed,
): Promise<SignedIn> {
  const organisation = await store.findOrganisation(feed.org);
  if (!organisation) {
    throw new AppError('input.invalid', { detail: `There is no organisation "${feed.org}" any more.` });
  }
  const { audience, hub } = organisation;
  const isForHub = hub && (feed.direction === 'push' || (await goesToPlain(store, feed.into)));
  return {
    kind: 'user',
    user: toFeedUser(feed.name),
    org: feed.org,
    audience,
    role: 'analyst',
    hub: isForHub,
  };
}

async function goesToPlain(store: Pick<DeploymentStore, 'readPolicies'>, id: CollectionId): Promise<boolean> {
  const target = (await store.readPolicies()).find((collection) => collection.id === id);
  return target !== undefined && isAsPosted(target);
}
