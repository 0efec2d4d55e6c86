import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../process/progress.ts';
import { makePlace } from '../process/server-process.ts';
import { mongoAvailability, toDatabaseUrl } from '../support/mongo/mongo-database.ts';
import { startMongo } from '../support/mongo/mongo-server.ts';
import { startDatabaseProxy } from './database-proxy.ts';
import { makeDeployment } from './deployment.ts';
import { exchange, type Question } from './request.ts';
import { isStep, serveOver } from './served.ts';
import { makeCampaign, makeId } from './stock.ts';

const TIMEOUT_MS = 10_000;
/** Saving an upload is two commands: a number for it, and itself. */
const SAVED = 2;
const SKIP = await mongoAvailability();

test(
  'an upload that two servers carry out at once does not come back after its DELETE',
  { timeout: 120_000, skip: SKIP },
  async (t) => {
    const place = await makePlace(t);
    await using mongo = await startMongo();
    const settings = {
      POLLWATCH_DATABASE_URL: toDatabaseUrl(mongo.url, 'pollwatch'),
      POLLWATCH_COLLECTIONS_DIR: place.collections,
      POLLWATCH_PORT: '0',
    };
    const token = (await makeDeployment(settings)).get('nass') ?? '';
    const serve = (port: number) => {
      const url = toDatabaseUrl(`mongodb://127.0.0.1:${port}`, 'pollwatch');
      return serveOver({ ...settings, POLLWATCH_DATABASE_URL: url }, 0, TIMEOUT_MS);
    };
    const lasting = await serve(mongo.port);
    t.after(() => lasting.close());
    const ask = async (question: Omit<Question, 'token'>): Promise<number> => {
      const { status } = await exchange(
        lasting.address,
        { ...question, token },
        AbortSignal.timeout(TIMEOUT_MS),
      );
      return status;
    };
    const proxy = await startDatabaseProxy(mongo.port, isStep);
    const late = await serve(proxy.port);
    t.after(async () => {
      await late.close();
      await proxy.close();
    });
    const draft = makeCampaign(makeId('campaign', createRandom(1)), 0, 'Once');
    const path = `/feed/collections/exchange/objects/${draft.id}/`;

    const dying = await startDatabaseProxy(mongo.port, isStep);
    const dead = await serve(dying.port);
    t.after(async () => {
      await dead.close();
      await dying.close();
    });
    dying.arm(SAVED, 'cut');
    const question = { path: '/feed/collections/exchange/objects/', method: 'POST', token } as const;
    const body = JSON.stringify({ objects: [draft] });
    const answering = exchange(dead.address, { ...question, body }, AbortSignal.timeout(TIMEOUT_MS));
    answering.catch(() => undefined);
    await dying.reached;
    proxy.arm(1, 'freeze');
    const resuming = late.core.submissions.resume();
    await proxy.reached;
    // Whoever comes first, this server or its chore.
    await lasting.core.submissions.resume();
    assert.deepEqual(proxy.counted, ['findAndModify heads'], 'it was stopped when it had read the upload');
    assert.equal(await ask({ path, method: 'GET' }), 200);
    assert.equal(await ask({ path, method: 'DELETE' }), 200);
    proxy.release();
    await resuming;
    // Asked of the database: a page may lag behind what was published a moment ago.
    const { store } = lasting.core;
    const exchanged = (await store.readPolicies()).find(({ alias }) => alias === 'exchange');
    assert.ok(exchanged);
    assert.equal(await store.countEntries(exchanged.id), 0);
  },
);
