import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askOnce, type Ask } from './load.ts';
import { watchOver, type ServerProcess } from './processes.ts';
import type { RowResult } from './report.ts';
import { median, type Effort } from './rounds.ts';
import {
  makeReleasableObjects,
  readReleasableObjects,
  toEnvelope,
  type SampleObject,
} from './sample-objects.ts';
import { parseSuccessCount } from './sample-page.ts';
import { objectsPath, prepareStage, type Stage } from './stage.ts';

const MAIN = fileURLToPath(new URL('./pulling-main.ts', import.meta.url));
const LIMIT_MS = 600_000;
/** As many as a pull asks for at a time. */
const PAGE = 1000;
const MEBIBYTE = 1024;

/** What one side of a round took. */
interface Taken {
  readonly objects: number;
  readonly ms: number;
  readonly peakKibibytes: number;
}

/**
 * Row 13: how long a pull of a whole collection from our own server takes, against handing the same objects to the
 * intake in envelopes of the same size; in turns, each over a new database.
 */
export async function measurePulling(folder: string, effort: Effort): Promise<RowResult> {
  const partner = await prepareStage(join(folder, 'partner'));
  const envelopes = join(folder, 'envelopes.jsonl');
  await using server = await partner.startServer();
  await fillPartner(partner, server, envelopes, effort.pulled);
  const [pulls, submits]: [Taken[], Taken[]] = [[], []];
  for (let round = 0; round < effort.pullRounds; round += 1) {
    submits.push(await take(folder, `submit-${round}`, ['submit', envelopes]));
    const url = `http://127.0.0.1:${server.port}/feed/`;
    pulls.push(await take(folder, `pull-${round}`, ['pull', url], { BENCH_TOKEN: tokenOf(partner) }));
  }
  for (const { objects } of [...pulls, ...submits]) {
    if (objects !== effort.pulled) throw new Error(`${objects} of ${effort.pulled} objects were taken`);
  }
  const ratios = pulls.map(({ ms }, round) => ms / (submits[round]?.ms ?? Number.NaN));
  return {
    row: 13,
    what: `a pull of ${effort.pulled} objects`,
    measured: toSeconds(pulls),
    reference: `${toSeconds(submits)} without the pull`,
    ratio: median(ratios),
    wanted: { atMost: 1.5 },
    notes: [
      `ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`,
      `resident at most ${toMebibytes(pulls)} MiB, without the pull ${toMebibytes(submits)} MiB`,
    ],
  };
}

function toSeconds(taken: readonly Taken[]): string {
  return `${(median(taken.map(({ ms }) => ms)) / 1000).toFixed(1)} s`;
}

function toMebibytes(taken: readonly Taken[]): number {
  return Math.round(Math.max(...taken.map(({ peakKibibytes }) => peakKibibytes)) / MEBIBYTE);
}

/** The token stands behind the name of the user. */
function tokenOf({ authorization }: Stage): string {
  const decoded = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}

/** Posts new objects to the partner, and keeps them in pages for the other side. */
async function fillPartner(
  stage: Stage,
  server: ServerProcess,
  envelopes: string,
  count: number,
): Promise<void> {
  const bundle = readReleasableObjects();
  const objects: readonly SampleObject[] = [...bundle, ...makeReleasableObjects(count - bundle.length)];
  const ask: Ask = { method: 'POST', path: objectsPath('sample'), authorization: stage.authorization };
  for (let start = 0; start < count; start += PAGE) {
    const body = toEnvelope(objects.slice(start, start + PAGE));
    const answer = await askOnce(server, ask, body);
    const text = answer.body.toString();
    if (answer.status !== 202 || parseSuccessCount(text) !== Math.min(PAGE, count - start)) {
      throw new Error(`an envelope was not taken: ${answer.status} ${text.slice(0, 1000)}`);
    }
    await appendFile(envelopes, `${body.toString()}\n`);
  }
}

async function take(
  folder: string,
  name: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Taken> {
  const stage = await prepareStage(join(folder, name));
  const env = {
    POLLWATCH_DATABASE_URL: `sqlite:${stage.databaseFile}`,
    POLLWATCH_COLLECTIONS_DIR: join(stage.folder, 'collections'),
    ...more,
  };
  return new Promise((resolve, reject) => {
    const options = { env, timeout: LIMIT_MS, encoding: 'utf8' } as const;
    const child = execFile(process.execPath, [MAIN, ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${name} failed: ${error.message} ${stderr.slice(0, 1000)}`));
      else resolve(parseTaken(stdout));
    });
    watchOver(child);
  });
}

function parseTaken(json: string): Taken {
  return JSON.parse(json) as Taken;
}
