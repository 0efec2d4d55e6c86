import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { createPasswordHasher } from '../../server/auth/passwords.ts';
import { createToken } from '../../server/auth/tokens.ts';
import { startServer, SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { createCore } from '../../server/core.ts';
import { addSampleUsers, readSampleBundle } from '../../server/sample.ts';
import type { FeedReject } from '../../server/domain/feed.ts';
import { INDEXES } from '../../server/storage/mongo/layout.ts';
import type { Store } from '../../server/storage/port.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { findScans, toSearch, type Search } from './index-use.ts';
import { toArrival, toPullFeed, toReject, toState } from './feed-samples.ts';
import { openMongo } from './open-mongo.ts';
import { commit } from './open-store.ts';

const TAXII = 'application/taxii+json;version=2.1';
const TIME = '2018-08-21T12:00:00.000Z';

/** Every endpoint that reads, with every kind of filter and what they come to together. */
function listPaths(collection: string, id: string, status: string): readonly string[] {
  const filters = [
    '',
    'limit=1',
    'added_after=2018-01-01T00:00:00Z',
    `match[id]=${id}`,
    `match[id]=${id},${toStixId('tool', 2)}`,
    'match[type]=tool',
    'match[type]=tool,indicator&limit=2',
    'match[spec_version]=2.1',
    'match[spec_version]=2.0,2.1&match[version]=first',
    'match[version]=all',
    'match[version]=first',
    `match[version]=${TIME}`,
    `match[version]=${TIME},last`,
    `match[id]=${id}&match[version]=all&added_after=2018-01-01T00:00:00Z`,
    `match[type]=tool&match[version]=all`,
    `match[type]=tool&match[version]=${TIME}`,
    `match[id]=${id}&match[type]=tool&match[spec_version]=2.1&match[version]=${TIME}`,
  ];
  const below = `${collection}objects/${id}/`;
  return [
    '/taxii2/',
    '/feed/',
    '/feed/collections/',
    collection,
    ...filters.flatMap((filter) => [`${collection}objects/?${filter}`, `${collection}manifest/?${filter}`]),
    below,
    `${below}?match[version]=all`,
    `${below}?match[version]=${TIME}`,
    `${below}?match[version]=first&added_after=2018-01-01T00:00:00Z`,
    `${below}versions/`,
    `${below}versions/?added_after=2018-01-01T00:00:00Z&limit=1`,
    `/feed/status/${status}/`,
  ];
}

interface Captured {
  /** What the endpoints asked of the database, by the path that asked. */
  readonly reading: readonly (Search & { readonly by: string })[];
  /** What posting and deleting asked. */
  readonly writing: readonly (Search & { readonly by: string })[];
}

const PULL = toPullFeed(1);
const FEED_INDEXES = /^(feed|arrivals_)/;
const PUSHED = nextCollectionId();

/** Each thing that is done with feeds, with something there in each place. */
const FEED_CALLS: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  addFeed: (store) => store.addFeed(PULL),
  listFeeds: (store) => store.listFeeds(),
  findFeed: (store) => store.findFeed(PULL.name),
  pauseFeed: (store) => store.pauseFeed(PULL.id),
  saveFeedProgress: (store) => save(store, [toReject(1), toReject(2, { original: 'x'.repeat(5_000_000) })]),
  replacing: (store) => save(store, [toReject(2), toReject(3)]),
  readFeedProgress: (store) => store.readFeedProgress(PULL.id),
  listFeedRejects: (store) => store.listFeedRejects(PULL.id, 2, 10_000_000),
  countFeedRejects: (store) => store.countFeedRejects(PULL.id),
  trimFeedRejects: (store) => store.trimFeedRejects(PULL.id, 1, 10),
  saveArrivals: (store) => store.saveArrivals('nass', [toArrival(1), toArrival(2)]),
  findArrivals: (store) => store.findArrivals(['nass', 'fbi'], [toArrival(1), toArrival(2)]),
  readEntries: (store) => store.readEntries(PUSHED, 0, 10),
  'readEntries after': (store) => store.readEntries(PUSHED, 1, 10),
  removeFeed: (store) => store.removeFeed(PULL.id),
};

async function save(store: Store, rejects: readonly FeedReject[]): Promise<void> {
  assert.equal(await store.saveFeedProgress(PULL.id, { fence: 1, state: toState(1) }, rejects), true);
}

/** Does each of them and listens. */
async function captureFeeds(url: string): Promise<readonly (Search & { readonly by: string })[]> {
  const seen: (Search & { readonly by: string })[] = [];
  let by = 'start';
  const store = await openMongo(url, {
    onCommand: (command) => seen.push(...toSearch(command).map((search) => ({ ...search, by }))),
  });
  try {
    await commit(store, { publish: [toPublication({ collection: PUSHED })] });
    for (const [name, call] of Object.entries(FEED_CALLS)) {
      by = name;
      await call(store);
    }
  } finally {
    by = 'nobody';
    await store.close();
  }
  return seen.filter((search) => Object.hasOwn(FEED_CALLS, search.by));
}

/** Serves a database, calls every endpoint and listens to what the store says to MongoDB. */
async function capture(url: string): Promise<Captured> {
  const seen: (Search & { readonly by: string })[] = [];
  let by = 'start';
  const store = await openMongo(url, {
    onCommand: (command) => seen.push(...toSearch(command).map((search) => ({ ...search, by }))),
  });
  const settings = loadSettings({ POLLWATCH_PORT: '0', POLLWATCH_DATABASE_URL: url });
  const packageRoot = findPackageRoot();
  const core = await createCore({ store, clock: SYSTEM_CLOCK, ids: SYSTEM_IDS, settings, packageRoot });
  const quiet = (): void => undefined;
  const hasher = createPasswordHasher({ ids: SYSTEM_IDS, cost: { log2N: 4, r: 1, p: 1 } });
  const users = await addSampleUsers(core, hasher, SYSTEM_IDS, await readSampleBundle(packageRoot));
  const server = await startServer(settings, core, { debug: quiet, info: quiet, warn: quiet, error: quiet });
  const { id: tokenId, token, hash } = createToken(SYSTEM_IDS);
  await store.addToken({ id: tokenId, user: 'dhs', hash, createdAt: SYSTEM_CLOCK.now(), revoked: false });
  const password = users.find(({ name }) => name === 'dhs')?.password ?? '';
  const ask = async (method: string, path: string, authorization: string, body?: string): Promise<string> => {
    by = `${method} ${path}`;
    const headers = { Accept: TAXII, 'Content-Type': TAXII, Authorization: authorization };
    const answer = await fetch(server.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    assert.ok(answer.status < 300, `${by}: ${answer.status} ${text}`);
    by = 'nobody';
    return text;
  };
  try {
    const bearer = `Bearer ${token}`;
    const collection = '/feed/collections/reference/';
    const [first, second] = [toTool(1), toTool(2)];
    const posted = await ask(
      'POST',
      `${collection}objects/`,
      bearer,
      JSON.stringify({ objects: [first, second] }),
    );
    const status = /"id":"([^"]+)"/.exec(posted)?.[1] ?? '';
    const basic = `Basic ${Buffer.from(`dhs:${password}`).toString('base64')}`;
    for (const [index, path] of listPaths(collection, first.id, status).entries()) {
      await ask('GET', path, index % 2 === 0 ? bearer : basic);
    }
    const { next } = parsePage(await ask('GET', `${collection}objects/?limit=1`, bearer));
    await ask('GET', `${collection}objects/?limit=1&next=${encodeURIComponent(next ?? '')}`, bearer);
    await ask('DELETE', `${collection}objects/${second.id}/`, bearer);
    assert.notEqual(next, undefined);
  } finally {
    await server.close();
    await store.close();
  }
  return {
    reading: seen.filter((search) => search.by.startsWith('GET')),
    writing: seen.filter((search) => /^(POST|DELETE)/.test(search.by)),
  };
}

function toTool(number: number): { readonly id: string } {
  const id = toStixId('tool', number);
  return { ...{ type: 'tool', spec_version: '2.1', created: TIME, modified: TIME, name: 'x' }, id };
}

function parsePage(text: string): { readonly next?: string } {
  return JSON.parse(text) as { next?: string };
}

describe('indexes', { skip: await mongoAvailability() }, () => {
  test('no TAXII endpoint makes MongoDB scan a collection, and none of its indexes is for nothing', async () => {
    await using database = await requireMongo();
    const { reading, writing } = await capture(database.url);
    const endpoints = new Set(reading.map(({ by }) => by));
    assert.ok(endpoints.size > 40, `${endpoints.size} requests were seen`);
    assert.deepEqual(findScans(reading, INDEXES), []);
    assert.deepEqual(findScans(writing, INDEXES), []);
    // Without the one that is named for it a query would scan: so this test can fail.
    for (const { name } of INDEXES.filter((plan) => plan.name.startsWith('get_'))) {
      const others = INDEXES.filter((plan) => plan.name !== name);
      assert.notEqual(findScans(reading, others).length, 0, `nothing needs ${name}`);
    }
  });

  test('nothing that feeds do makes MongoDB scan a collection, and none of their indexes is for nothing', async () => {
    await using database = await requireMongo();
    const seen = await captureFeeds(database.url);
    assert.deepEqual([...new Set(seen.map(({ by }) => by))], Object.keys(FEED_CALLS));
    assert.deepEqual(findScans(seen, INDEXES), []);
    const own = INDEXES.filter(({ name }) => FEED_INDEXES.test(name));
    assert.equal(own.length, 6);
    for (const { name } of [...own, { name: 'get_objects_all_versions' }]) {
      const others = INDEXES.filter((plan) => plan.name !== name);
      assert.notEqual(findScans(seen, others).length, 0, `nothing needs ${name}`);
    }
  });

  test('the database has the indexes that are planned, however often they are made', async () => {
    await using database = await requireMongo();
    for (let opening = 0; opening < 2; opening += 1) await (await openMongo(database.url)).close();
    await using client = await new MongoClient(database.url).connect();
    for (const [collection, plans] of Map.groupBy(INDEXES, (plan) => plan.collection)) {
      const there = await client.db().collection(collection).listIndexes().toArray();
      const found = new Map(there.map(({ name, key }) => [String(name), JSON.stringify(key)]));
      assert.equal(found.size, plans.length + 1, collection);
      for (const { name, key } of plans) assert.equal(found.get(name), JSON.stringify(key));
    }
  });
});
