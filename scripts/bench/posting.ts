import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askOnce, runLoad, writeRequest, type Ask, type LoadResult } from './load.ts';
import { watchOver, type ServerProcess } from './processes.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { measureRounds, medianRatio, toSample, type Contestant, type Effort, type Sample } from './rounds.ts';
import { makeObjects, toEnvelope } from './sample-objects.ts';
import { parseSuccessCount } from './sample-page.ts';
import { objectsPath, prepareStage, type Stage } from './stage.ts';

const OBJECTS = 500;
const CONNECTIONS = 2;
const INSERTER = fileURLToPath(new URL('./insert-rows-main.ts', import.meta.url));
const INSERT_LIMIT_MS = 120_000;

/** Row 4: envelopes of 500 into one collection, against inserting the very rows that this leaves behind. */
export async function measurePosting(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await using server = await stage.startServer();
  const [ours = [], reference = []] = await measureRounds(
    [await createPoster(stage, server, effort), createInserter(stage)],
    effort.rounds,
  );
  return {
    row: 4,
    what: `POST, ${OBJECTS} objects each`,
    measured: toRates(ours),
    reference: toRates(reference),
    ratio: medianRatio(ours, reference, 'perCpuSecond'),
    notes: ['counted in objects', toSpread(ours, reference)],
  };
}

async function createPoster(stage: Stage, server: ServerProcess, effort: Effort): Promise<Contestant> {
  const ask: Ask = { method: 'POST', path: objectsPath('sample'), authorization: stage.authorization };
  // The first one says how long an answer is that takes all of an envelope's objects.
  const first = await askOnce(server, ask, toEnvelope(makeObjects(OBJECTS)));
  if (first.status !== 202 || parseSuccessCount(first.body.toString()) !== OBJECTS) {
    throw new Error(`an envelope was not taken: ${first.status} ${first.body.toString().slice(0, 1000)}`);
  }
  const expected = { status: 202, bytes: first.body.byteLength };
  const target = { pid: server.pid, port: server.port, connections: CONNECTIONS };
  const measure = async (): Promise<Sample> => {
    const requestFiles: string[] = [];
    for (let n = 0; n < effort.envelopes; n += 1) {
      const body = toEnvelope(makeObjects(OBJECTS));
      requestFiles.push(await writeRequest(stage.folder, `envelope-${n}`, ask, body));
    }
    const plan = { ...target, requestFiles, warmupMs: 0, durationMs: 0, expected };
    return toSample(await runLoad(plan), OBJECTS);
  };
  return { name: 'ours', prepare: measure, measure };
}

/** Inserts, in each round, the rows that the server wrote in it into a database that grows with its own. */
function createInserter(stage: Stage): Contestant {
  const args = [INSERTER, stage.databaseFile, join(stage.folder, 'inserted.db'), String(OBJECTS)];
  const measure = (): Promise<Sample> =>
    new Promise((resolve, reject) => {
      const options = { timeout: INSERT_LIMIT_MS, encoding: 'utf8' } as const;
      const child = execFile(process.execPath, args, options, (error, stdout) => {
        if (error) reject(new Error(`the inserter failed: ${error.message}`));
        else resolve(toSample(parseInserted(stdout)));
      });
      watchOver(child);
    });
  return { name: 'insert', prepare: measure, measure };
}

function parseInserted(json: string): LoadResult {
  return JSON.parse(json) as LoadResult;
}
