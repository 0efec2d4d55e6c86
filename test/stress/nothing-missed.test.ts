import { describe, test } from 'node:test';
import { mongoAvailability, requireMongo, toDatabaseUrl } from '../support/mongo/mongo-database.ts';
import { startMongo } from '../support/mongo/mongo-server.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { runStress } from './stress.ts';
import { startWorkerFleet } from './worker-fleet.ts';

const IS_LONG = process.env['POLLWATCH_TEST_LONG'] === '1';
const SMALL = { seconds: 4, servers: 3, writers: 4, collections: ['exchange', 'state', 'private'] };
const LARGE = {
  ...{ seconds: 120, servers: 4, writers: 8 },
  collections: ['exchange', 'reference', 'federal', 'state', 'private'],
};
const SIZE = IS_LONG ? LARGE : SMALL;
/** For a run by hand. */
const SECONDS = Number(process.env['POLLWATCH_TEST_SECONDS'] ?? SIZE.seconds);
const BOUND = { timeout: 120_000 + SECONDS * 4000 };
/** A process that has just started takes the lock from a dead one only when it waits for longer than a lease. */
const MONGO_WAIT = { POLLWATCH_WRITE_WAIT: '5s' };
const SKIP = await mongoAvailability();

describe('several servers that die, pause and disagree about the time miss and lose nothing', () => {
  test('as processes over one SQLite file', BOUND, async (t) => {
    const { seed } = readRandomRuns(t);
    await runStress(t, { ...SIZE, variant: 'sqlite', seed, seconds: SECONDS, settings: {} });
  });

  test('as workers over one SQLite file', BOUND, async (t) => {
    const { seed } = readRandomRuns(t);
    const options = { variant: 'sqlite-workers', seed, seconds: SECONDS, startFleet: startWorkerFleet };
    await runStress(t, { ...SIZE, ...options, settings: {} });
  });

  test('over a MongoDB-compatible server', { ...BOUND, skip: SKIP }, async (t) => {
    const { seed } = readRandomRuns(t);
    await using database = await requireMongo();
    const settings = { ...MONGO_WAIT, POLLWATCH_DATABASE_URL: database.url };
    await runStress(t, { ...SIZE, variant: 'mongo', seed, seconds: SECONDS, settings });
  });

  test(
    'over a MongoDB-compatible server that is killed and restarted in between',
    { ...BOUND, skip: SKIP },
    async (t) => {
      const { seed } = readRandomRuns(t);
      await using database = await startMongo({ keep: 'file' });
      const url = toDatabaseUrl(database.url, 'pollwatch');
      const settings = { ...MONGO_WAIT, POLLWATCH_DATABASE_URL: url };
      await runStress(t, { ...SIZE, variant: 'mongo-restarts', seed, seconds: SECONDS, settings, database });
    },
  );
});
