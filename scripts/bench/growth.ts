import { parseVersionKey } from '../../server/domain/timestamp.ts';
import type { Publication, Store } from '../../server/storage/port.ts';
import { askOnce, writeRequest, type Ask } from './load.ts';
import type { ServerProcess } from './processes.ts';
import type { RowResult } from './report.ts';
import {
  createPollContestant,
  measureRounds,
  median,
  medianRatio,
  type Effort,
  type Sample,
} from './rounds.ts';
import { makeObjects } from './sample-objects.ts';
import { COLLECTIONS, objectsPath, prepareStage, type Alias, type Stage } from './stage.ts';

const COMMIT = 500;
const WALK = 1000;
const PLACES = ['first', 'middle', 'last'] as const;
type Place = (typeof PLACES)[number];

/** Row 6: how long a page of 100 takes in a small and in a large collection, with the page cache off. */
export async function measureGrowth(folder: string, effort: Effort): Promise<RowResult> {
  const stage = await prepareStage(folder, async (store) => {
    await fill(store, 'small', effort.small);
    await fill(store, 'large', effort.large);
  });
  await using server = await stage.startServer({ POLLWATCH_PAGE_CACHE_BYTES: '0' });
  const small = await findPages(stage, server, 'small', effort.small);
  const large = await findPages(stage, server, 'large', effort.large);
  const notes: string[] = [];
  let worst = { small: Number.NaN, large: Number.NaN, ratio: 0 };
  const brief = { ...effort, roundMs: effort.growthRoundMs, compileMs: effort.growthRoundMs * 2 };
  for (const place of PLACES) {
    const before = await toContestant(stage, server, small[place], brief);
    const after = await toContestant(stage, server, large[place], brief);
    const [smalls = [], larges = []] = await measureRounds([before, after], effort.rounds);
    const ratio = medianRatio(larges, smalls, 'medianMs');
    const found = { small: toMs(smalls), large: toMs(larges), ratio };
    notes.push(
      `${place} page ${found.large.toFixed(3)} ms, before ${found.small.toFixed(3)} ms, ${ratio.toFixed(2)}`,
    );
    if (ratio > worst.ratio) worst = found;
  }
  return {
    row: 6,
    what: `page latency at ${effort.large} objects`,
    measured: `${worst.large.toFixed(3)} ms`,
    reference: `${worst.small.toFixed(3)} ms at ${effort.small}`,
    ratio: worst.ratio,
    wanted: { atMost: 1.3 },
    notes,
  };
}

function toMs(samples: readonly Sample[]): number {
  return median(samples.map(({ medianMs }) => medianMs));
}

/** Puts new objects into a collection, past the release rules: only what polls read matters here. */
async function fill(store: Store, alias: Alias, count: number): Promise<void> {
  for (let done = 0; done < count; done += COMMIT) {
    const publish = makeObjects(Math.min(COMMIT, count - done)).map((object): Publication => {
      const { id, type, modified: version } = object;
      const versionKey = parseVersionKey(version) ?? version;
      const text = JSON.stringify(object);
      const collection = COLLECTIONS[alias];
      return { collection, id, heldId: id, type, version, versionKey, specVersion: '2.1', text };
    });
    await store.write(() => Promise.resolve({ result: undefined, changes: { publish } }));
  }
}

/** Walks through a collection to where its first, middle and last page begin. */
async function findPages(
  stage: Stage,
  server: ServerProcess,
  alias: Alias,
  count: number,
): Promise<Readonly<Record<Place, Ask>>> {
  const { authorization } = stage;
  const toAsk = (query: string): Ask => ({ method: 'GET', path: objectsPath(alias, query), authorization });
  const after = async (start: string, limit: number): Promise<string> => {
    const { status, lastAdded } = await askOnce(server, toAsk(`?limit=${limit}${start}`));
    if (status !== 200 || lastAdded === undefined) throw new Error(`a page could not be read: ${status}`);
    return `&added_after=${lastAdded}`;
  };
  let start = '';
  let middle = '';
  for (let seen = 0; seen < count - WALK; seen += WALK) {
    start = await after(start, WALK);
    if (seen + WALK === count / 2) middle = start;
  }
  const last = await after(start, WALK - 100);
  return {
    first: toAsk('?limit=100'),
    middle: toAsk(`?limit=100${middle}`),
    last: toAsk(`?limit=100${last}`),
  };
}

async function toContestant(stage: Stage, server: ServerProcess, ask: Ask, effort: Effort) {
  const { status, body } = await askOnce(server, ask);
  const objects = status === 200 ? body.toString().split('"spec_version":').length - 1 : 0;
  if (objects !== 100) throw new Error(`a page of ${objects} objects instead of 100: ${ask.path}`);
  const request = await writeRequest(stage.folder, `request-${process.hrtime.bigint()}`, ask);
  return createPollContestant(ask.path, server, request, body.byteLength, effort, 1);
}
