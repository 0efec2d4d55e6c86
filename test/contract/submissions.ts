import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { ObjectOutcome, SubmissionIntent } from '../../server/domain/submission.ts';
import type { Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { commit, openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const EVERY_BYTE = Uint8Array.from({ length: 1024 }, (_, place) => place % 256);
const RECEIVED = Date.UTC(2026, 0, 1) * 1000 + 3;

function toIntent(
  collection: CollectionId,
  number: number,
  changed: Partial<SubmissionIntent> = {},
): SubmissionIntent {
  return {
    id: `${String(number).padStart(8, '0')}-0000-4000-8000-000000000001`,
    user: 'ann',
    org: 'fbi',
    collection,
    receivedAt: RECEIVED + number,
    sha256: 'ab'.repeat(32),
    defaults: {},
    body: EVERY_BYTE,
    ...changed,
  };
}

const OUTCOMES: readonly ObjectOutcome[] = [
  { id: toStixId('tool', 9), version: '2018-08-21T00:00:00Z', result: 'success' },
  {
    id: toStixId('tool', 1),
    version: '2018-08-21T00:00:00Z',
    result: 'pending',
    message: 'waits',
    handle: 12,
  },
  { id: toStixId('tool', 5), version: '2018-08-21T00:00:00Z', result: 'failure', message: 'name: "x" – ж' },
];
const DONE: readonly ObjectOutcome[] = OUTCOMES.map((one) => ({
  id: one.id,
  version: one.version,
  result: 'success',
}));

async function readSubmission(store: Store, { body, ...intent }: SubmissionIntent) {
  const found = await store.findSubmission(intent.id);
  assert.ok(found);
  const { state, outcomes, bytes, completedAt, ...rest } = found;
  assert.equal(completedAt !== undefined, state === 'complete', 'complete has the time of it');
  assert.deepEqual(rest, intent);
  assert.equal(bytes, body.byteLength);
  return { state, outcomes };
}

async function carryOut(store: Store, id: string, state: 'open' | 'complete'): Promise<void> {
  await commit(store, { submission: { id, state, outcomes: OUTCOMES } });
}

/** Uploads: saved first, carried out later. */
export function describeSubmissions(openStore: OpenStore): void {
  test('obligation 9: an intent is there as it was saved, after a restart and in another store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const collection = nextCollectionId();
    const intents = [
      toIntent(collection, 1),
      toIntent(collection, 2, {
        defaults: { tlp: 'green', audiences: ['state', 'private'], consent: 'none' },
        notBefore: RECEIVED + 5,
        body: new Uint8Array(0),
      }),
      toIntent(collection, 3, { defaults: { consent: 'usg' }, body: new Uint8Array(3_000_000).fill(0xff) }),
    ];
    for (const intent of intents) await under.store.saveIntent(intent);
    const seenBySecond = await second.openIntents(10);
    const reopened = await under.opened.reopen();
    assert.deepEqual(
      seenBySecond,
      intents.map((intent) => intent.id),
    );
    assert.deepEqual(await reopened.openIntents(10), seenBySecond);
    for (const intent of intents) {
      const found = await reopened.findIntent(intent.id);
      assert.ok(found);
      const { body, ...rest } = found;
      const { body: sent, ...expected } = intent;
      assert.deepEqual(rest, expected);
      assert.ok(Buffer.from(body).equals(sent));
      assert.deepEqual(await readSubmission(reopened, intent), { state: 'received', outcomes: [] });
    }
  });

  test('obligation 9: an intent is listed, oldest first, until a commit carries it out', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const intents = [1, 2, 3, 4].map((number) => toIntent(collection, number));
    for (const intent of intents) await store.saveIntent(intent);
    const [one, two, three, four] = intents.map((intent) => intent.id);
    assert.ok(one && two && three && four);
    assert.deepEqual(await store.openIntents(2), [one, two]);
    await carryOut(store, two, 'open');
    await carryOut(store, one, 'complete');
    assert.deepEqual(await store.openIntents(10), [three, four]);
    assert.equal(await store.findIntent(one), undefined);
    assert.equal(await store.findIntent(two), undefined);
    const states = await Promise.all(intents.slice(0, 2).map((intent) => readSubmission(store, intent)));
    assert.deepEqual(states, [
      { state: 'complete', outcomes: OUTCOMES },
      { state: 'open', outcomes: OUTCOMES },
    ]);
  });

  test('obligation 9: an intent whose work fails stays, and nothing of the work does', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const intent = toIntent(collection, 1);
    await store.saveIntent(intent);
    const broken = {
      id: intent.id,
      state: 'complete' as const,
      get outcomes(): readonly ObjectOutcome[] {
        throw new Error('these outcomes cannot be read');
      },
    };
    await assert.rejects(commit(store, { publish: [toPublication({ collection })], submission: broken }));
    assert.deepEqual(await store.openIntents(10), [intent.id]);
    assert.ok(await store.findIntent(intent.id));
    assert.equal(await store.countEntries(collection), 0);
    assert.deepEqual(await readSubmission(store, intent), { state: 'received', outcomes: [] });
  });

  test('obligation 9: outcomes of an open submission are replaced, those of a complete one stand', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const intent = toIntent(nextCollectionId(), 1);
    await store.saveIntent(intent);
    await carryOut(store, intent.id, 'open');
    await store.saveOutcomes(intent.id, 'open', OUTCOMES.slice(1));
    assert.deepEqual(await readSubmission(store, intent), { state: 'open', outcomes: OUTCOMES.slice(1) });
    await store.saveOutcomes(intent.id, 'complete', DONE);
    assert.deepEqual(await readSubmission(store, intent), { state: 'complete', outcomes: DONE });
    await store.saveOutcomes(intent.id, 'open', OUTCOMES).catch(() => undefined);
    const reopened = await opened.reopen();
    assert.deepEqual(await readSubmission(reopened, intent), { state: 'complete', outcomes: DONE });
  });

  test('obligation 9: outcomes saved for an intent that was not carried out do not close it', async (t) => {
    const { store } = await openForTest(t, openStore);
    const intent = toIntent(nextCollectionId(), 1);
    await store.saveIntent(intent);
    await store.saveOutcomes(intent.id, 'complete', DONE).catch(() => undefined);
    assert.deepEqual(await store.openIntents(10), [intent.id]);
    assert.deepEqual(await readSubmission(store, intent), { state: 'received', outcomes: [] });
  });

  test('obligation 9: what was never saved is not there', async (t) => {
    const { store } = await openForTest(t, openStore);
    const { id } = toIntent(nextCollectionId(), 1);
    assert.equal(await store.findIntent(id), undefined);
    assert.equal(await store.findSubmission(id), undefined);
    assert.deepEqual(await store.openIntents(10), []);
  });
}
