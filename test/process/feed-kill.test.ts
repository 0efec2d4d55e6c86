import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../support/partner/behaviour.ts';
import { makeCampaign, makeCampaigns } from '../support/partner/objects.ts';
import { startPartner } from '../support/partner/partner.ts';
import type { SeenRequest } from '../support/partner/request-log.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { expectWhole } from './expectations.ts';
import { addPull, openStoreBeside, readHeld, readState, toArrival, until } from './feed-store.ts';
import { createProgress, createRandom } from './progress.ts';
import { makePlace, startServerProcess } from './server-process.ts';

const KILLS = process.env['POLLWATCH_TEST_LONG'] === '1' ? 30 : 3;
const PAGE = 10;
const FIRST_OBJECTS = 60;
const MOST_REQUESTS_BEFORE_KILL = 12;
/** A page is asked for, answered and made durable in about this time. */
const MOST_MS_BEFORE_KILL = 25;
const MOST_MS_PER_ANSWER = 8;
const DEADLINE_MS = 60_000;

test(
  'kill -9 at random moments of a pull leaves the set complete, with nothing doubled and every arrival known',
  { timeout: 60_000 + KILLS * 30_000 },
  async (t) => {
    const { seed } = readRandomRuns(t);
    const random = createRandom(seed);
    const progress = createProgress();
    let grown = FIRST_OBJECTS;
    let isOver = false;
    await using partner = await startPartner({ objects: makeCampaigns(FIRST_OBJECTS) });
    /** It is slow, and there is always more of it as long as the server is killed. */
    const fault = (request: SeenRequest): Fault | undefined => {
      if (request.resource !== 'objects') return undefined;
      progress.step();
      if (!isOver)
        partner.stock.add(Array.from({ length: PAGE }, () => makeCampaign('the partner', (grown += 1))));
      return { kind: 'hold', until: delay(random(MOST_MS_PER_ANSWER)) };
    };
    partner.behave({ pageSize: PAGE, fault });

    const place = await makePlace(t);
    // A run whose process died goes on after a pause, which is short here.
    const settings = { POLLWATCH_FEED_PAGE_LIMIT: String(PAGE), POLLWATCH_FEED_MAX_BACKOFF: '1s' };
    let server = await startServerProcess(t, place, settings);
    const store = await openStoreBeside(t, place);
    const feed = await addPull(store, partner, '* * * * * *');
    let brokenOff = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await progress.past(progress.count + random(MOST_REQUESTS_BEFORE_KILL));
      const moment = performance.now() + random(MOST_MS_BEFORE_KILL);
      while (performance.now() < moment) await turn();
      await server.kill();
      const state = await readState(store, feed);
      if (state.startedAt !== undefined && state.runs[0]?.startedAt !== state.startedAt) brokenOff += 1;
      server = await startServerProcess(t, place, settings);
    }
    isOver = true;

    await until(
      'the feed has everything',
      async () => (await readHeld(store)).length >= partner.stock.held.length,
      DEADLINE_MS,
    );
    const endedBefore = (await readState(store, feed)).succeededAt ?? 0;
    await until(
      'a run comes to a good end',
      async () => ((await readState(store, feed)).succeededAt ?? 0) > endedBefore,
      DEADLINE_MS,
    );
    assert.equal(await server.terminate(), 0);
    const held = await readHeld(store);
    assert.deepEqual(held.toSorted(), partner.stock.keys);
    const arrivals = partner.stock.held.map(({ object }) => toArrival(object));
    const known = await store.findArrivals([feed.org], arrivals);
    assert.equal(known.filter((isKnown) => !isKnown).length, 0, 'arrivals that are not known');
    assert.equal(await store.countFeedRejects(feed.id), 0);
    await store.close();
    await expectWhole(place);
    t.diagnostic(`${KILLS} kills, ${brokenOff} of them in a run, ${held.length} objects`);
    assert.ok(brokenOff > 0, 'no run was broken off, so the kills proved nothing');
  },
);
