import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { MongoClient, type Collection, type Document } from 'mongodb';
import { AppError } from '../../server/domain/errors.ts';
import { toStorageError } from '../../server/storage/mongo/errors.ts';
import { STALE_MS } from '../../server/storage/mongo/mongo-store.ts';
import { ROWS_PER_FENCE } from '../../server/storage/mongo/rows.ts';
import type { Changes, ExportBatch, Store, StoredRecord } from '../../server/storage/port.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { mongoAvailability } from '../support/mongo/mongo-database.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL } from '../support/random-entries.ts';
import { readEverything } from './mirror.ts';
import { commit, hasCode } from './open-store.ts';
import { openServers, type Servers } from './open-mongo.ts';

const SKIP = await mongoAvailability();
const MARK = 'a mark';

/** A document, whatever is in it. */
interface Raw extends Document {
  readonly _id: number | string;
}

interface Bench extends Servers {
  /** The database as it lies there. */
  documents(name: string): Collection<Raw>;
}

/** A database of the test's own, and servers over it. */
async function openBench(t: TestContext): Promise<Bench> {
  const servers = await openServers(t);
  const client = new MongoClient(servers.url);
  t.after(() => client.close());
  return { ...servers, documents: (name) => client.db().collection<Raw>(name) };
}

function parseRecord(record: object): StoredRecord {
  return record as StoredRecord;
}

/** Commits as a server does: with a deployment, and handles that were given out. */
async function commitReserved(store: Store, changes: Changes): Promise<void> {
  await store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: toStixId('identity', 1) });
  await store.write((section) => {
    section.reserveHandles(changes.versions?.length ?? 0);
    return Promise.resolve({ result: undefined, changes });
  });
}

async function exportAll(store: Store): Promise<readonly ExportBatch[]> {
  const source = await store.openExport();
  const batches: ExportBatch[] = [];
  for await (const batch of source.batches()) batches.push(batch);
  await source.close();
  return batches;
}

describe('MongoStore: what comes late', { skip: SKIP, timeout: 120_000 }, () => {
  test('a page read by a head so old that the sweep may have removed what it shows is storage.unavailable', async (t) => {
    const bench = await openBench(t);
    let now = 0;
    let pauseMs = 0;
    const onCommand = (command: Document): void => {
      if (command['find'] === 'entries') now += pauseMs;
    };
    const store = await bench.open({ nowMs: () => now, leaseMs: 1e9, onCommand });
    const collection = nextCollectionId();
    await commit(store, { publish: [toPublication({ collection })] });
    const query = { ...DEFAULT_POLL, after: 0, limit: 10 };
    pauseMs = 50_000;
    assert.equal((await store.readObjects(collection, query)).texts.length, 1);
    pauseMs = 60_000;
    await assert.rejects(store.readObjects(collection, query), hasCode('storage.unavailable'));
  });

  test('a view that lasts longer than ended rows are kept is storage.unavailable', async (t) => {
    const bench = await openBench(t);
    let now = 0;
    const store = await bench.open({ nowMs: () => now, leaseMs: 1e9, staleMs: 0 });
    const collection = nextCollectionId();
    const entry = toPublication({ collection });
    await commit(store, { publish: [entry] });
    const view = store.view(async (section) => {
      await commit(store, { withdraw: [entry] });
      await store.sweep();
      now += 60_000;
      await store.sweep();
      return section.entriesOf(collection, entry.id);
    });
    await assert.rejects(view, hasCode('storage.unavailable'));
  });

  test('an answer that something is gone already comes no sooner than the answer to its withdrawal may', async (t) => {
    const bench = await openBench(t);
    const one = await bench.open();
    const collection = nextCollectionId();
    const entry = toPublication({ collection });
    const withdraw = (store: Store): Promise<void> =>
      store.write(async (section) => {
        const left = await section.entriesOf(collection, entry.id);
        if (left.length === 0) throw new AppError('object.not-found');
        return { result: undefined, changes: { withdraw: [entry] } };
      });
    for (const second of [one, await bench.open()]) {
      await commit(one, { publish: [entry] });
      const other = await bench.open();
      await second.ping();
      assert.equal(await other.hasObject(collection, entry.id), true);
      const begunMs = performance.now();
      const answers = await Promise.allSettled([
        withdraw(one),
        withdraw(second).finally(async () => {
          assert.ok(performance.now() - begunMs > STALE_MS);
          assert.equal(await other.hasObject(collection, entry.id), false);
        }),
      ]);
      const refusals = answers.filter((answer) => answer.status === 'rejected');
      assert.equal(refusals.length, 1);
      assert.ok(refusals.every(({ reason }) => hasCode('object.not-found')(reason)));
    }
  });

  test('one sweep removes all that is due, and does not wait for further commits', async (t) => {
    const bench = await openBench(t);
    let now = 0;
    const store = await bench.open({ nowMs: () => now, leaseMs: 1e9 });
    await commit(store, { objects: [{ id: toStixId('tool', 1), owner: 'fbi' }] });
    await store.sweep();
    now += 60_000;
    await store.sweep();
    const graves = Array.from({ length: 450 }, (_, place) => ({
      _id: ROWS_PER_FENCE + 1000 + place,
      from: 1,
      space: 'records',
      ids: [],
    }));
    await bench.documents('graves').insertMany(graves);
    await store.sweep();
    assert.equal(await bench.documents('graves').countDocuments({}), 0);
  });

  test('an export that was taken for dead says so instead of leaving things out', async (t) => {
    const bench = await openBench(t);
    let now = 0;
    const store = await bench.open();
    const sweeper = await bench.open({ nowMs: () => now, leaseMs: 1e9 });
    await commit(store, { publish: [toPublication({ collection: nextCollectionId() })] });
    const source = await store.openExport();
    await sweeper.sweep();
    now += 61_000;
    await sweeper.sweep();
    await assert.rejects(async () => {
      for await (const { records } of source.batches()) assert.ok(records.length > 0);
    }, hasCode('storage.unavailable'));
    await source.close();
  });

  test('a connection that ends while something is written to it is storage.unavailable', () => {
    const ended = Object.assign(new Error('This socket has been ended by the other party'), {
      code: 'EPIPE',
    });
    assert.ok(hasCode('storage.unavailable')(toStorageError(ended)));
  });

  test('whoever would write while there is an import is refused and does not touch the head', async (t) => {
    const bench = await openBench(t);
    const [importer, server] = [await bench.open(), await bench.open()];
    await importer.beginImport(MARK);
    const before = await bench.documents('heads').findOne({});
    await assert.rejects(commit(server, {}), hasCode('input.invalid'));
    await assert.rejects(
      commit(server, { objects: [{ id: toStixId('tool', 1), owner: 'fbi' }] }),
      hasCode('input.invalid'),
    );
    assert.deepEqual(await bench.documents('heads').findOne({}), before);
  });

  test('what a late writer of an import still writes is never seen, and takes nothing away', async (t) => {
    const [from, to] = [await openBench(t), await openBench(t)];
    const source = await from.open();
    const collection = nextCollectionId();
    const published = [1, 2, 3].map((number) => toPublication({ collection, id: toStixId('tool', number) }));
    const versions = published.map(({ id }, place) => toHeldVersion({ id, handle: place + 1 }));
    const decisions = versions.map(({ handle }) => ({ handle, collection, state: 'shown' as const }));
    await commitReserved(source, { publish: published, versions, decisions });
    const batches = await exportAll(source);
    const [late, importer] = [await to.open(), await to.open()];
    await importer.beginImport(MARK);
    const broken = {
      kind: 'version',
      value: toHeldVersion({ id: toStixId('tool', 9), handle: 9, text: '' }),
    };
    await assert.rejects(late.importBatch({ records: [parseRecord(broken)], position: 'broken' }));
    const fence = Number((await to.documents('heads').findOne({}))?.['fence']);
    for (const batch of batches) await importer.importBatch(batch);
    const [row] = await to.documents('entries').find({}).toArray();
    const lateRow = { ...row, _id: fence * ROWS_PER_FENCE + 1, from: fence, tick: 1 };
    await to.documents('entries').insertOne(lateRow);
    await importer.finishImport();
    assert.deepEqual(await readEverything(importer, collection), await readEverything(source, collection));
    assert.equal(await importer.countEntries(collection), 3);
    await importer.view(async (section) => {
      const held = await section.heldObjects(published.map(({ id }) => id));
      assert.deepEqual(
        [...held.values()].map(({ states }) => states.size),
        [1, 1, 1],
      );
    });
  });

  test('two that import the same at once lose nothing: one of them is told', async (t) => {
    const [from, to] = [await openBench(t), await openBench(t)];
    const source = await from.open();
    const collection = nextCollectionId();
    const numbers = Array.from({ length: 30 }, (_, place) => place + 1);
    await commitReserved(source, {
      publish: numbers.map((number) => toPublication({ collection, id: toStixId('tool', number) })),
      versions: numbers.map((number) => toHeldVersion({ id: toStixId('tool', number), handle: number })),
      decisions: numbers.map((handle) => ({ handle, collection, state: 'shown' as const })),
    });
    const records = (await exportAll(source)).flatMap((batch) => batch.records);
    const importers = [await to.open(), await to.open()];
    await importers[0]?.beginImport(MARK);
    for (const [place, record] of records.entries()) {
      const batch = { records: [record], position: String(place) };
      if (place < 40) {
        const answers = await Promise.allSettled(importers.map((store) => store.importBatch(batch)));
        for (const answer of answers) {
          if (answer.status === 'rejected') assert.ok(hasCode('input.invalid')(answer.reason));
        }
      }
      await importers[0]?.importBatch(batch);
    }
    const [importer] = importers;
    assert.ok(importer);
    await importer.finishImport();
    assert.deepEqual(await readEverything(importer, collection), await readEverything(source, collection));
    const copied = (await exportAll(importer)).flatMap((batch) => batch.records);
    assert.equal(copied.length, records.length);
  });
});
