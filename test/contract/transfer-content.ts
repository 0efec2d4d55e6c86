import assert from 'node:assert/strict';
import type { Collection } from '../../server/domain/collection.ts';
import type { ObjectOutcome, SubmissionIntent } from '../../server/domain/submission.ts';
import type { Changes, ExportBatch, Store, StoreExport, StoredRecord } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { EVERYTHING } from '../support/random-entries.ts';
import { toArrival, toPullFeed, toPushFeed, toReject, toState } from './feed-samples.ts';
import { readEverything } from './mirror.ts';
import { commit } from './open-store.ts';

/** The collections that every filled store here has. */
export const FILLED = [nextCollectionId(), nextCollectionId()] as const;

const NOW = Date.UTC(2026, 0, 2) * 1000;
const TARGET = toStixId('identity', 1);
const OUTCOMES: readonly ObjectOutcome[] = [
  { id: toStixId('campaign', 1), version: '2018-08-21T00:00:00.000Z', result: 'success' },
  {
    id: toStixId('tool', 2),
    version: '2018-08-21T00:00:00.000Z',
    result: 'pending',
    handle: 2,
    message: 'ж',
  },
];

const POLICIES: readonly Collection[] = FILLED.map((id, place) => ({
  id,
  alias: `collection-${place}`,
  title: 'Title – "ж"',
  apiRoot: 'feed',
  release: { policy: 'audience', audience: 'state', maxTlp: 'amber', hold: place === 1 },
  references: [],
  read: ['*'],
  write: [],
  stixVersions: ['2.0', '2.1'],
}));

export function toIntent(number: number, changed: Partial<SubmissionIntent> = {}): SubmissionIntent {
  return {
    id: `${String(number).padStart(8, '0')}-0000-4000-8000-00000000f111`,
    user: 'ann',
    org: 'fbi',
    collection: FILLED[0],
    // Two of each moment: their order is the order in which they came.
    receivedAt: NOW + Math.floor(number / 2),
    sha256: 'ab'.repeat(32),
    defaults: {},
    body: Uint8Array.from({ length: 300 }, (_, place) => (place + number) % 256),
    ...changed,
  };
}

/** Versions of two objects, one of them a copy, and what was decided and is shown of them. */
const HELD: Changes = {
  objects: [
    { id: toStixId('campaign', 1), owner: 'fbi' },
    { id: toStixId('tool', 2), owner: 'hub', recall: { by: 'ann', at: NOW, reason: 'wrong – "ж"' } },
    { id: toStixId('url', 3) },
  ],
  versions: [
    toHeldVersion({
      id: toStixId('campaign', 1),
      handle: 1,
      facts: {
        createdBy: TARGET,
        refs: [toStixId('tool', 2), toStixId('url', 3)],
        markings: [toStixId('marking-definition', 5)],
        granular: [
          { markingRef: toStixId('marking-definition', 6), selectors: ['name'] },
          { selectors: ['a'] },
        ],
        extensions: [toStixId('extension-definition', 7)],
        objectModified: '2018-08-21T00:00:00.',
      },
      postedTo: [FILLED[0]],
      text: '{"b":1.0,  "a":"\\u00e9\\ud83d ж", "$x.y":{}}',
    }),
    toHeldVersion({
      id: toStixId('tool', 2),
      handle: 2,
      version: '2018-08-21T00:00:00.1234567Z',
      notBefore: NOW + 3,
      deletedFrom: [FILLED[1]],
      verdict: { kind: 'refused', by: 'ann', at: NOW + 1, reason: 'no' },
      facts: { embedsMarkings: true },
    }),
    toHeldVersion({
      id: toStixId('url', 3),
      handle: 3,
      sender: 'nass',
      rank: 7,
      facts: { kind: 'observable' },
    }),
  ],
  decisions: [
    { handle: 1, collection: FILLED[0], state: 'shown' },
    { handle: 1, collection: FILLED[1], state: 'waiting', due: NOW + 5 },
    { handle: 2, collection: FILLED[1], state: 'blocked', due: NOW + 9 },
    { handle: 3, collection: FILLED[0], state: 'eligible' },
    { handle: 3, collection: FILLED[1], state: 'lost' },
  ],
  publish: [
    toPublication({ collection: FILLED[0], id: toStixId('campaign', 1) }),
    toPublication({ collection: FILLED[0], id: toStixId('campaign', 1), version: '2018-08-22T00:00:00Z' }),
    toPublication({ collection: FILLED[0], id: toStixId('campaign', 1), version: '2018-08-20T00:00:00.1Z' }),
    toPublication({ collection: FILLED[0], id: toStixId('tool', 2), specVersion: '2.0' }),
    toPublication({ collection: FILLED[1], id: toStixId('tool', 8), heldId: toStixId('tool', 2) }),
  ],
};

/** Puts something of each kind into an empty store, an earlier version that is shown again included. */
export async function fillStore(store: Store): Promise<void> {
  const secret = Uint8Array.from({ length: 32 }, (_, place) => (place * 37) % 256);
  await store.ensureDeployment({ secret, hubIdentity: toStixId('identity', 9) });
  await store.savePolicies(POLICIES);
  await store.markPoliciesDecided(await store.policyEpoch());
  await store.addOrganisation({
    id: 'fbi',
    name: 'FBI "ж"',
    audience: 'federal',
    identity: TARGET,
    hub: true,
  });
  await store.addOrganisation({ id: 'nass', name: 'NASS', audience: 'state', hub: false });
  const user = { org: 'fbi', role: 'analyst', passwordHash: '$scrypt$x', disabled: false } as const;
  await store.addUser({ ...user, name: 'ann', certificate: 'CN=ann,O=FBI' });
  await store.addUser({ ...user, name: 'bob' });
  await store.disableUser('bob');
  const token = { user: 'ann', createdAt: NOW, revoked: false } as const;
  await store.addToken({ ...token, id: 'token-1', hash: 'cd'.repeat(32), expiresAt: NOW + 7 });
  await store.addToken({ ...token, id: 'token-2', hash: 'ef'.repeat(32) });
  await store.revokeToken('token-2');
  for (const number of [4, 3, 2, 1]) await store.saveIntent(toIntent(number, { notBefore: NOW + number }));
  await store.write(async (section) => {
    section.reserveHandles(10);
    return { result: undefined, changes: HELD };
  });
  await commit(store, { submission: { id: toIntent(1).id, state: 'complete', outcomes: OUTCOMES } });
  await commit(store, { submission: { id: toIntent(2).id, state: 'open', outcomes: OUTCOMES } });
  const withdraw = { collection: FILLED[0], id: toStixId('campaign', 1), versionKey: '2018-08-22T00:00:00.' };
  await commit(store, { withdraw: [withdraw] });
  await fillFeeds(store);
}

/** Feeds of each direction, one of them without a state. */
async function fillFeeds(store: Store): Promise<void> {
  const [pull, push] = [toPullFeed(1), toPushFeed(2)];
  for (const feed of [pull, push, toPullFeed(3)]) await store.addFeed(feed);
  await store.pauseFeed(push.id);
  const rejects = [
    toReject(1),
    toReject(2, { at: NOW + 9, id: 'ж', version: '\ud800\0', original: '{"a": 1.0}' }),
  ];
  await store.saveFeedProgress(pull.id, { fence: 5, state: toState(1) }, rejects);
  await store.saveFeedProgress(push.id, { fence: 7, state: toState(2) }, [toReject(1)]);
  await store.saveArrivals('nass', [toArrival(1), toArrival(2)]);
  await store.saveArrivals('fbi', [toArrival(2)]);
}

async function readFeeds(store: Store): Promise<object> {
  const feeds = await store.listFeeds();
  const arrivals = [1, 2, 3].map((number) => toArrival(number));
  return {
    feeds,
    // The fence stays behind.
    states: await Promise.all(feeds.map(async ({ id }) => (await store.readFeedProgress(id))?.state)),
    rejects: await Promise.all(feeds.map(({ id }) => store.listFeedRejects(id, 10, 1000))),
    arrivals: await Promise.all(['nass', 'fbi', 'dhs'].map((org) => store.findArrivals([org], arrivals))),
  };
}

/** What a store says of everything that `fillStore` put there, by the ways in which it is read in use. */
export async function readContent(store: Store): Promise<object> {
  const ids = [toStixId('campaign', 1), toStixId('tool', 2), toStixId('url', 3), toStixId('tool', 8)];
  const roles = ['reference', 'creator', 'marking', 'extension'] as const;
  const targets = [TARGET, ...[2, 3].map((number) => toStixId(number === 2 ? 'tool' : 'url', number))];
  const named = [...targets, toStixId('marking-definition', 5), toStixId('marking-definition', 6)];
  const held = await store.view(async (section) => ({
    objects: await section.heldObjects(ids),
    entries: await Promise.all(FILLED.flatMap((one) => ids.map((id) => section.entriesOf(one, id)))),
    namers: await Promise.all(
      roles.flatMap((role) => named.map((target) => section.namersOf([target], [role], 'any'))),
    ),
    waiting: await section.namersOf(named, roles, ['waiting'], FILLED[1]),
    due: await section.dueObjects(NOW + 7, 10),
    owned: await Promise.all(['fbi', 'hub', 'nass'].map((owner) => section.idsOf(owner))),
    ids: await section.heldIds('', 100),
  }));
  const deployment = await store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: 'x' });
  const intents = await Promise.all([1, 2, 3, 4].map((number) => store.findIntent(toIntent(number).id)));
  const submissions = [1, 2, 3, 4].map((number) => store.findSubmission(toIntent(number).id));
  return {
    held,
    pages: await Promise.all(FILLED.map((one) => readPage(store, one))),
    manifests: await Promise.all(FILLED.map((one) => readEverything(store, one))),
    ticks: await Promise.all(FILLED.map((one) => store.lastTick(one))),
    deployment: { ...deployment, secret: [...deployment.secret] },
    policies: await store.readPolicies(),
    decided: await store.arePoliciesDecided(),
    organisations: await store.listOrganisations(),
    users: await store.listUsers(),
    certificate: await store.findUserByCertificate('CN=ann,O=FBI'),
    tokens: await store.listTokens(),
    token: await store.findTokenByHash('cd'.repeat(32)),
    open: await store.openIntents(10),
    intents: intents.map((intent) => intent && { ...intent, body: [...intent.body] }),
    submissions: await Promise.all(submissions),
    feeds: await readFeeds(store),
  };
}

function readPage(store: Store, collection: (typeof FILLED)[number]): Promise<object> {
  return store.readObjects(collection, { ...EVERYTHING, after: 0, limit: 1000 });
}

/** All batches of an export, from a position on. */
export async function readBatches(source: StoreExport, after?: string): Promise<readonly ExportBatch[]> {
  const found: ExportBatch[] = [];
  for await (const batch of source.batches(after)) found.push(batch);
  return found;
}

/** All records of what a store holds now. */
export async function readRecords(store: Store): Promise<readonly StoredRecord[]> {
  const source = await store.openExport();
  try {
    const records = (await readBatches(source)).flatMap((batch) => batch.records);
    assert.equal(records.length, source.total);
    return records;
  } finally {
    await source.close();
  }
}

/** Records as a set: a store of another kind may have its own order inside a kind. */
export function sortRecords(records: readonly StoredRecord[]): readonly StoredRecord[] {
  return records.toSorted((one, other) => (nameRecord(one) < nameRecord(other) ? -1 : 1));
}

function nameRecord(record: StoredRecord): string {
  switch (record.kind) {
    case 'deployment':
    case 'policies':
    case 'counters':
      return record.kind;
    case 'collection':
      return `${record.kind} ${record.id}`;
    case 'user':
      return `${record.kind} ${record.value.name}`;
    case 'version':
      return `${record.kind} ${record.value.handle}`;
    case 'decision':
      return `${record.kind} ${record.handle} ${record.collection}`;
    case 'entry':
      return `${record.kind} ${record.value.collection} ${record.tick}`;
    case 'feed-state':
      return `${record.kind} ${record.feed}`;
    case 'feed-reject':
      return `${record.kind} ${record.feed} ${record.value.key}`;
    case 'arrival':
      return `${record.kind} ${record.org} ${record.value.id} ${record.value.versionKey}`;
    default:
      return `${record.kind} ${record.value.id}`;
  }
}
