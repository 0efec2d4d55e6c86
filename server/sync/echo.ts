import { toArrival } from '../domain/arrival.ts';
import { isReleased } from '../domain/collection.ts';
import type { Feed, PushFeed } from '../domain/feed.ts';
import type { HeldObject } from '../domain/held.ts';
import type { OrganisationId, StixId } from '../domain/ids.ts';
import { parseObjectText } from '../stix/json.ts';
import type { ShownEntry, Store } from '../storage/port.ts';
import type { EchoTest } from './feed-services.ts';

/**
 * What came from the partner that a push goes to is not sent back to it. Partners are the same when their organisation
 * is, or the origin of their URL. Among released objects the sender of what is held decides, and of all versions also
 * what the partner has shown us; of an observable there only the sender of the very copy that is shown, as everybody
 * may have made it.
 */
export async function createEchoTest(
  store: Pick<Store, 'listFeeds' | 'readPolicies' | 'findArrivals' | 'view'>,
  feed: PushFeed,
): Promise<EchoTest> {
  const orgs = partnersOf(await store.listFeeds(), feed);
  const collection = (await store.readPolicies()).find(({ id }) => id === feed.from);
  const hasSenders = collection !== undefined && isReleased(collection);
  return async (entries) => {
    if (entries.length === 0) return [];
    const arrived = await store.findArrivals(orgs, entries.map(arrivalOf));
    if (!hasSenders) return arrived;
    const ids = [...new Set(entries.map(({ heldId }) => heldId))];
    const held = await store.view((section) => section.heldObjects(ids));
    return entries.map((entry, index) => cameFrom(orgs, held, entry, arrived[index] === true));
  };
}

function arrivalOf({ heldId, versionKey, text }: ShownEntry): ReturnType<typeof toArrival> {
  return toArrival(heldId, versionKey, () => parseObjectText(text));
}

function cameFrom(
  orgs: readonly OrganisationId[],
  held: ReadonlyMap<StixId, HeldObject>,
  entry: ShownEntry,
  hasArrived: boolean,
): boolean {
  const versions = held.get(entry.heldId)?.versions ?? [];
  const isObservable = versions.some(({ facts }) => facts.kind === 'observable');
  const isTheirs = versions.some(
    ({ versionKey, sender, text }) =>
      versionKey === entry.versionKey && (!isObservable || text === entry.text) && orgs.includes(sender),
  );
  return isTheirs || (hasArrived && !isObservable);
}

/** The organisations behind the address of a push. */
function partnersOf(feeds: readonly Feed[], { org, url }: PushFeed): readonly OrganisationId[] {
  const origin = originOf(url);
  const pulls = feeds.filter((other) => other.direction === 'pull' && originOf(other.url) === origin);
  return [...new Set([org, ...pulls.map((pull) => pull.org)])];
}

function originOf(url: string): string {
  return new URL(url).origin;
}
