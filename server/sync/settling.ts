import { toArrival } from '../domain/arrival.ts';
import { isAsPosted, type Collection } from '../domain/collection.ts';
import type { Arrival, Feed, PullFeed, PushFeed } from '../domain/feed.ts';
import { isJsonObject, parseObjectText } from '../stix/json.ts';
import type { ShownEntry, Store } from '../storage/port.ts';
import type { EchoTest } from './feed-services.ts';
import type { Holding } from './pull/held-before.ts';
import type { Incoming } from './pull/incoming.ts';

// An observable has no versions: in a plain collection the last one that comes wins. In a ring of hubs two contents of
// one id would chase each other for ever, as no hub can tell which of them is newer. So each feed carries the same
// content a few times and no more. What it carried is kept with the arrivals, one row for each time.

/** So that a content which comes back by right, as a partner changed its mind, still arrives. */
const TIMES = [1, 2, 3] as const;

type Arrivals = Pick<Store, 'findArrivals' | 'saveArrivals'>;

/** What one part of a page comes to. */
export interface Settling {
  /** Taken often enough; they are not to be taken once more. */
  readonly settled: ReadonlySet<Incoming>;
  /** What to save of those that were taken, once the page is durable: a crash then repeats, and loses nothing. */
  readonly counts: ReadonlyMap<Incoming, Arrival>;
}

/** Looks for contents that took the place of another one three times already. Where nothing changes it asks nothing. */
export async function findSettled(
  store: Arrivals,
  feed: PullFeed,
  objects: readonly Incoming[],
  holdings: readonly Holding[],
): Promise<Settling> {
  const changed = objects.filter((_, index) => holdings[index] === 'changed');
  const carried = changed.flatMap((each) => {
    const content = toContent(each);
    return content ? [{ each, times: toTimes(feed, 'taken', content) }] : [];
  });
  const settled = new Set<Incoming>();
  const counts = new Map<Incoming, Arrival>();
  const known = await findEach(
    store,
    feed,
    carried.map(({ times }) => times),
  );
  for (const [index, { each, times }] of carried.entries()) {
    const free = times.find((_, time) => known[index]?.[time] !== true);
    if (free) counts.set(each, free);
    else settled.add(each);
  }
  return { settled, counts };
}

function toContent({ id, versionKey, raw }: Incoming): Arrival | undefined {
  const { value } = raw;
  if (id === undefined || versionKey === undefined || !isJsonObject(value)) return undefined;
  return toArrival(id, versionKey, () => value);
}

/** Keeps a push from sending the same content of an observable for ever. */
export interface SentLimit {
  /** Adds to what is not sent. */
  readonly extend: (isEcho: EchoTest) => EchoTest;
  /** Counts what the partner answered, after that is durable: a crash then repeats, and loses nothing. */
  readonly note: (entries: readonly ShownEntry[]) => Promise<void>;
}

/** The limit of a push; other collections than plain ones have none, as copies of an observable do not change there. */
export function createSentLimit(store: Arrivals, feed: PushFeed, collection: Collection): SentLimit {
  if (!isAsPosted(collection)) return { extend: (isEcho) => isEcho, note: () => Promise.resolve() };
  /** What to save when they were sent. */
  const counts = new WeakMap<ShownEntry, readonly Arrival[]>();

  const findSpent = async (entries: readonly ShownEntry[]): Promise<ReadonlySet<ShownEntry>> => {
    const carried = entries.flatMap((entry) => {
      const content = toArrival(entry.heldId, entry.versionKey, () => parseObjectText(entry.text));
      if (content.versionKey === entry.versionKey) return [];
      const times = toTimes(feed, 'sent', content);
      return [{ entry, times, moment: toMark(feed, `sent@${entry.tick}`, content) }];
    });
    const known = await findEach(
      store,
      feed,
      carried.map(({ times, moment }) => [...times, moment]),
    );
    const spent = new Set<ShownEntry>();
    for (const [index, { entry, times, moment }] of carried.entries()) {
      // The very same entry goes again when an operator sends all of it again.
      if (known[index]?.[TIMES.length] === true) continue;
      const time = times.findIndex((_, each) => known[index]?.[each] !== true);
      const free = times[time];
      if (!free) spent.add(entry);
      // Most entries are sent once: a second row for each of them is not worth it.
      else counts.set(entry, time === 0 ? [free] : [free, moment]);
    }
    return spent;
  };

  return {
    extend: (isEcho) => async (entries) => {
      const echoes = await isEcho(entries);
      const spent = await findSpent(entries.filter((_, index) => echoes[index] !== true));
      return entries.map((entry, index) => echoes[index] === true || spent.has(entry));
    },
    async note(entries) {
      const sent = entries.flatMap((entry) => counts.get(entry) ?? []);
      if (sent.length > 0) await store.saveArrivals(feed.org, sent);
    },
  };
}

/** One for each time that a feed carries the content. */
function toTimes(feed: Feed, verb: 'taken' | 'sent', content: Arrival): readonly Arrival[] {
  return TIMES.map((time) => toMark(feed, `${verb}${time}`, content));
}

/** Of one feed: others of its partner may fill another collection, or be filled from one. */
function toMark({ id: feed }: Feed, what: string, { id, versionKey }: Arrival): Arrival {
  return { id, versionKey: `${versionKey}#${feed}#${what}` };
}

/** @returns which are known, in the order of the groups */
async function findEach(
  store: Arrivals,
  { org }: Feed,
  groups: readonly (readonly Arrival[])[],
): Promise<readonly (readonly boolean[])[]> {
  if (groups.length === 0) return [];
  const known = await store.findArrivals([org], groups.flat());
  let from = 0;
  return groups.map((group) => known.slice(from, (from += group.length)));
}
