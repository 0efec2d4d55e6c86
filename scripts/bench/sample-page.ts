import { askOnce } from './load.ts';
import type { ServerProcess } from './processes.ts';
import { readSampleObjects, toEnvelope } from './sample-objects.ts';
import { objectsPath, type AnyStage } from './stage.ts';

/** Posts the August 2018 bundle, all of which must be taken. Its first 100 objects are then the first page. */
export async function postSample(stage: AnyStage, server: ServerProcess): Promise<void> {
  const objects = readSampleObjects();
  const ask = { method: 'POST', path: objectsPath('sample'), authorization: stage.authorization } as const;
  const { status, body } = await askOnce(server, ask, toEnvelope(objects));
  const taken = status === 202 ? parseSuccessCount(body.toString()) : 0;
  if (taken !== objects.length) throw new Error(`the sample was not taken: ${status} ${body.toString()}`);
}

/** How many objects a status resource says were taken. */
export function parseSuccessCount(json: string): number {
  return (JSON.parse(json) as { readonly success_count: number }).success_count;
}
