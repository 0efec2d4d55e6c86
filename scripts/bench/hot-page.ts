import { climbLadder } from './ladder.ts';
import { askOnce, type Ask } from './load.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { medianRatio, type Effort } from './rounds.ts';
import { postSample } from './sample-page.ts';
import { objectsPath, prepareStage } from './stage.ts';

/** Row 1: a page that is asked for again and again, against the same bytes from memory. */
export async function measureHotPage(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await using server = await stage.startServer();
  await postSample(stage, server);
  const ask: Ask = { method: 'GET', path: objectsPath('sample'), authorization: stage.authorization };
  const { body } = await askOnce(server, ask);
  const { ours, bare, costs } = await climbLadder(folder, server, ask, body, effort);
  return {
    row: 1,
    what: `hot page (${body.byteLength} bytes)`,
    measured: toRates(ours),
    reference: toRates(bare),
    ratio: medianRatio(ours, bare, 'perCpuSecond'),
    wanted: { atLeast: 0.4 },
    notes: [toSpread(ours, bare), ...costs],
  };
}
