import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { toHeldVersion } from '../support/held-samples.ts';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL, EVERYTHING } from '../support/random-entries.ts';
import { startTestServer, type Answer } from '../support/test-server.ts';
import { commit } from './open-store.ts';
import { openMongo } from './open-mongo.ts';

const MEBIBYTE = 2 ** 20;
const MODIFIED = '2018-08-21T12:00:00.000Z';

/** An object with these members besides those that it needs, written as they stand here. */
function write(number: number, members: string): string {
  const id = toStixId('tool', number);
  return `{"type":"tool","spec_version":"2.1","id":"${id}","created":"${MODIFIED}","modified":"${MODIFIED}","name":"x",${members}}`;
}

/** Members that a document, a driver or a parser could change. */
const MEMBERS: Readonly<Record<string, string>> = {
  'the order of names, also of numbers': '"zulu":1,"alpha":2,"10":3,"2":4,"-1":5,"01":6',
  'integers and floats':
    '"x_a":1.0,"x_b":1e2,"x_c":-0,"x_d":9007199254740993,"x_e":0.10,"x_f":1E-7,"x_g":-0.0',
  'what is empty': '"x_object":{},"x_list":[],"x_text":"","x_deep":{"a":[{}]}',
  'names with dots and dollars': '"a.b":1,"$set":{"$inc":1},"a$":2,".":3,"$":4,"$where":"1"',
  'names that objects of JavaScript have':
    '"__proto__":{"x":1},"constructor":2,"toString":3,"_id":4,"length":5',
  'zero characters': '"x\\u0000y":"a\\u0000b","\\u0000":1',
  'the same name inside and outside': '"stix":{"text":"t","from":1,"until":0},"handle":7',
};

const large = write(900, `"description":"${'ж€\u{1F600}x '.repeat((10 * MEBIBYTE) / 12)}"`);
const TEXTS = [...Object.values(MEMBERS).map((members, place) => write(place, members)), large];

function parseStix(document: unknown): Readonly<Record<string, unknown>> {
  return document as Record<string, unknown>;
}

describe('objects as documents', { skip: await mongoAvailability() }, () => {
  test('every object comes back byte for byte, on pages, in entries and as held, of 10 MB too', async () => {
    await using database = await requireMongo();
    const store = await openMongo(database.url);
    try {
      assert.ok(Buffer.byteLength(large) > 9 * MEBIBYTE);
      const collection = nextCollectionId();
      const ids = TEXTS.map((_, place) => toStixId('tool', place));
      for (const [handle, text] of TEXTS.entries()) {
        const id = ids[handle] ?? '';
        assert.equal(store.objectFault({ type: 'tool' }, text), undefined);
        const versions = [toHeldVersion({ id, handle, text })];
        await commit(store, { versions, publish: [toPublication({ collection, id, text })] });
      }
      for (const filter of [DEFAULT_POLL, EVERYTHING]) {
        const page = await store.readObjects(collection, { ...filter, after: 0, limit: 100 });
        assert.deepEqual(page.texts, TEXTS);
      }
      await store.view(async (section) => {
        const held = await section.heldObjects(ids);
        for (const [place, id] of ids.entries()) {
          assert.equal(held.get(id)?.versions[0]?.text, TEXTS[place]);
          assert.equal((await section.entriesOf(collection, id))[0]?.text, TEXTS[place]);
        }
      });
    } finally {
      await store.close();
    }
  });

  test('what people query is a native document with its members in order and numbers as numbers', async () => {
    await using database = await requireMongo();
    const store = await openMongo(database.url);
    await using client = await new MongoClient(database.url).connect();
    try {
      for (const [handle, text] of TEXTS.entries()) {
        await commit(store, { versions: [toHeldVersion({ id: toStixId('tool', handle), handle, text })] });
      }
      const objects = client.db().collection('objects');
      assert.equal(await objects.countDocuments({ 'stix.type': 'tool' }), TEXTS.length);
      assert.equal(await objects.countDocuments({ 'stix.x_b': { $gt: 99 } }), 1);
      assert.equal(await objects.countDocuments({ 'stix.a．b': 1 }), 1, 'a dot is written as its wide form');
      const raw = await objects.findOne({ handle: 0 }, { raw: true });
      const bytes = Buffer.from(parseBytes(raw)).toString('latin1');
      const places = ['zulu', 'alpha', '-1', '01'].map((name) => bytes.indexOf(`${name}\0`));
      assert.ok(!places.includes(-1));
      assert.deepEqual(
        places,
        places.toSorted((one, other) => one - other),
      );
      const plain = parseStix(await objects.findOne({ handle: 1 }, { projection: { _id: 0, stix: 1 } }));
      assert.equal(parseStix(plain['stix'])['x_e'], 0.1);
    } finally {
      await store.close();
    }
  });

  test('one that is over the limit for a document fails with both sizes, and the rest of the envelope goes through', async () => {
    await using database = await requireMongo();
    await using server = await startTestServer({
      DATABASE_URL: database.url,
      MAX_CONTENT_LENGTH: String(64 * MEBIBYTE),
    });
    const collection = server.scratch();
    const tool = (number: number, description: string): object => ({
      ...{ type: 'tool', spec_version: '2.1', id: toStixId('tool', number) },
      ...{ created: MODIFIED, modified: MODIFIED, name: 'x', description },
    });
    const tooLarge = tool(2, 'x'.repeat(17 * MEBIBYTE));
    const posted = await server.post(collection, [
      tool(1, 'small'),
      tooLarge,
      tool(3, 'x'.repeat(10 * MEBIBYTE)),
    ]);
    assert.equal(posted.status, 202, posted.text.slice(0, 500));
    const { successes, failures } = await untilComplete(server.get, posted);
    assert.deepEqual(
      successes?.map(({ id }) => id),
      [toStixId('tool', 1), toStixId('tool', 3)],
    );
    assert.deepEqual(
      failures?.map(({ id }) => id),
      [toStixId('tool', 2)],
    );
    const message = failures[0]?.message ?? '';
    const [, bytes, most] = /it takes (\d+) bytes .* takes at most (\d+) for an object/.exec(message) ?? [];
    assert.ok(Number(bytes) > 17 * MEBIBYTE && Number(bytes) < 17 * MEBIBYTE + 1000, message);
    assert.ok(Number(most) > 15 * MEBIBYTE && Number(most) <= 16 * MEBIBYTE, message);
    const page = await server.get(`${collection}objects/`);
    assert.deepEqual(
      page.resource().objects?.map(({ id }) => id),
      [toStixId('tool', 1), toStixId('tool', 3)],
    );
  });
});

async function untilComplete(
  get: (path: string) => Promise<Answer>,
  posted: Answer,
): Promise<ReturnType<Answer['resource']>> {
  const deadline = performance.now() + 30_000;
  for (let status = posted.resource(); ;) {
    if (status['status'] === 'complete') return status;
    assert.ok(performance.now() < deadline, 'the upload comes to its end');
    status = (await get(`/feed/status/${status.id ?? ''}/`)).resource();
  }
}

function parseBytes(raw: unknown): Uint8Array {
  return raw as Uint8Array;
}
