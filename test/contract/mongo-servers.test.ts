import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { STALE_MS } from '../../server/storage/mongo/mongo-store.ts';
import { INDEXES } from '../../server/storage/mongo/layout.ts';
import type { Store } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { mongoAvailability } from '../support/mongo/mongo-database.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { readEverything } from './mirror.ts';
import { openServers } from './open-mongo.ts';
import { commit, hasCode } from './open-store.ts';

const SKIP = await mongoAvailability();
/** For waits on what must happen soon, on a busy machine. */
const DEADLINE_MS = 10_000;

async function readTexts(
  store: Store,
  collection: ReturnType<typeof nextCollectionId>,
): Promise<readonly string[]> {
  return (await store.readObjects(collection, { ...DEFAULT_POLL, after: 0, limit: 100 })).texts;
}

/** Looks again and again until it is so. */
async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, 'it did not come about');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A promise and what fulfils it. */
function createGate(): { readonly opened: Promise<undefined>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { opened: promise, open: () => resolve(undefined) };
}

async function countDocuments(url: string): Promise<number> {
  const client = new MongoClient(url);
  try {
    const names = [...new Set(INDEXES.map(({ collection }) => collection)), 'graves'];
    const counts = await Promise.all(names.map((name) => client.db().collection(name).countDocuments({})));
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    await client.close();
  }
}

describe('MongoStore: several servers', { skip: SKIP, timeout: 120_000 }, () => {
  test('no request that begins after the answer to a withdrawal shows the object, on whichever server', async (t) => {
    const servers = await openServers(t);
    const [one, other] = [await servers.open(), await servers.open()];
    const collection = nextCollectionId();
    const entry = toPublication({ collection });
    for (let turn = 0; turn < 5; turn += 1) {
      await commit(one, { publish: [entry] });
      await waitFor(async () => (await readTexts(other, collection)).length === 1);
      // The other server has a head of just now, which it may go by for a while.
      const generation = await other.generation(collection);
      await commit(one, { withdraw: [entry] });
      assert.notEqual(await other.generation(collection), generation);
      assert.deepEqual(await readTexts(other, collection), []);
      assert.equal(await other.hasObject(collection, entry.id), false);
    }
  });

  test('no request that begins after the answer to a replaced entry shows the text before', async (t) => {
    const servers = await openServers(t);
    const [one, other] = [await servers.open(), await servers.open()];
    const collection = nextCollectionId();
    for (const number of [1, 2, 3, 4]) {
      const text = `{"number":${number}}`;
      await readTexts(other, collection);
      await commit(one, { publish: [toPublication({ collection, text })] });
      if (number > 1) assert.deepEqual(await readTexts(other, collection), [text]);
    }
  });

  test('what was revoked or disabled is so for every server when the answer is there', async (t) => {
    const servers = await openServers(t);
    const [one, other] = [await servers.open(), await servers.open()];
    await one.addOrganisation({ id: 'nass', name: 'NASS', audience: 'state', hub: false });
    await one.addUser({ name: 'ann', org: 'nass', role: 'partner', passwordHash: 'x', disabled: false });
    const hash = 'ab'.repeat(32);
    await one.addToken({ id: 'token-1', user: 'ann', hash, createdAt: 1, revoked: false });
    await waitFor(async () => (await other.findTokenByHash(hash)) !== undefined);
    const before = await other.directoryGeneration();
    await one.revokeToken('token-1');
    assert.notEqual(await other.directoryGeneration(), before);
    assert.equal((await other.findTokenByHash(hash))?.revoked, true);
    await one.disableUser('ann');
    assert.equal((await other.findUser('ann'))?.disabled, true);
    await one.setPasswordHash('ann', 'y');
    assert.equal((await other.findUser('ann'))?.passwordHash, 'y');
  });

  test('a publish is seen at once by its own server and by every other one within the stated bound', async (t) => {
    const servers = await openServers(t);
    let now = 0;
    const one = await servers.open();
    const other = await servers.open({ nowMs: () => now });
    const collection = nextCollectionId();
    for (let turn = 1; turn <= 5; turn += 1) {
      await readTexts(other, collection);
      await commit(one, { publish: [toPublication({ collection, id: toStixId('tool', turn) })] });
      assert.equal((await readTexts(one, collection)).length, turn);
      now += STALE_MS;
      assert.equal((await readTexts(other, collection)).length, turn);
    }
  });

  test('what was done by a command is seen by every server once the command has closed its store', async (t) => {
    const servers = await openServers(t);
    const [command, other] = [await servers.open(), await servers.open()];
    const collection = nextCollectionId();
    await readTexts(other, collection);
    await commit(command, { publish: [toPublication({ collection })] });
    await command.close();
    assert.equal((await readTexts(other, collection)).length, 1);
  });

  test('a writer that is paused for longer than the lease writes in vain, whatever it still writes', async (t) => {
    const servers = await openServers(t);
    // Its signs of life come so seldom that it seems to be paused.
    const paused = await servers.open({ leaseMs: 600_000, staleMs: 0 });
    const other = await servers.open({ leaseMs: 150, staleMs: 0 });
    const collection = nextCollectionId();
    const [first, second, third] = [1, 2, 3].map((number) =>
      toPublication({ collection, id: toStixId('tool', number) }),
    );
    assert.ok(first && second && third);
    await commit(other, { publish: [first] });
    const gate = createGate();
    const versions = [toHeldVersion({ id: second.id, handle: 900 })];
    const late = paused.write(async () => {
      await gate.opened;
      return { result: 1, changes: { withdraw: [first], publish: [second], versions } };
    });
    const refused = assert.rejects(late, hasCode('storage.unavailable'));
    await waitFor(async () => (await other.health()).openWrites === 1);
    await commit(other, { publish: [third] });
    assert.equal((await other.health()).abortedWrites, 1);
    gate.open();
    await refused;
    for (const store of [paused, other]) {
      const ids = (await readEverything(store, collection)).map(({ id }) => id);
      assert.deepEqual(ids, [first.id, third.id]);
      assert.equal(await store.countEntries(collection), 2);
      await store.view(async (section) => {
        assert.equal((await section.heldObjects([second.id])).size, 0);
      });
    }
    // What it tried to end can be ended, and what it tried to show can be shown.
    await commit(paused, { withdraw: [first], publish: [second], versions });
    assert.deepEqual(
      (await readEverything(other, collection)).map(({ id }) => id),
      [third.id, second.id],
    );
  });

  test('a lock without a sign of life is told, and taken away after the lease', async (t) => {
    const servers = await openServers(t);
    let now = 0;
    const dead = await servers.open({ leaseMs: 600_000, staleMs: 0 });
    const other = await servers.open({ leaseMs: 3000, staleMs: 0, nowMs: () => now, writeWaitMs: 10_000 });
    const gate = createGate();
    const holding = assert.rejects(
      dead.write(async () => {
        await gate.opened;
        return { result: 1, changes: { objects: [{ id: toStixId('tool', 1), owner: 'fbi' }] } };
      }),
      hasCode('storage.unavailable'),
    );
    await waitFor(async () => (await other.health()).openWrites === 1);
    now += 2900;
    assert.equal((await other.health()).silentMs, 2900);
    const write = commit(other, { objects: [{ id: toStixId('tool', 2), owner: 'fbi' }] });
    assert.equal((await other.health()).abortedWrites, 0);
    now += 200;
    await write;
    assert.deepEqual(await other.health(), { openWrites: 0, abortedWrites: 1, silentMs: 0 });
    gate.open();
    await holding;
  });

  test('a dead writer is found out also by those who wait for less than its lease', async (t) => {
    const servers = await openServers(t);
    const dead = await servers.open({ leaseMs: 600_000, staleMs: 0 });
    const hasty = await servers.open({ leaseMs: 300, staleMs: 0, writeWaitMs: 20 });
    const gate = createGate();
    const holding = assert.rejects(
      dead.write(async () => {
        await gate.opened;
        return { result: 1, changes: { objects: [{ id: toStixId('tool', 1), owner: 'fbi' }] } };
      }),
      hasCode('storage.unavailable'),
    );
    await waitFor(async () => (await hasty.health()).openWrites === 1);
    await commit(hasty, { objects: [{ id: toStixId('tool', 2), owner: 'fbi' }] });
    gate.open();
    await holding;
  });

  test('a server with an older head does not end a page that another server went beyond', async (t) => {
    const servers = await openServers(t);
    const [one, other] = [await servers.open(), await servers.open({ staleMs: 20_000 })];
    const collection = nextCollectionId();
    const publish = [1, 2, 3].map((number) => toPublication({ collection, id: toStixId('tool', number) }));
    await readTexts(other, collection);
    await commit(one, { publish });
    const page = await one.readObjects(collection, { ...DEFAULT_POLL, after: 0, limit: 2 });
    const rest = await other.readObjects(collection, { ...DEFAULT_POLL, after: page.last ?? 0, limit: 2 });
    assert.equal(rest.texts.length, 1);
  });

  test('a sweep removes what nobody can see any more and nothing else', async (t) => {
    const servers = await openServers(t);
    let now = 0;
    const store = await servers.open({ nowMs: () => now, retainMs: 60_000, staleMs: 0 });
    const collection = nextCollectionId();
    const entry = toPublication({ collection, id: toStixId('tool', 1) });
    const versions = [toHeldVersion({ id: entry.id, handle: 1 })];
    await commit(store, { publish: [entry], versions });
    const smallest = await countDocuments(servers.url);
    for (let turn = 0; turn < 5; turn += 1) {
      await commit(store, { publish: [entry], versions });
      await commit(store, { withdraw: [entry], dropVersions: [1] });
      await commit(store, { publish: [entry], versions });
    }
    const shown = await readEverything(store, collection);
    await store.sweep();
    assert.ok((await countDocuments(servers.url)) > smallest + 10, 'nothing is removed at once');
    now += 60_000;
    await store.sweep();
    assert.equal(await countDocuments(servers.url), smallest);
    assert.deepEqual(await readEverything(store, collection), shown);
    await store.view(async (section) => {
      assert.equal((await section.heldObjects([entry.id])).get(entry.id)?.versions.length, 1);
    });
  });

  test('an export that is open keeps what it reads from the sweep', async (t) => {
    const servers = await openServers(t);
    let now = 0;
    const store = await servers.open({ nowMs: () => now, retainMs: 1000, staleMs: 0 });
    const collection = nextCollectionId();
    const entry = toPublication({ collection });
    await commit(store, { publish: [entry] });
    const source = await store.openExport();
    await commit(store, { withdraw: [entry] });
    for (let turn = 0; turn < 3; turn += 1) {
      await store.sweep();
      now += 2000;
    }
    const kinds: string[] = [];
    for await (const { records } of source.batches()) kinds.push(...records.map(({ kind }) => kind));
    assert.ok(kinds.includes('entry'));
    await source.close();
    await store.sweep();
    assert.equal((await store.openExport()).total, kinds.length - 1);
  });

  test('servers that open a new database at once make it once', async (t) => {
    const servers = await openServers(t);
    const stores = await Promise.all(Array.from({ length: 6 }, () => servers.open()));
    const secret = (place: number): Uint8Array => new Uint8Array(32).fill(place);
    const deployments = await Promise.all(
      stores.map((store, place) =>
        store.ensureDeployment({ secret: secret(place), hubIdentity: toStixId('identity', place) }),
      ),
    );
    assert.equal(new Set(deployments.map(({ hubIdentity }) => hubIdentity)).size, 1);
  });
});
