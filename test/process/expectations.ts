import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { SYSTEM_CLOCK } from '../../server/compose.ts';
import { openTestStore, TEST_STORE } from '../support/test-database.ts';
import { keyOf, type Answer, type Feed, type StixObject } from './feed.ts';
import type { Place } from './server-process.ts';
import type { Accepted } from './writer.ts';

/** A collection that is written to, and that in which a partner then reads it. */
export interface Stream {
  readonly to: string;
  readonly readIn: string;
  readonly users: readonly string[];
  readonly accepted: Accepted[];
}

const READER = 'nass';
const DEADLINE_MS = 30_000;

type Listed = NonNullable<Answer['resource']['objects']>;

async function list(feed: Feed, collection: string, kind: 'objects' | 'manifest'): Promise<Listed> {
  const found: Listed[number][] = [];
  for (let next = ''; ;) {
    const path = `/feed/collections/${collection}/${kind}/?limit=1000&match[version]=all${next}`;
    const { status, resource } = await feed.ask({ path, user: READER });
    assert.equal(status, 200);
    found.push(...(resource.objects ?? []));
    if (resource.next === undefined) return found;
    next = `&next=${resource.next}`;
  }
}

/** All versions that the collection shows, in its order. */
export function readAll(feed: Feed, collection: string): Promise<readonly StixObject[]> {
  return list(feed, collection, 'objects');
}

/** The manifest says the same as the objects, with dates that rise. Nothing may be written meanwhile. */
export async function expectManifest(
  feed: Feed,
  collection: string,
  shown: readonly StixObject[],
): Promise<void> {
  const records = await list(feed, collection, 'manifest');
  assert.deepEqual(
    records.map(({ id, version }) => `${id} ${version ?? ''}`),
    shown.map(keyOf),
  );
  const dates = records.map(({ date_added: date }) => date ?? '');
  assert.deepEqual(dates, [...new Set(dates)].sort(), 'dates rise');
}

/** Every object of these uploads is in the collection once, but for relationships that still wait for an end. */
export async function expectThere(feed: Feed, stream: Stream, uploads: readonly Accepted[]): Promise<void> {
  const { to, readIn, users } = stream;
  const readOnce = async (): Promise<ReadonlySet<string>> => {
    const shown = (await readAll(feed, readIn)).map(keyOf);
    const present = new Set(shown);
    assert.equal(present.size, shown.length, `something is in ${readIn} more than once`);
    return present;
  };
  const missingFrom = (present: ReadonlySet<string>, { objects }: Accepted): readonly StixObject[] =>
    objects.filter((each) => !present.has(keyOf(each)));
  const before = await readOnce();
  const incomplete = uploads.filter((upload) => missingFrom(before, upload).length > 0);
  const arrived: Accepted[] = [];
  for (const upload of incomplete) {
    const missing = missingFrom(before, upload);
    const { pending_count: pending } = await readStatus(feed, users, upload.statusId);
    const isWaiting = missing.length === pending && missing.every(({ type }) => type === 'relationship');
    if (!isWaiting || to !== 'intake') arrived.push(upload);
  }
  // What it waited for may have come since the collection was read.
  const after = await readOnce();
  const lost = arrived.flatMap((upload) => missingFrom(after, upload));
  assert.deepEqual(lost.map(keyOf), [], `lost from ${readIn}`);
}

/** Every upload comes to its end, and every object in it is a success. */
export async function expectCarriedOut(
  feed: Feed,
  users: readonly string[],
  uploads: readonly Accepted[],
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (const { statusId, objects } of uploads) {
    for (;;) {
      const resource = await readStatus(feed, users, statusId);
      const { status, total_count: total, success_count: successes } = resource;
      if (status === 'complete') {
        assert.deepEqual([total, successes], [objects.length, objects.length], JSON.stringify(resource));
        break;
      }
      assert.ok(performance.now() < deadline, `an upload still waits: ${JSON.stringify(resource)}`);
    }
  }
}

/** A status is for its sender alone: exactly one of the users gets it. */
async function readStatus(
  feed: Feed,
  users: readonly string[],
  statusId: string,
): Promise<Answer['resource']> {
  const found: Answer['resource'][] = [];
  for (const user of new Set(users)) {
    const { status, resource } = await feed.ask({ path: `/feed/status/${statusId}/`, user });
    if (status === 200) found.push(resource);
  }
  const [first] = found;
  assert.equal(found.length, 1, `the status ${statusId} is lost`);
  assert.ok(first);
  return first;
}

/** The database of a server that has ended is sound, and nothing in it waits to be carried out. */
export async function expectWhole({ database, databaseUrl: url }: Place): Promise<void> {
  if (TEST_STORE === 'sqlite') expectSound(database);
  const bounds = { writeWaitMs: 1000, maxPendingWrites: 10, pageScanMax: 1000 };
  const store = await openTestStore({ clock: SYSTEM_CLOCK, ...bounds }, { url });
  try {
    assert.deepEqual(await store.openIntents(10), []);
  } finally {
    await store.close();
  }
}

function expectSound(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const checks = database.prepare('PRAGMA integrity_check').all();
    assert.deepEqual(
      checks.map((row) => row['integrity_check']),
      ['ok'],
    );
  } finally {
    database.close();
  }
}
