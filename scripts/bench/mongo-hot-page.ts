import { join } from 'node:path';
import { askOnce, writeRequest, type Ask } from './load.ts';
import { openMongoDatabases, toUnmeasured } from './mongo-databases.ts';
import type { ServerProcess } from './processes.ts';
import { toInterval, toRates, type RowResult } from './report.ts';
import { createPollContestant, measureRounds, medianRatio, type Contestant, type Effort } from './rounds.ts';
import { postSample } from './sample-page.ts';
import { objectsPath, prepareStageOver, type AnyStage } from './stage.ts';

/** Row 11: a page that is asked for again and again, over MongoDB against the same over SQLite. */
export async function measureMongoHotPage(folder: string, effort: Effort): Promise<RowResult> {
  const head = { row: 11, what: 'hot page over MongoDB', wanted: { atLeast: 0.95 } } as const;
  const opened = await openMongoDatabases(1);
  if ('missing' in opened) return toUnmeasured(head, opened.missing);
  await using databases = opened;
  const [url = ''] = databases.urls;
  const overMongo = await prepareStageOver(join(folder, 'mongodb'), url);
  const overSqlite = await prepareStageOver(join(folder, 'sqlite'), `sqlite:${join(folder, 'bench.db')}`);
  await using mongo = await overMongo.startServer();
  await using sqlite = await overSqlite.startServer();
  const [ours = [], reference = []] = await measureRounds(
    [
      await toContestant('MongoDB', overMongo, mongo, effort),
      await toContestant('SQLite', overSqlite, sqlite, effort),
    ],
    effort.pairedRounds,
  );
  return {
    ...head,
    measured: toRates(ours),
    reference: `over SQLite ${toRates(reference)}`,
    ratio: medianRatio(ours, reference, 'perCpuSecond'),
    notes: [toInterval(ours, reference)],
  };
}

async function toContestant(
  name: string,
  stage: AnyStage,
  server: ServerProcess,
  effort: Effort,
): Promise<Contestant> {
  await postSample(stage, server);
  const ask: Ask = { method: 'GET', path: objectsPath('sample'), authorization: stage.authorization };
  const request = await writeRequest(stage.folder, 'request', ask);
  const { body } = await askOnce(server, ask);
  return createPollContestant(name, server, request, body.byteLength, effort);
}
