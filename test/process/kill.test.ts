import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SYSTEM_CLOCK } from '../../server/compose.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { Store } from '../../server/storage/port.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { openTestStore } from '../support/test-database.ts';
import {
  expectCarriedOut,
  expectManifest,
  expectThere,
  expectWhole,
  readAll,
  type Stream,
} from './expectations.ts';
import { createFeed, keyOf, type Answer, type Feed, type StixObject } from './feed.ts';
import { poll, type Following } from './poller.ts';
import { createProgress, createRandom } from './progress.ts';
import { makePlace, startServerProcess } from './server-process.ts';
import { write } from './writer.ts';

const KILLS = process.env['POLLWATCH_TEST_LONG'] === '1' ? 20 : 3;
const MOST_STEPS_BEFORE_KILL = 25;
const MOST_TURNS_BEFORE_KILL = 60;
const DEADLINE_MS = 30_000;
const FOLLOWINGS: readonly (readonly [Following, number])[] = [
  ['next', 5],
  ['the header', 7],
  ['next, then the header cut to milliseconds', 3],
];

const BOUND = { timeout: 60_000 + KILLS * 20_000 };

test(
  'kill -9 during a stream of uploads loses nothing that was answered 202 and repeats nothing to pollers',
  BOUND,
  async (t) => {
    const { seed } = readRandomRuns(t);
    const random = createRandom(seed);
    const place = await makePlace(t);
    let server = await startServerProcess(t, place);
    const feed = createFeed(server.users);
    const progress = createProgress();
    let isOver = false;
    let written = false;
    let cutOff = 0;
    const streams: readonly Stream[] = [
      { to: 'exchange', readIn: 'exchange', users: ['nass', 'nass'], accepted: [] },
      { to: 'intake', readIn: 'state', users: ['dhs', 'facebook'], accepted: [] },
    ];
    feed.begin(server);
    const writers = streams.flatMap(({ to, users, accepted }, stream) =>
      users.map((user, number) =>
        write({
          ...{ feed, to, user, progress, accepted },
          random: createRandom(seed + 10 * stream + number + 1),
          isOver: () => isOver,
          onLoss: () => (cutOff += 1),
        }),
      ),
    );
    const pollers = streams.flatMap(({ readIn }) =>
      FOLLOWINGS.map(async ([following, limit]) => {
        const held = await poll({
          ...{ feed, collection: readIn, user: 'nass', following, limit, progress },
          isOver: () => written,
        });
        return { readIn, following, held };
      }),
    );
    // A rejection is looked at where it is awaited; until then it must not end the process.
    const work = Promise.all([...writers, ...pollers]);
    work.catch(() => undefined);

    for (let kill = 0; kill < KILLS; kill += 1) {
      await Promise.race([work, progress.past(progress.count + random(MOST_STEPS_BEFORE_KILL))]);
      for (let turns = random(MOST_TURNS_BEFORE_KILL); turns > 0; turns -= 1) await turn();
      await server.kill();
      feed.end();
      const answered = streams.map(({ accepted }) => [...accepted]);
      server = await startServerProcess(t, place, { POLLWATCH_PORT: String(server.port) });
      feed.begin(server);
      for (const [index, stream] of streams.entries()) await expectThere(feed, stream, answered[index] ?? []);
    }

    isOver = true;
    await Promise.all(writers);
    for (const { users, accepted } of streams) await expectCarriedOut(feed, users, accepted);
    written = true;
    progress.step();
    const shown = new Map<string, readonly StixObject[]>();
    for (const stream of streams) {
      const all = await readAll(feed, stream.readIn);
      shown.set(stream.readIn, all);
      await expectManifest(feed, stream.readIn, all);
      await expectThere(feed, stream, stream.accepted);
    }
    for (const { readIn, following, held } of await Promise.all(pollers)) {
      const wanted = shown.get(readIn) ?? [];
      assert.deepEqual(held.map(keyOf), wanted.map(keyOf), `who follows ${following} in ${readIn}`);
      assert.deepEqual(held, wanted);
    }
    assert.deepEqual(
      new Map((shown.get('exchange') ?? []).map((each) => [keyOf(each), each])),
      new Map(
        (streams[0]?.accepted ?? []).flatMap(({ objects }) => objects.map((each) => [keyOf(each), each])),
      ),
      'the plain collection holds what was posted and nothing else',
    );
    feed.end();
    assert.equal(await server.terminate(), 0);
    await expectWhole(place);
    const uploads = streams.map(({ accepted }) => accepted.length).join(' + ');
    t.diagnostic(`${KILLS} kills, ${uploads} uploads, ${cutOff} of them cut off`);
    assert.ok(cutOff > 0, 'no upload was cut off, so the kills proved nothing');
  },
);

test('an upload that was answered pending is carried out after a kill', BOUND, async (t) => {
  const place = await makePlace(t);
  const server = await startServerProcess(t, place, { POLLWATCH_WRITE_WAIT: '300ms' });
  const feed = createFeed(server.users);
  feed.begin(server);
  const bounds = { writeWaitMs: 5, maxPendingWrites: 10, pageScanMax: 1000 };
  const store = await openTestStore({ clock: SYSTEM_CLOCK, ...bounds }, { url: place.databaseUrl });
  t.after(() => store.close());
  const { answer, object, letGo } = await postUntilHeldUp(feed, store);
  const { id, status, success_count: successes, failure_count: failures } = answer.resource;
  assert.deepEqual([status, successes, failures], ['pending', 0, 0]);
  await server.kill();
  feed.end();
  await letGo();
  await store.close();
  feed.begin(await startServerProcess(t, place));
  await expectCarriedOut(feed, ['nass'], [{ statusId: id, objects: [object] }]);
  const shown = await readAll(feed, 'exchange');
  assert.equal(shown.filter((each) => keyOf(each) === keyOf(object)).length, 1);
});

type LetGo = () => Promise<void>;

/** Takes the write lock between the moment an upload is saved and that in which it would be carried out. */
async function postUntilHeldUp(
  feed: Feed,
  store: Store,
): Promise<{ readonly answer: Answer; readonly object: StixObject; readonly letGo: LetGo }> {
  const deadline = performance.now() + DEADLINE_MS;
  for (let number = 1; performance.now() < deadline; number += 1) {
    const id = `campaign--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const time = '2026-10-01T08:00:00.000Z';
    const object = {
      type: 'campaign',
      spec_version: '2.1',
      id,
      created: time,
      modified: time,
      name: 'Held up',
    };
    const body = JSON.stringify({ objects: [object] });
    const path = '/feed/collections/exchange/objects/';
    const state = { isAnswered: false };
    const answering = feed.ask({ path, user: 'nass', method: 'POST', body }).finally(() => {
      state.isAnswered = true;
    });
    while (!state.isAnswered) {
      const letGo = await holdIntent(store);
      if (letGo) {
        const answer = await answering;
        if (answer.status === 202) return { answer, object, letGo };
        await letGo();
        break;
      }
      await turn();
    }
    await answering;
  }
  throw new Error('no upload could be held up');
}

/** Takes the lock to write; keeps it if an upload is saved and not carried out. @returns what lets it go */
async function holdIntent(store: Store): Promise<LetGo | undefined> {
  const held = Promise.withResolvers<boolean>();
  const gate = Promise.withResolvers<undefined>();
  const written = store
    .write(async () => {
      const isSaved = (await store.openIntents(1)).length > 0;
      held.resolve(isSaved);
      if (isSaved) await gate.promise;
      return { result: undefined };
    })
    .catch((error: unknown) => {
      // The server has it.
      if (!(error instanceof AppError) || error.code !== 'storage.unavailable') throw error;
    })
    .finally(() => held.resolve(false));
  const letGo = async (): Promise<void> => {
    gate.resolve(undefined);
    await written;
  };
  if (await held.promise) return letGo;
  await written;
  return undefined;
}
