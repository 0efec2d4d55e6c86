import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fault } from '../support/partner/behaviour.ts';
import { makeCampaigns } from '../support/partner/objects.ts';
import { startPartner } from '../support/partner/partner.ts';
import type { SeenRequest } from '../support/partner/request-log.ts';
import { addPull, openStoreBeside, readHeld, readState, until } from './feed-store.ts';
import { makePlace, startServerProcess } from './server-process.ts';

const PAGE = 10;
const OBJECTS = 55;
/** Due times are so far from each other. */
const EVERY_MICROS = 2_000_000;
const CRON = '*/2 * * * * *';
const DEADLINE_MS = 60_000;
const RUNS_AFTER = 4;

test(
  'two servers over one store run a feed once for each due time, also when its holder was stopped and goes on',
  { timeout: 180_000 },
  async (t) => {
    const answer = Promise.withResolvers<undefined>();
    let held: SeenRequest | undefined;
    /** The second page is held back from whoever asks for it first. */
    const fault = (request: SeenRequest): Fault | undefined => {
      if (request.resource !== 'objects' || !request.query.has('next') || held) return undefined;
      held = request;
      return { kind: 'hold', until: answer.promise };
    };
    await using partner = await startPartner({
      objects: makeCampaigns(OBJECTS),
      behaviour: { pageSize: PAGE, fault },
    });
    const place = await makePlace(t);
    const settings = { POLLWATCH_FEED_PAGE_LIMIT: String(PAGE) };
    const holder = await startServerProcess(t, place, settings);
    const store = await openStoreBeside(t, place);
    const feed = await addPull(store, partner, CRON);
    await until('the first server asks for a second page', () => held !== undefined, DEADLINE_MS);
    assert.ok(held);

    process.kill(holder.pid, 'SIGSTOP');
    let isStopped = true;
    t.after(() => isStopped && process.kill(holder.pid, 'SIGCONT'));
    const before = partner.requests.count;
    const other = await startServerProcess(t, place, settings);
    const succeeded = async (): Promise<number> => (await readState(store, feed)).succeededAt ?? 0;
    await until('the second server has run the feed', async () => (await succeeded()) > 0, DEADLINE_MS);
    assert.ok(partner.requests.count > before);
    const fence = (await store.readFeedProgress(feed.id))?.fence ?? 0;

    answer.resolve(undefined);
    await until('the held answer has left', () => held?.isOpen === false, DEADLINE_MS);
    process.kill(holder.pid, 'SIGCONT');
    isStopped = false;
    const runsAfter = async (): Promise<number> => (await readState(store, feed)).runs.length;
    const had = await runsAfter();
    await until('more runs', async () => (await runsAfter()) >= had + RUNS_AFTER, DEADLINE_MS);
    assert.equal((await fetch(`http://127.0.0.1:${String(holder.port)}/health/live/`)).status, 200);

    assert.ok(held.next !== undefined);
    const goneOn = partner.requests.all.filter(({ query }) => query.get('next') === held?.next);
    assert.deepEqual(goneOn, [], 'the stopped server went on with its run');
    const { fence: fenceAfter, state } = (await store.readFeedProgress(feed.id)) ?? assert.fail();
    assert.ok(fenceAfter >= fence, 'the fence went back');
    const due = state.runs.map(({ startedAt }) => Math.floor(startedAt / EVERY_MICROS));
    assert.equal(new Set(due).size, due.length, `a due time ran twice: ${due.join(' ')}`);
    const apart = state.runs.flatMap(
      ({ startedAt }, index) => (state.runs[index + 1]?.endedAt ?? 0) > startedAt,
    );
    assert.deepEqual([...new Set(apart)], [false], 'runs overlap');
    expectOneAtATime(partner.requests.all, held);
    assert.deepEqual((await readHeld(store)).toSorted(), partner.stock.keys);

    // The one that was stopped is as good as before: it takes the feed when the other one ends.
    assert.equal(await other.terminate(), 0);
    const last = await succeeded();
    await until('the first server runs the feed', async () => (await succeeded()) > last, DEADLINE_MS);
    assert.equal(await holder.terminate(), 0);
    assert.deepEqual((await readHeld(store)).toSorted(), partner.stock.keys);
  },
);

/** But for the held one, no request came from one connection between two of the same run of another. */
function expectOneAtATime(all: readonly SeenRequest[], held: SeenRequest): void {
  const others = all.filter((each) => each !== held && each.resource === 'objects');
  const given = new Map(
    others.flatMap(({ next, clientPort }) => (next === undefined ? [] : [[next, clientPort]])),
  );
  let open: string | undefined;
  for (const { query, next, number } of others) {
    if (number < held.number) continue;
    const came = query.get('next') ?? undefined;
    if (open !== undefined) assert.equal(came, open, `request ${String(number)} came in the middle of a run`);
    if (came !== undefined) assert.ok(given.has(came));
    open = next;
  }
}
