import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AppError } from '../../server/domain/errors.ts';
import { MAX_RUNS } from '../../server/domain/feed.ts';
import type { Store, StoredRecord } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import {
  toArrival,
  toPullFeed,
  toPushFeed,
  toReject as toFeedReject,
  toState as toFeedState,
} from './feed-samples.ts';
import { openForTest, type OpenStore } from './open-store.ts';

const COLLECTION = nextCollectionId();
const OTHER = nextCollectionId();
const SECRET = Buffer.alloc(32, 7).toString('base64');

/** Records as they come out of a file: whatever stands there. */
function parseRecord(record: object): StoredRecord {
  return record as StoredRecord;
}

const DEPLOYMENT = { kind: 'deployment', secret: SECRET, hubIdentity: toStixId('identity', 1) };
const COUNTERS = { kind: 'counters', nextHandle: 10, lastTick: 100, directoryGeneration: 1 };
const RECORD = { kind: 'collection', id: COLLECTION, lastTick: 90, generation: 1 };
const ANN = {
  name: 'ann',
  org: 'fbi',
  role: 'analyst',
  passwordHash: '$scrypt$x',
  certificate: 'CN=x',
  disabled: false,
};
const TOKEN = { id: 'one', user: 'ann', hash: 'ab'.repeat(32), createdAt: 1, revoked: false };
const BASE = [DEPLOYMENT, COUNTERS, RECORD];

function toVersion(handle: number): object {
  return { kind: 'version', value: toHeldVersion({ id: toStixId('tool', handle), handle }) };
}

function toEntry(number: number, tick: number, collection = COLLECTION): object {
  return {
    kind: 'entry',
    tick,
    marks: 31,
    value: toPublication({ collection, id: toStixId('tool', number) }),
  };
}

const FEED = toPullFeed(1);
const RUN = toFeedState(1).runs[0];

/** What is wrong with a feed, and what is said of it. */
const FEED_FAULTS: readonly (readonly [object, RegExp])[] = [
  [{ id: 'x/y' }, /"feed" has no valid "id"/],
  [{ url: 'example.com' }, /"url"/],
  [{ direction: 'both' }, /"direction"/],
  [{ into: 'x' }, /"into"/],
  [{ auth: { kind: 'password' } }, /"auth.kind"/],
  [{ auth: { kind: 'header' } }, /"auth.name"/],
  [{ secret: 'hunter2' }, /"secret"/],
  [{ secret: { env: 'X', value: 'hunter2' } }, /"secret"/],
  [{ match: { types: 'tool' } }, /"match.types"/],
  [{ paused: 1 }, /"paused"/],
];

function toState(feed: number, changed: object = {}): object {
  return { kind: 'feed-state', feed: toPullFeed(feed).id, value: { ...toFeedState(1), ...changed } };
}

function toReject(feed: number, changed: object = {}): object {
  return { kind: 'feed-reject', feed: toPullFeed(feed).id, value: { ...toFeedReject(1), ...changed } };
}

const GOOD = [
  ...BASE,
  { kind: 'user', value: ANN },
  toVersion(9),
  toEntry(1, 90),
  { kind: 'feed', value: FEED },
  { kind: 'feed', value: toPushFeed(2) },
  toState(1),
  toReject(1),
  { kind: 'arrival', org: 'fbi', value: toArrival(1) },
];

/** What is imported, and what is said of it. */
const REFUSED: readonly (readonly [readonly object[], RegExp])[] = [
  [[DEPLOYMENT, { ...COUNTERS, nextHandle: 9 }, toVersion(9)], /has the handle 9, and would give out 9 next/],
  [[...BASE, { kind: 'decision', handle: 0, collection: COLLECTION, state: 'shown' }], /"handle"/],
  [[...BASE, toEntry(1, 91)], /an entry above its own last tick/],
  [[DEPLOYMENT, { ...COUNTERS, lastTick: 89 }, RECORD], /a last tick above that of all/],
  [[...BASE, toEntry(1, 5, OTHER)], /an entry of a collection that is not in it/],
  [[DEPLOYMENT, { ...COUNTERS, lastTick: -1 }], /"lastTick"/],
  [[DEPLOYMENT, { ...COUNTERS, nextHandle: 1.5 }], /"nextHandle"/],
  [[DEPLOYMENT, COUNTERS, { ...RECORD, id: `${COLLECTION}.lastTick` }], /"id"/],
  [[{ ...DEPLOYMENT, secret: Buffer.alloc(31).toString('base64') }, COUNTERS], /"secret"/],
  [[DEPLOYMENT, { ...DEPLOYMENT, secret: Buffer.alloc(32, 8).toString('base64') }], /is there twice/],
  [[COUNTERS, RECORD], /it has no deployment/],
  [[...BASE, { kind: 'user', value: { ...ANN, role: 'owner' } }], /kind "user" has no valid "role"/],
  [
    [...BASE, { kind: 'organisation', value: { id: 'fbi', name: 'FBI', audience: 'everybody', hub: true } }],
    /"audience"/,
  ],
  [[...BASE, { kind: 'decision', handle: 1, collection: COLLECTION, state: 'seen' }], /"state"/],
  [
    [...BASE, { kind: 'user', value: ANN }, { kind: 'user', value: { ...ANN, name: 'bob' } }],
    /of the users is there twice/,
  ],
  [
    [...BASE, { kind: 'token', value: TOKEN }, { kind: 'token', value: { ...TOKEN, id: 'two' } }],
    /of the tokens is there twice/,
  ],
  ...FEED_FAULTS.map(
    ([changed, words]) => [[...BASE, { kind: 'feed', value: { ...FEED, ...changed } }], words] as const,
  ),
  [[...BASE, toState(1)], /a state or a reject of a feed that is not in it/],
  [[...BASE, { kind: 'feed', value: FEED }, toReject(2)], /a state or a reject of a feed that is not in it/],
  [
    [...BASE, { kind: 'feed', value: FEED }, { kind: 'feed', value: { ...toPushFeed(2), name: FEED.name } }],
    /of the feeds is there twice/,
  ],
  [
    [...BASE, { kind: 'feed', value: FEED }, { kind: 'feed', value: { ...FEED, name: 'other' } }],
    /of the feeds is there twice/,
  ],
  [
    [...BASE, { kind: 'feed', value: FEED }, { ...toState(1), value: {} }],
    /"feed-state" has no valid "totals"/,
  ],
  [
    [
      ...BASE,
      { kind: 'feed', value: FEED },
      toState(1, { runs: Array.from({ length: MAX_RUNS + 1 }, () => RUN) }),
    ],
    /"feed-state" has no valid "runs"/,
  ],
  [
    [...BASE, { kind: 'feed', value: FEED }, toState(1, { runs: [{ ...RUN, result: 'good' }] })],
    /"feed-state" has no valid "runs.0.result"/,
  ],
  [[...BASE, { kind: 'feed', value: FEED }, toReject(1, { key: 'AB' })], /"feed-reject" has no valid "key"/],
  [[...BASE, { kind: 'feed', value: FEED }, toReject(1, { at: -1 })], /"feed-reject" has no valid "at"/],
  [[...BASE, { kind: 'arrival', org: 'a b', value: toArrival(1) }], /"arrival" has no valid "org"/],
  [
    [...BASE, { kind: 'arrival', org: 'fbi', value: { ...toArrival(1), versionKey: '' } }],
    /"arrival" has no valid "versionKey"/,
  ],
  ...['', 'no JSON', '[]', '{"id":"tool--other"}', 'null'].map((text) => {
    const value = toPublication({ collection: COLLECTION, text });
    return [[...BASE, { kind: 'entry', tick: 1, marks: 31, value }], /"entry" has no valid "text"/] as const;
  }),
];

async function importAll(store: Store, batches: readonly (readonly object[])[]): Promise<void> {
  await store.beginImport('mark');
  for (const [place, records] of batches.entries()) {
    await store.importBatch({ records: records.map(parseRecord), position: String(place) });
  }
  await store.finishImport();
}

/** Imports that were made by somebody else. */
export function describeRefusedImports(openStore: OpenStore): void {
  const openNew = async (t: TestContext): Promise<Store> => (await openForTest(t, openStore)).store;

  test('obligation 14: what no store has exported is refused in clear words, in one batch or in many', async (t) => {
    const store = await openNew(t);
    await importAll(store, [GOOD]);
    assert.equal(await store.countEntries(COLLECTION), 1);
    for (const [records, words] of REFUSED) {
      for (const batches of [[records], records.map((record) => [record])]) {
        const target = await openNew(t);
        await assert.rejects(importAll(target, batches), (error: unknown) => {
          assert.ok(error instanceof AppError, String(error));
          assert.equal(error.code, 'input.invalid', JSON.stringify(records.at(-1)));
          assert.match(error.detail ?? '', words, JSON.stringify(records.at(-1)));
          return true;
        });
        // Nothing but the same import goes on there.
        assert.equal((await target.importState())?.mark, 'mark');
      }
    }
  });
}
