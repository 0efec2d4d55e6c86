import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { mongoAvailability, requireMongo } from '../support/mongo/mongo-database.ts';
import { parseDocument, readDocument, startServer, type Environment, type Place } from './run-pollwatch.ts';
import { atDatabase, makeFilledPlace, PASSWORD } from './transfer-place.ts';

/*
 * POLLWATCH_TEST_COPY_OBJECTS: how many objects (2,000; with --long 200,000).
 */
const isLong = process.env['POLLWATCH_TEST_LONG'] !== undefined;
const OBJECTS = Number(process.env['POLLWATCH_TEST_COPY_OBJECTS'] ?? (isLong ? 200_000 : 2000));
const MISSING = await mongoAvailability();
const AUTHORIZATION = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`;
/** Each with its own selection; `reference` is the large one. */
const LISTS = [
  ['reference', 'objects/?limit=1000'],
  ['reference', 'manifest/?limit=1000&match%5Bversion%5D=all'],
  ['federal', 'objects/?limit=50&match%5Bversion%5D=all'],
  ['state', 'manifest/?limit=50'],
] as const;

interface Walked {
  readonly pages: number;
  /** Of all bytes of all pages and of their X-headers. */
  readonly sha256: string;
}

async function walk(url: string, collection: string, list: string): Promise<Walked> {
  const hash = createHash('sha256');
  const base = `${url}/feed/collections/${collection}/`;
  let pages = 0;
  for (let path: string | undefined = list; path !== undefined;) {
    const answer: Response = await fetch(base + path, {
      headers: { accept: 'application/taxii+json;version=2.1', authorization: AUTHORIZATION },
    });
    const body = await answer.text();
    assert.equal(answer.status, 200, body);
    hash.update(body);
    for (const end of ['first', 'last']) hash.update(answer.headers.get(`x-taxii-date-added-${end}`) ?? '-');
    pages += 1;
    const { next } = parseDocument(body);
    const [resource = ''] = list.split('?');
    path = typeof next === 'string' ? `${resource}?next=${encodeURIComponent(next)}` : undefined;
  }
  return { pages, sha256: hash.digest('hex') };
}

async function walkAll(env: Environment): Promise<readonly Walked[]> {
  const server = await startServer(env);
  try {
    const walked: Walked[] = [];
    for (const [collection, list] of LISTS) walked.push(await walk(server.url, collection, list));
    return walked;
  } finally {
    await server.stop();
  }
}

describe('a large copy', { timeout: 3_600_000 }, () => {
  test('a copy to another file and back gives the same bytes on every page', (t) =>
    copyThereAndBack(t, (place) => atDatabase(place, 'there.db').url));

  test('a copy to MongoDB and back gives the same bytes on every page', { skip: MISSING }, async (t) => {
    const database = await requireMongo();
    t.after(() => database.drop());
    await copyThereAndBack(t, () => database.url);
  });
});

async function copyThereAndBack(t: TestContext, toThere: (place: Place) => string): Promise<void> {
  const place = await makeFilledPlace(OBJECTS);
  t.after(() => place.remove());
  const expected = await walkAll(place.env);
  assert.ok((expected[0]?.pages ?? 0) >= OBJECTS / 1000);
  let from = place.env['POLLWATCH_DATABASE_URL'] ?? '';
  for (const to of [toThere(place), atDatabase(place, 'back.db').url]) {
    const started = performance.now();
    const { records } = await readDocument(place.env, ['copy', '--from', from, '--to', to]);
    const seconds = (performance.now() - started) / 1000;
    t.diagnostic(
      `${OBJECTS} objects, ${String(records)} records to ${to.split(':')[0]}: ${seconds.toFixed(1)} s`,
    );
    assert.deepEqual(await walkAll({ ...place.env, POLLWATCH_DATABASE_URL: to }), expected);
    from = to;
  }
}
