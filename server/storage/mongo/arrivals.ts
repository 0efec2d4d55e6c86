import type { Arrival } from '../../domain/feed.ts';
import type { OrganisationId } from '../../domain/ids.ts';
import type { FeedStore, StoredRecord } from '../port.ts';
import type { Attempt } from './attempt.ts';
import type { HeadReader } from './head.ts';
import type { Layout } from './layout.ts';
import { writtenAt, type Snapshot } from './snapshot.ts';
import { inParts } from './stored.ts';

type ArrivalRecord = Extract<StoredRecord, { kind: 'arrival' }>;

export interface ArrivalOptions {
  readonly layout: Layout;
  readonly heads: HeadReader;
  readonly guard: <T>(read: () => Promise<T>) => Promise<T>;
  /** Runs a task in a commit of its own. */
  readonly commit: <T>(task: (attempt: Attempt) => Promise<T>) => Promise<T>;
}

const KEYS_PER_QUERY = 1000;

/** Neither names of organisations nor version keys have spaces. */
export function toArrivalKey(org: OrganisationId, { id, versionKey }: Arrival): string {
  return `${org} ${id} ${versionKey}`;
}

/** What a key was made of. */
export function parseArrivalKey(key: string): ArrivalRecord {
  const [from, to] = [key.indexOf(' '), key.lastIndexOf(' ')];
  const value = { id: key.slice(from + 1, to), versionKey: key.slice(to + 1) };
  return { kind: 'arrival', org: key.slice(0, from), value };
}

/** What partners have shown us: one row each, which is never changed. */
export function createArrivals({
  layout,
  heads,
  guard,
  commit,
}: ArrivalOptions): Pick<FeedStore, 'saveArrivals' | 'findArrivals'> {
  return {
    async saveArrivals(org, arrivals) {
      const keys = [...new Set(arrivals.map((arrival) => toArrivalKey(org, arrival)))];
      // A page that comes again costs no commit.
      const seen = await guard(async () => {
        const head = await heads.fresh();
        return { commit: head.commit, unknown: without(keys, await findKnown(layout, head, keys)) };
      });
      if (seen.unknown.length === 0) return;
      await commit(async (attempt) => {
        const { snapshot } = attempt;
        const isSame = snapshot.commit === seen.commit;
        const known = isSame ? new Set<string>() : await findKnown(layout, snapshot, seen.unknown);
        attempt.insert(
          'arrivals',
          without(seen.unknown, known).map((key) => ({ key })),
        );
      });
    },
    findArrivals: (orgs, arrivals) =>
      guard(async () => {
        const keys = arrivals.flatMap((arrival) => orgs.map((org) => toArrivalKey(org, arrival)));
        const known = await findKnown(layout, await heads.fresh(), keys);
        return arrivals.map((arrival) => orgs.some((org) => known.has(toArrivalKey(org, arrival))));
      }),
  };
}

async function findKnown(
  layout: Layout,
  snapshot: Snapshot,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const known = new Set<string>();
  for (const part of inParts(keys, KEYS_PER_QUERY)) {
    const how = { projection: { _id: 0, key: 1 }, batchSize: part.length + 1 } as const;
    const filter = { key: { $in: [...part] }, ...writtenAt(snapshot) };
    for (const { key } of await layout.space('arrivals').find(filter, how).toArray()) known.add(key);
  }
  return known;
}

function without(keys: readonly string[], known: ReadonlySet<string>): readonly string[] {
  return keys.filter((key) => !known.has(key));
}
