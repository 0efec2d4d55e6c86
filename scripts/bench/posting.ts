import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askOnce, runLoad, writeRequest, type Answer, type Ask, type LoadResult } from './load.ts';
import { watchOver, type ServerProcess } from './processes.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { measureRounds, medianRatio, toSample, type Contestant, type Effort, type Sample } from './rounds.ts';
import {
  makeObjects,
  makeReleasableObjects,
  readReleasableObjects,
  toEnvelope,
  type SampleObject,
} from './sample-objects.ts';
import { parseSuccessCount } from './sample-page.ts';
import { AUDIENCES, objectsPath, prepareStage, type Alias, type Stage } from './stage.ts';

const OBJECTS = 500;
const CONNECTIONS = 2;
const INSERTER = fileURLToPath(new URL('./insert-rows-main.ts', import.meta.url));
const INSERT_LIMIT_MS = 120_000;

/** What is posted, and into which tables it goes. */
interface Plan {
  readonly alias: Alias;
  readonly make: (count: number) => readonly SampleObject[];
  readonly tables: readonly string[];
}

const POSTED: Plan = { alias: 'sample', make: makeObjects, tables: ['entries', 'submissions'] };
const RELEASED: Plan = {
  alias: 'intake',
  make: makeReleasableObjects,
  tables: ['entries', 'submissions', 'versions', 'objects', 'names', 'decisions'],
};

/** Row 4: envelopes of 500 into one collection, against inserting the very rows that this leaves behind. */
export async function measurePosting(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await using server = await stage.startServer();
  const { ours, reference } = await measureEnvelopes(stage, server, POSTED, effort);
  return {
    row: 4,
    what: `POST, ${OBJECTS} objects each`,
    measured: toRates(ours),
    reference: toRates(reference),
    ratio: medianRatio(ours, reference, 'perCpuSecond'),
    wanted: { atLeast: 0.3 },
    notes: ['counted in objects', toSpread(ours, reference)],
  };
}

/** Row 5: the same to intake, from where the release rules put every object into three audience collections. */
export async function measureReleasing(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await using server = await stage.startServer();
  // What the new objects refer to.
  await postAll(stage, server, 'intake', readReleasableObjects());
  const first = makeReleasableObjects(OBJECTS);
  await postAll(stage, server, 'intake', first);
  for (const alias of AUDIENCES) await expectShown(stage, server, alias, first);
  const { ours, reference } = await measureEnvelopes(stage, server, RELEASED, effort);
  return {
    row: 5,
    what: `the same into ${AUDIENCES.length} audiences`,
    measured: toRates(ours),
    reference: toRates(reference),
    ratio: medianRatio(ours, reference, 'perCpuSecond'),
    wanted: { atLeast: 0.25 },
    notes: ['counted in objects sent', toSpread(ours, reference)],
  };
}

async function measureEnvelopes(stage: Stage, server: ServerProcess, plan: Plan, effort: Effort) {
  const poster = await createPoster(stage, server, plan, effort);
  const contestants = [poster, createInserter(stage, plan)];
  const [ours = [], reference = []] = await measureRounds(contestants, effort.rounds);
  return { ours, reference };
}

/** Posts objects outside of any measurement. @throws Error unless all are taken */
async function postAll(
  stage: Stage,
  server: ServerProcess,
  alias: Alias,
  objects: readonly SampleObject[],
): Promise<Answer> {
  const ask: Ask = { method: 'POST', path: objectsPath(alias), authorization: stage.authorization };
  const answer = await askOnce(server, ask, toEnvelope(objects));
  const body = answer.body.toString();
  if (answer.status !== 202 || parseSuccessCount(body) !== objects.length) {
    throw new Error(`an envelope was not taken: ${answer.status} ${body.slice(0, 1000)}`);
  }
  return answer;
}

/** The release rules have let them all in: the collection shows the last of them, and as many. */
async function expectShown(
  stage: Stage,
  server: ServerProcess,
  alias: Alias,
  objects: readonly SampleObject[],
): Promise<void> {
  const path = objectsPath(alias, '?limit=1000');
  const { body } = await askOnce(server, { method: 'GET', path, authorization: stage.authorization });
  const page = body.toString();
  const missing = objects.filter(({ id }) => !page.includes(`"id":"${id}"`)).length;
  if (missing > 0) throw new Error(`${alias} does not show ${missing} of ${objects.length} objects`);
}

async function createPoster(
  stage: Stage,
  server: ServerProcess,
  { alias, make }: Plan,
  effort: Effort,
): Promise<Contestant> {
  // The first one says how long an answer is that takes all of an envelope's objects.
  const first = await postAll(stage, server, alias, make(OBJECTS));
  const ask: Ask = { method: 'POST', path: objectsPath(alias), authorization: stage.authorization };
  const expected = { status: 202, bytes: first.body.byteLength };
  const target = { pid: server.pid, port: server.port, connections: CONNECTIONS };
  const measure = async (): Promise<Sample> => {
    const requestFiles: string[] = [];
    for (let n = 0; n < effort.envelopes; n += 1) {
      const body = toEnvelope(make(OBJECTS));
      requestFiles.push(await writeRequest(stage.folder, `envelope-${n}`, ask, body));
    }
    const plan = { ...target, requestFiles, warmupMs: 0, durationMs: 0, expected };
    return toSample(await runLoad(plan), OBJECTS);
  };
  return { name: 'ours', prepare: measure, measure };
}

/** Inserts, in each round, the rows that the server wrote in it into a database that grows with its own. */
function createInserter(stage: Stage, { tables }: Plan): Contestant {
  const args = [INSERTER, stage.databaseFile, join(stage.folder, 'inserted.db'), ...tables];
  const measure = (): Promise<Sample> =>
    new Promise((resolve, reject) => {
      const options = { timeout: INSERT_LIMIT_MS, encoding: 'utf8' } as const;
      const child = execFile(process.execPath, args, options, (error, stdout) => {
        if (error) reject(new Error(`the inserter failed: ${error.message}`));
        else resolve(toSample(parseInserted(stdout), OBJECTS));
      });
      watchOver(child);
    });
  return { name: 'insert', prepare: measure, measure };
}

function parseInserted(json: string): LoadResult {
  return JSON.parse(json) as LoadResult;
}
