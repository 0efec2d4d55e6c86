import { climbLadder } from './ladder.ts';
import { askOnce } from './load.ts';
import { toRates, toSpread, type RowResult } from './report.ts';
import { medianRatio, type Effort } from './rounds.ts';
import { postSample } from './sample-page.ts';
import { objectsPath, prepareStage } from './stage.ts';

/** Row 3: what pollers are told nearly always, against `{}` from memory. */
export async function measureNothingNew(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder);
  await using server = await stage.startServer();
  await postSample(stage, server);
  const { authorization } = stage;
  const all = await askOnce(server, {
    method: 'GET',
    path: objectsPath('sample', '?limit=1000'),
    authorization,
  });
  const path = objectsPath('sample', `?added_after=${all.lastAdded ?? ''}`);
  const ask = { method: 'GET', path, authorization } as const;
  const { body } = await askOnce(server, ask);
  if (body.toString() !== '{}') throw new Error('there is something new');
  const { ours, bare, costs } = await climbLadder(folder, server, ask, body, effort);
  return {
    row: 3,
    what: 'nothing new',
    measured: toRates(ours),
    reference: toRates(bare),
    ratio: medianRatio(ours, bare, 'perCpuSecond'),
    wanted: { atLeast: 0.25 },
    notes: [toSpread(ours, bare), ...costs],
  };
}
