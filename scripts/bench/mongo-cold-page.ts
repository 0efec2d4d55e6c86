import { fileURLToPath } from 'node:url';
import { askOnce, writeRequest, type Ask } from './load.ts';
import { openMongoDatabases, toUnmeasured } from './mongo-databases.ts';
import { startServerProcess } from './processes.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { createPollContestant, FULL, measureRounds, medianRatio, type Effort } from './rounds.ts';
import { postSample } from './sample-page.ts';
import { COLLECTIONS, objectsPath, prepareStageOver, type AnyStage } from './stage.ts';

const FIND_SERVER = fileURLToPath(new URL('./find-server-main.ts', import.meta.url));
/** What a page may cost at most, in finds. */
const MOST_FINDS = 1.6;

/** Row 10: a page over MongoDB that is built anew for every request, against the bare driver's find of its rows. */
export async function measureMongoColdPage(folder: string, effort: Effort): Promise<RowResult> {
  const head = { row: 10, what: 'cold page over MongoDB', wanted: { atLeast: 1 / MOST_FINDS } } as const;
  const opened = await openMongoDatabases(1);
  if ('missing' in opened) return toUnmeasured(head, opened.missing);
  await using databases = opened;
  const [url = ''] = databases.urls;
  const stage = await prepareStageOver(folder, url);
  await fillOnce(stage);
  await using server = await stage.startServer({ POLLWATCH_PAGE_CACHE_BYTES: '0' });
  await using finding = await startServerProcess(folder, [FIND_SERVER, url, COLLECTIONS.sample]);
  const ask: Ask = { method: 'GET', path: objectsPath('sample'), authorization: stage.authorization };
  const request = await writeRequest(folder, 'request', ask);
  const page = (await askOnce(server, ask)).body;
  const rows = (await askOnce(finding, ask)).body;
  // Both begin and end differently: the page says that there is more.
  if (!page.includes(rows.subarray(1, -1))) throw new Error('the reference sends other objects');
  // Pages are so slow that a short while has none to compile for, and the server is still busy with its schemas.
  const patient = { ...effort, compileMs: FULL.compileMs };
  const [ours = [], reference = []] = await measureRounds(
    [
      createPollContestant('ours', server, request, page.byteLength, patient),
      createPollContestant('find', finding, request, rows.byteLength, patient),
    ],
    effort.rounds,
  );
  const ratio = medianRatio(ours, reference, 'perCpuSecond');
  return {
    ...head,
    measured: toRates(ours),
    reference: toRates(reference),
    ratio,
    notes: [
      toSpread(ours, reference),
      `a page costs ${(1 / ratio).toFixed(2)} finds, wanted at most ${MOST_FINDS}`,
    ],
  };
}

async function fillOnce(stage: AnyStage): Promise<void> {
  await using server = await stage.startServer();
  await postSample(stage, server);
}
