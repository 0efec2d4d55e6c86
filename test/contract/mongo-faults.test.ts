import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../server/domain/errors.ts';
import { NEW_STATE } from '../../server/domain/feed.ts';
import type { Store } from '../../server/storage/port.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { startMongo } from '../support/mongo/mongo-server.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { startRefusingMongo } from '../support/refusing-mongo.ts';
import { toArrival, toPullFeed } from './feed-samples.ts';
import { openMongo } from './open-mongo.ts';
import { commit } from './open-store.ts';
import { toIntent } from './transfer-content.ts';

const TIMEOUT_MS = 1500;
/** A call may wait for an answer, then for the answer to letting go of a lock, beside what a busy machine takes. */
const CALL_MS = 4 * TIMEOUT_MS + 5000;
const BACK_MS = 30_000;
const BOUND = { timeout: 180_000 };

type Call = () => Promise<unknown>;
/** Everything that asks the database; a call that is added to the port is missed here by the compiler. */
type Calls = Readonly<Record<Exclude<keyof Store, 'knownGeneration' | 'objectFault' | 'close'>, Call>>;

const COLLECTION = nextCollectionId();
const ID = toStixId('tool', 1);
const FEED = toPullFeed(1).id;
const QUERY = { ...DEFAULT_POLL, after: 0, limit: 10 };
const USER = { name: 'ann', org: 'dhs', role: 'analyst', passwordHash: '', disabled: false } as const;

function listCalls(store: Store): Calls {
  const intent = toIntent(1);
  return {
    readObjects: () => store.readObjects(COLLECTION, QUERY),
    readManifest: () => store.readManifest(COLLECTION, QUERY),
    hasObject: () => store.hasObject(COLLECTION, ID),
    hasVersion: () => store.hasVersion(COLLECTION, ID, ['x']),
    generation: () => store.generation(COLLECTION),
    lastTick: () => store.lastTick(COLLECTION),
    countEntries: () => store.countEntries(COLLECTION),
    readEntries: () => store.readEntries(COLLECTION, 0, 10),
    saveIntent: () => store.saveIntent({ ...intent, id: 'other' }),
    openIntents: () => store.openIntents(1),
    findIntent: () => store.findIntent(intent.id),
    findSubmission: () => store.findSubmission(intent.id),
    saveOutcomes: () => store.saveOutcomes(intent.id, 'complete', []),
    addOrganisation: () => store.addOrganisation({ id: 'dhs', name: 'DHS', audience: 'federal', hub: true }),
    listOrganisations: () => store.listOrganisations(),
    findOrganisation: () => store.findOrganisation('dhs'),
    addUser: () => store.addUser(USER),
    findUser: () => store.findUser('ann'),
    findUserByCertificate: () => store.findUserByCertificate('CN=ann'),
    listUsers: () => store.listUsers(),
    setPasswordHash: () => store.setPasswordHash('ann', 'x'),
    disableUser: () => store.disableUser('ann'),
    addToken: () => store.addToken({ id: 't', user: 'ann', hash: 'h', createdAt: 1, revoked: false }),
    findTokenByHash: () => store.findTokenByHash('h'),
    listTokens: () => store.listTokens(),
    revokeToken: () => store.revokeToken('t'),
    directoryGeneration: () => store.directoryGeneration(),
    ensureDeployment: () => store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: ID }),
    readPolicies: () => store.readPolicies(),
    savePolicies: () => store.savePolicies([]),
    arePoliciesDecided: () => store.arePoliciesDecided(),
    policyEpoch: () => store.policyEpoch(),
    markPoliciesDecided: () => store.markPoliciesDecided(1),
    markPoliciesUndecided: () => store.markPoliciesUndecided(),
    readLease: () => store.readLease('chores'),
    swapLease: () => store.swapLease('chores', undefined, { holder: 'a', fence: 1, beat: 0 }),
    addFeed: () => store.addFeed(toPullFeed(1)),
    listFeeds: () => store.listFeeds(),
    findFeed: () => store.findFeed('feed-1'),
    pauseFeed: () => store.pauseFeed(FEED),
    resumeFeed: () => store.resumeFeed(FEED),
    removeFeed: () => store.removeFeed(FEED),
    readFeedProgress: () => store.readFeedProgress(FEED),
    saveFeedProgress: () => store.saveFeedProgress(FEED, { fence: 1, state: NEW_STATE }, []),
    listFeedRejects: () => store.listFeedRejects(FEED, 10, 10),
    countFeedRejects: () => store.countFeedRejects(FEED),
    trimFeedRejects: () => store.trimFeedRejects(FEED, 0, 0),
    saveArrivals: () => store.saveArrivals('dhs', [toArrival(1)]),
    findArrivals: () => store.findArrivals(['dhs'], [toArrival(1)]),
    openExport: () => store.openExport(),
    importState: () => store.importState(),
    beginImport: () => store.beginImport('mark'),
    importBatch: () => store.importBatch({ records: [], position: 'p' }),
    finishImport: () => store.finishImport(),
    write: () => store.write(() => Promise.resolve({ result: 1 })),
    view: () => store.view((section) => section.heldObjects([ID])),
    health: () => store.health(),
    sweep: () => store.sweep(),
    ping: () => store.ping(),
  };
}

/** Every call says within its time that the store is not there. */
async function expectUnavailable(store: Store): Promise<void> {
  const outcomes = await Promise.all(
    Object.entries(listCalls(store)).map(async ([name, call]) => {
      const started = performance.now();
      const said = await call().then(() => 'an answer', codeOf);
      const ms = performance.now() - started;
      return `${name}: ${said}${ms > CALL_MS ? ` after ${ms.toFixed()} ms` : ''}`;
    }),
  );
  assert.deepEqual(
    outcomes.filter((outcome) => !outcome.endsWith(': storage.unavailable')),
    [],
  );
}

function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : String(error);
}

/** Asks until the store is back, as the server does. */
async function untilBack(store: Store): Promise<void> {
  const deadline = performance.now() + BACK_MS;
  for (;;) {
    const said = await store.ping().then(() => 'back', codeOf);
    if (said === 'back') return;
    assert.equal(said, 'storage.unavailable');
    assert.ok(performance.now() < deadline, 'the store is back in time');
    await delay(20);
  }
}

async function publish(store: Store, number: number): Promise<string> {
  const text = `{"number":${number}}`;
  await commit(store, {
    publish: [toPublication({ collection: COLLECTION, id: toStixId('tool', number), text })],
  });
  return text;
}

describe('a MongoDB that is not there', { skip: await mongoAvailability(), ...BOUND }, () => {
  test('obligation 11: while it is killed every call is storage.unavailable in time; it comes back by itself with all that was answered', async () => {
    await using server = await startMongo({ keep: 'file' });
    const store = await openMongo(`${server.url}/pollwatch`, {
      timeoutMs: TIMEOUT_MS,
      writeWaitMs: TIMEOUT_MS,
    });
    try {
      const first = await publish(store, 1);
      await server.kill();
      await expectUnavailable(store);
      await server.restart();
      await untilBack(store);
      const second = await publish(store, 2);
      assert.deepEqual((await store.readObjects(COLLECTION, QUERY)).texts, [first, second]);
    } finally {
      await store.close();
    }
  });

  test('obligation 11: while it is frozen every call is storage.unavailable in time, and goes on when it does', async () => {
    await using server = await startMongo();
    const store = await openMongo(`${server.url}/pollwatch`, {
      timeoutMs: TIMEOUT_MS,
      writeWaitMs: TIMEOUT_MS,
    });
    const pid = server.pid ?? 0;
    try {
      const first = await publish(store, 1);
      process.kill(pid, 'SIGSTOP');
      await expectUnavailable(store);
      process.kill(pid, 'SIGCONT');
      await untilBack(store);
      // What was sent before it froze may hold the lock until the lease ends.
      const second = await untilPublished(store, 2);
      assert.deepEqual((await store.readObjects(COLLECTION, QUERY)).texts, [first, second]);
    } finally {
      process.kill(pid, 'SIGCONT');
      await store.close();
    }
  });

  test('a write that it loses in the middle is storage.unavailable, shows nothing, and does not stop the next', async () => {
    await using server = await startMongo({ keep: 'file' });
    const store = await openMongo(`${server.url}/pollwatch`, {
      timeoutMs: TIMEOUT_MS,
      writeWaitMs: TIMEOUT_MS,
    });
    try {
      const first = await publish(store, 1);
      const lost = store.write(async () => {
        await server.kill();
        return { result: 1, changes: { publish: [toPublication({ collection: COLLECTION, id: ID })] } };
      });
      assert.equal(await lost.then(() => 'an answer', codeOf), 'storage.unavailable');
      await server.restart();
      await untilBack(store);
      assert.deepEqual((await store.readObjects(COLLECTION, QUERY)).texts, [first]);
      const second = await untilPublished(store, 2);
      assert.deepEqual((await store.readObjects(COLLECTION, QUERY)).texts, [first, second]);
    } finally {
      await store.close();
    }
  });

  test('opening where nobody answers is storage.unavailable in time, and says what to look at', async () => {
    const started = performance.now();
    await assert.rejects(
      openMongo('mongodb://127.0.0.1:1/pollwatch', { timeoutMs: TIMEOUT_MS }),
      (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'storage.unavailable');
        assert.match(error.detail ?? '', /POLLWATCH_DATABASE_URL/);
        return true;
      },
    );
    assert.ok(performance.now() - started < CALL_MS);
  });

  test('a wrong password, and a user that may not, is config.invalid and says what to look at', async () => {
    for (const [code, credentials] of [
      [18, 'ann:secret@'],
      [13, ''],
    ] as const) {
      await using server = await startRefusingMongo(code);
      const url = `mongodb://${credentials}127.0.0.1:${server.port}/pollwatch`;
      await assert.rejects(openMongo(url, { timeoutMs: TIMEOUT_MS }), (error: unknown) => {
        assert.ok(error instanceof AppError, String(error));
        assert.equal(error.code, 'config.invalid');
        assert.match(error.detail ?? '', /user, password and authSource/);
        assert.doesNotMatch(error.detail ?? '', /secret/);
        return true;
      });
    }
  });

  test('a closed store is storage.unavailable, and others go on', async () => {
    await using database = await requireMongo();
    const [closed, other] = [await openMongo(database.url), await openMongo(database.url)];
    await closed.close();
    await closed.close();
    await expectUnavailable(closed);
    const text = await publish(other, 1);
    assert.deepEqual((await other.readObjects(COLLECTION, QUERY)).texts, [text]);
    await other.close();
  });
});

async function untilPublished(store: Store, number: number): Promise<string> {
  const deadline = performance.now() + BACK_MS;
  for (;;) {
    try {
      return await publish(store, number);
    } catch (error) {
      assert.equal(codeOf(error), 'storage.unavailable');
      assert.ok(performance.now() < deadline, 'writing goes on in time');
    }
  }
}
