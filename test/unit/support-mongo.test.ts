import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { MongoClient, type Db, type Document, type Filter } from 'mongodb';
import {
  mongoAvailability,
  requireMongo,
  toDatabaseUrl,
  type TestDatabase,
} from '../support/mongo/mongo-database.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { startMongo } from '../support/mongo/mongo-server.ts';

const skip = await mongoAvailability();
// What follows is about the server that is built here, whatever server the tests are told to use.
const skipOther =
  process.env['POLLWATCH_TEST_MONGO_URL'] === undefined ? skip : 'another server is tested against';

/** A row of a collection with an index for most ways to ask for it. */
interface Row extends Document {
  readonly _id: number;
  readonly group?: string;
  readonly kind?: string | number | boolean | null;
  readonly tick?: number | string | null;
}

const INDEXES = [
  { key: { group: 1, kind: 1, tick: 1, _id: 1 } },
  { key: { group: 1, tick: -1, _id: -1 } },
  { key: { kind: 1, tick: 1, _id: 1 } },
] as const;

const group = fc.constantFrom('a', 'b', 'c');
const kind = fc.constantFrom('x', 'y', 1, true, null);
const tick = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(7.5, 2 ** 40, 'late', null));
const rows = fc
  .array(fc.record({ group, kind, tick }, { requiredKeys: [] }), { minLength: 1, maxLength: 80 })
  .map((all) => all.map((one, _id): Row => ({ _id, ...one })));
const conditionOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    value,
    fc.record({ $in: fc.array(value, { maxLength: 3 }) }),
    fc.record({ $gt: value, $lte: value }, { requiredKeys: [] }).filter((one) => Object.keys(one).length > 0),
    fc.record({ $gte: value, $lt: value, $nin: fc.tuple(value) }),
    fc.record({ $not: fc.record({ $gt: value }) }),
  );
const query = fc.record(
  {
    group: conditionOf(group),
    kind: conditionOf(kind),
    tick: conditionOf(tick),
    $or: fc.tuple(fc.record({ tick: conditionOf(tick) }), fc.record({ group })),
  },
  { requiredKeys: [] },
);
const order = fc
  .tuple(
    fc.subarray(['group', 'kind', 'tick'] as const),
    fc.constantFrom(1 as const, -1 as const),
    fc.constantFrom('none', 'group', 'tick'),
  )
  .map(([fields, direction, turned]) =>
    Object.fromEntries(
      [...fields, '_id'].map((field) => [field, field === turned ? -direction : direction] as const),
    ),
  );
const asked = fc.record({ query, order, limit: fc.constantFrom(0, 1, 5) });

interface Explained {
  readonly nReturned: number;
  readonly totalDocsExamined: number;
}

function parseExplained(answer: Document): Explained {
  return answer['executionStats'] as Explained;
}

describe('the server to test against', { skip: skipOther }, () => {
  let database: TestDatabase;
  let client: MongoClient;
  let db: Db;
  before(async () => {
    database = await requireMongo();
    client = await new MongoClient(database.url).connect();
    db = client.db();
  });
  after(async () => {
    await client.close();
    await database.drop();
  });

  test('finds with its indexes what it finds without', async (t) => {
    const { seed, numRuns } = readRandomRuns(t);
    const [scanned, indexed] = [db.collection<Row>('scanned'), db.collection<Row>('indexed')];
    await indexed.createIndexes([...INDEXES]);
    let served = 0;
    await fc.assert(
      fc.asyncProperty(rows, fc.array(asked, { minLength: 10, maxLength: 10 }), async (all, questions) => {
        for (const collection of [scanned, indexed]) {
          await collection.deleteMany({});
          await collection.insertMany(all.map((row) => ({ ...row, tick: 1 })));
          await collection.bulkWrite(
            all.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row } })),
          );
        }
        for (const question of questions) {
          const [wanted, got] = [toCursor(scanned, question), toCursor(indexed, question)];
          assert.deepEqual(await got.toArray(), await wanted.toArray());
          const { queryPlanner } = await toCursor(indexed, question).explain();
          if (JSON.stringify(queryPlanner).includes('IXSCAN')) served += 1;
        }
      }),
      { seed, numRuns },
    );
    assert.ok(
      served > 3 * numRuns,
      `only ${String(served)} of ${String(10 * numRuns)} queries were served by an index`,
    );
  });

  function toCursor(
    collection: ReturnType<typeof db.collection<Row>>,
    { query: filter, order: by, limit }: { query: object; order: object; limit: number },
  ) {
    const wanted: Filter<Row> = filter;
    return collection
      .find(wanted)
      .sort({ ...by })
      .limit(limit);
  }

  test('reads no more of an index than a page needs', async () => {
    const entries = db.collection('entries');
    await entries.createIndexes([{ key: { feed: 1, tick: 1 } }]);
    await entries.insertMany(Array.from({ length: 3000 }, (_, at) => ({ feed: at % 2, tick: at })));
    for (const feed of [1, { $in: [0, 1] }]) {
      const page = entries
        .find({ feed, tick: { $gt: 900 } })
        .sort({ tick: 1 })
        .limit(101);
      const { nReturned, totalDocsExamined } = parseExplained(await page.explain('executionStats'));
      assert.deepEqual([nReturned, totalDocsExamined], [101, 101]);
    }
  });

  test('never shows a document between before and after an update', async () => {
    const heads = db.collection<Document & { _id: string }>('heads');
    const between = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`field${String(at)}`, 0]));
    await heads.insertOne({ _id: 'head', left: 0, ...between, right: 0 });
    const write = async (): Promise<void> => {
      for (let at = 0; at < 100; at += 1) {
        await heads.updateOne({ _id: 'head' }, { $inc: { left: 1, right: 1 } });
      }
    };
    const read = async (): Promise<void> => {
      for (let at = 0; at < 100; at += 1) {
        const head = await heads.findOne({ _id: 'head' });
        assert.equal(head?.['left'], head?.['right']);
      }
    };
    await Promise.all([write(), write(), read(), read()]);
    assert.equal((await heads.findOne({ _id: 'head' }))?.['left'], 200);
  });

  test('keeps in a file what it acknowledged before it is killed, with its indexes', async () => {
    await using server = await startMongo({ keep: 'file' });
    await using own = new MongoClient(server.url, { serverSelectionTimeoutMS: 2000 });
    const names = own.db('kept').collection('names');
    await names.createIndexes([{ key: { name: 1 }, unique: true }]);
    const acknowledged: number[] = [];
    const write = async (at: number): Promise<void> => {
      await names.insertOne({ name: at });
      acknowledged.push(at);
      if (acknowledged.length === 50) await server.kill();
      await write(at + 2);
    };
    await Promise.allSettled([write(0), write(1)]);
    await server.restart();
    await own.close();
    await own.connect();
    const kept = await names.find().sort({ name: 1 }).toArray();
    assert.ok(acknowledged.length >= 50);
    assert.deepEqual(
      acknowledged.filter((at) => !kept.some(({ name }) => name === at)),
      [],
    );
    await assert.rejects(names.insertOne({ name: 0 }), { code: 11000 });
  });
});

test('a database gets its name in the URL of any server, and credentials stay where they were', () => {
  assert.equal(toDatabaseUrl('mongodb://127.0.0.1:5', 'own'), 'mongodb://127.0.0.1:5/own');
  assert.equal(
    toDatabaseUrl('mongodb://u:p@a:1,b:2/theirs?replicaSet=x', 'own'),
    'mongodb://u:p@a:1,b:2/own?replicaSet=x&authSource=theirs',
  );
  assert.equal(
    toDatabaseUrl('mongodb+srv://u:p@a/?tls=true', 'own'),
    'mongodb+srv://u:p@a/own?tls=true&authSource=admin',
  );
});
