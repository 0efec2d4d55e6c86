import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, createReadStream, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watchOver } from './processes.ts';
import type { RowResult } from './report.ts';
import { prepareStage, type Stage } from './stage.ts';
import { writeLargeBundle } from './upload-memory-bundle.ts';

const PROGRAM = fileURLToPath(new URL('../pollwatch.js', import.meta.url));
const PEAK = new URL('./upload-memory-peak.ts', import.meta.url).href;
const USER = 'poller';
const MEGABYTE = 1e6;
const BOUND_MEGABYTES = 300;
const KIBIBYTE = 1024;
/** As the text of `upload` says it of each submission. */
const COUNTED = /^(\d+) objects?: /;

/** Row 7: how much memory the command line takes at most while it uploads a bundle to the intake collection. */
export async function measureUploadMemory(folder: string, megabytes: number): Promise<RowResult> {
  const stage = await prepareStage(folder);
  const bundle = join(folder, 'bundle.json');
  const objects = await writeLargeBundle(bundle, megabytes * MEGABYTE);
  const before = performance.now();
  const peakMegabytes = (await upload(stage, bundle, objects)) / MEGABYTE;
  const seconds = (performance.now() - before) / 1000;
  return {
    row: 7,
    what: `memory for a bundle of ${megabytes} MB`,
    measured: `${Math.round(peakMegabytes)} MB`,
    reference: `${BOUND_MEGABYTES} MB`,
    ratio: peakMegabytes / BOUND_MEGABYTES,
    wanted: { atMost: 1 },
    notes: [`${objects} objects in ${Math.round(seconds)} s, ${Math.round(objects / seconds)}/s`],
  };
}

/** @returns the most bytes that its process had resident @throws Error unless all objects were looked at */
async function upload(stage: Stage, bundle: string, objects: number): Promise<number> {
  const [out, peak] = [join(stage.folder, 'upload.txt'), join(stage.folder, 'peak.txt')];
  const output = openSync(out, 'w');
  const child = spawn(process.execPath, ['--import', PEAK, PROGRAM, 'upload', bundle, '--as', USER], {
    env: {
      POLLWATCH_DATABASE_URL: `sqlite:${stage.databaseFile}`,
      POLLWATCH_COLLECTIONS_DIR: join(stage.folder, 'collections'),
      PEAK_MEMORY_FILE: peak,
    },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  watchOver(child);
  await once(child, 'exit');
  const counted = await countObjects(out);
  if (counted !== objects) throw new Error(`${counted} of ${objects} objects were uploaded: see ${out}`);
  const highest = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(peak, 'utf8'))?.[1];
  return Number(highest) * KIBIBYTE;
}

async function countObjects(file: string): Promise<number> {
  let objects = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    objects += Number(COUNTED.exec(line)?.[1] ?? 0);
  }
  return objects;
}
