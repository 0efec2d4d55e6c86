import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askOnce, writeRequest, type Ask } from './load.ts';
import { startServerProcess } from './processes.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { createPollContestant, measureRounds, medianRatio, type Effort } from './rounds.ts';
import { postSample } from './sample-page.ts';
import { COLLECTIONS, objectsPath, prepareStage, type Stage } from './stage.ts';

const SELECT_SERVER = fileURLToPath(new URL('./select-server-main.ts', import.meta.url));

/** Row 2: a page that is built anew for every request, against the bare select of its rows. */
export async function measureColdPage(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await fillOnce(stage);
  // The server has closed the database, so the file is whole.
  const copy = join(folder, 'copy.db');
  await copyFile(stage.databaseFile, copy);
  await using server = await stage.startServer({ POLLWATCH_PAGE_CACHE_BYTES: '0' });
  await using selecting = await startServerProcess(folder, [SELECT_SERVER, copy, COLLECTIONS.sample]);
  const ask: Ask = { method: 'GET', path: objectsPath('sample'), authorization: stage.authorization };
  const request = await writeRequest(folder, 'request', ask);
  const page = (await askOnce(server, ask)).body;
  const rows = (await askOnce(selecting, ask)).body;
  // Both begin and end differently: the page says that there is more.
  if (!page.includes(rows.subarray(1, -1))) throw new Error('the reference sends other objects');
  const [ours = [], reference = []] = await measureRounds(
    [
      createPollContestant('ours', server, request, page.byteLength, effort),
      createPollContestant('select', selecting, request, rows.byteLength, effort),
    ],
    effort.rounds,
  );
  return {
    row: 2,
    what: `cold page (${page.byteLength} bytes)`,
    measured: toRates(ours),
    reference: toRates(reference),
    ratio: medianRatio(ours, reference, 'perCpuSecond'),
    wanted: { atLeast: 0.55 },
    notes: [toSpread(ours, reference)],
  };
}

async function fillOnce(stage: Stage): Promise<void> {
  await using server = await stage.startServer();
  await postSample(stage, server);
}
