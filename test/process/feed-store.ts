import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { NEW_STATE, type Arrival, type FeedState, type PullFeed } from '../../server/domain/feed.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import { ALL_VERSIONS } from '../../server/domain/object-query.ts';
import { parseVersionKey } from '../../server/domain/timestamp.ts';
import type { Store } from '../../server/storage/port.ts';
import type { PostedObject } from '../support/partner/behaviour.ts';
import type { Partner } from '../support/partner/partner.ts';
import { keyOf, versionOf } from '../support/partner/stock.ts';
import { openTestStore } from '../support/test-database.ts';
import type { Place } from './server-process.ts';

const POLL_MS = 20;
const PAGE = 1000;

/** Opens the database of servers that run, beside them. */
export async function openStoreBeside(t: TestContext, place: Place): Promise<Store> {
  const bounds = { writeWaitMs: 10_000, maxPendingWrites: 10, pageScanMax: 10_000 };
  const store = await openTestStore({ clock: SYSTEM_CLOCK, ...bounds }, { url: place.databaseUrl });
  t.after(() => store.close());
  return store;
}

/** Adds a pull into the plain collection, for the organisation that may write to it. */
export async function addPull(store: Store, partner: Partner, cron: string): Promise<PullFeed> {
  const feed: PullFeed = {
    id: SYSTEM_IDS.uuid(),
    name: 'partner',
    direction: 'pull',
    url: partner.apiRoot,
    collection: partner.stock.id,
    cron,
    auth: { kind: 'none' },
    org: 'nass',
    match: {},
    allowPrivate: true,
    paused: false,
    createdAt: SYSTEM_CLOCK.now(),
    into: await findExchange(store),
    defaults: {},
  };
  assert.ok(await store.addFeed(feed));
  return feed;
}

export async function readState(store: Store, feed: PullFeed): Promise<FeedState> {
  return (await store.readFeedProgress(feed.id))?.state ?? NEW_STATE;
}

/** Ids and versions in the plain collection, in its order. */
export async function readHeld(store: Store): Promise<readonly string[]> {
  const collection = await findExchange(store);
  const found: string[] = [];
  for (let after = 0; ;) {
    const page = await store.readManifest(collection, { after, limit: PAGE, versions: [ALL_VERSIONS] });
    found.push(...page.records.map(({ id, version }) => keyOf({ id, modified: version })));
    const last = page.records.at(-1);
    if (!last || page.records.length < PAGE) return found;
    after = last.dateAdded;
  }
}

async function findExchange(store: Store): Promise<CollectionId> {
  const found = (await store.readPolicies()).find(({ alias }) => alias === 'exchange');
  assert.ok(found);
  return found.id;
}

export function toArrival(object: PostedObject): Arrival {
  const versionKey = parseVersionKey(versionOf(object));
  assert.ok(versionKey !== undefined);
  return { id: object.id, versionKey };
}

/** Asks until the answer is yes. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `not after ${String(deadlineMs)} ms: ${what}`);
    await delay(POLL_MS);
  }
}
