import { join } from 'node:path';
import { parseVersionKey } from '../../server/domain/timestamp.ts';
import type { Publication, Store } from '../../server/storage/port.ts';
import { askOnce, writeRequest, type Ask } from './load.ts';
import { openMongoDatabases, toUnmeasured } from './mongo-databases.ts';
import type { ServerProcess } from './processes.ts';
import type { RowResult } from './report.ts';
import {
  createPollContestant,
  measureRounds,
  median,
  medianRatio,
  type Contestant,
  type Effort,
  type Growth,
  type Sample,
} from './rounds.ts';
import { makeObjects } from './sample-objects.ts';
import { COLLECTIONS, objectsPath, prepareStageOver, type AnyStage } from './stage.ts';

const COMMIT = 5000;
const WALK = 1000;
const PAGE = 100;
const PLACES = ['first', 'middle', 'last'] as const;
type Place = (typeof PLACES)[number];
const WANTED = { atMost: 1.3 } as const;

/** Row 6: how long a page of 100 takes over SQLite in a small and in a large collection, with the page cache off. */
export function measureGrowth(folder: string, effort: Effort): Promise<RowResult> {
  const urls = [`sqlite:${join(folder, 'small.db')}`, `sqlite:${join(folder, 'large.db')}`];
  return compareSizes({ row: 6, what: whatOf(effort.growth) }, folder, urls, effort.growth, effort);
}

/** Row 12: the same over MongoDB. */
export async function measureMongoGrowth(folder: string, effort: Effort): Promise<RowResult> {
  const head = { row: 12, what: `${whatOf(effort.mongoGrowth)} over MongoDB` };
  const opened = await openMongoDatabases(2);
  if ('missing' in opened) return toUnmeasured({ ...head, wanted: WANTED }, opened.missing);
  await using databases = opened;
  return await compareSizes(head, folder, databases.urls, effort.mongoGrowth, effort);
}

function whatOf({ large }: Growth): string {
  return `page latency at ${large} objects`;
}

async function compareSizes(
  head: Pick<RowResult, 'row' | 'what'>,
  folder: string,
  [smallUrl = '', largeUrl = '']: readonly string[],
  growth: Growth,
  effort: Effort,
): Promise<RowResult> {
  await using small = await openFilled(join(folder, 'small'), smallUrl, growth.small);
  await using large = await openFilled(join(folder, 'large'), largeUrl, growth.large);
  const notes = [`filled through the store: ${small.note}, ${large.note}`];
  let worst = { small: Number.NaN, large: Number.NaN, ratio: 0 };
  for (const place of PLACES) {
    // Before the first place the servers have to compile their code; whoever was filled more has done more of it.
    const compileMs = place === 'first' ? effort.compileMs : effort.growthRoundMs * 2;
    const brief = { ...effort, roundMs: effort.growthRoundMs, compileMs };
    const before = await toContestant(small, place, brief);
    const after = await toContestant(large, place, brief);
    const [smalls = [], larges = []] = await measureRounds([before, after], effort.rounds);
    const ratio = medianRatio(larges, smalls, 'medianMs');
    const found = { small: toMs(smalls), large: toMs(larges), ratio };
    notes.push(
      `${place} page ${found.large.toFixed(3)} ms, before ${found.small.toFixed(3)} ms, ${ratio.toFixed(2)}`,
    );
    if (ratio > worst.ratio) worst = found;
  }
  return {
    ...head,
    measured: `${worst.large.toFixed(3)} ms`,
    reference: `${worst.small.toFixed(3)} ms at ${growth.small}`,
    ratio: worst.ratio,
    wanted: WANTED,
    notes,
  };
}

function toMs(samples: readonly Sample[]): number {
  return median(samples.map(({ medianMs }) => medianMs));
}

interface Filled extends AsyncDisposable {
  readonly stage: AnyStage;
  readonly server: ServerProcess;
  readonly pages: Readonly<Record<Place, Ask>>;
  /** How long filling took. */
  readonly note: string;
}

/** A server over a database of its own with one collection of so many objects. */
async function openFilled(folder: string, url: string, count: number): Promise<Filled> {
  let seconds = 0;
  const stage = await prepareStageOver(folder, url, async (store) => {
    const before = performance.now();
    await fill(store, count);
    seconds = (performance.now() - before) / 1000;
  });
  await using started = new AsyncDisposableStack();
  const server = started.use(await stage.startServer({ POLLWATCH_PAGE_CACHE_BYTES: '0' }));
  const pages = await findPages(stage, server, count);
  const note = `${count} objects in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s)`;
  const kept = started.move();
  return { stage, server, pages, note, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Puts new objects into a collection, past the release rules: only what polls read matters here. */
async function fill(store: Store, count: number): Promise<void> {
  for (let done = 0; done < count; done += COMMIT) {
    const publish = makeObjects(Math.min(COMMIT, count - done)).map((object): Publication => {
      const { id, type, modified: version } = object;
      const versionKey = parseVersionKey(version) ?? version;
      const text = JSON.stringify(object);
      const collection = COLLECTIONS.grown;
      return { collection, id, heldId: id, type, version, versionKey, specVersion: '2.1', text };
    });
    await store.write(() => Promise.resolve({ result: undefined, changes: { publish } }));
  }
}

/** Walks through the collection to where its first, middle and last page begin. */
async function findPages(
  { authorization }: AnyStage,
  server: ServerProcess,
  count: number,
): Promise<Readonly<Record<Place, Ask>>> {
  const toAsk = (query: string): Ask => ({ method: 'GET', path: objectsPath('grown', query), authorization });
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
  const last = await after(start, WALK - PAGE);
  return {
    first: toAsk(`?limit=${PAGE}`),
    middle: toAsk(`?limit=${PAGE}${middle}`),
    last: toAsk(`?limit=${PAGE}${last}`),
  };
}

async function toContestant(
  { stage, server, pages }: Filled,
  place: Place,
  effort: Effort,
): Promise<Contestant> {
  const ask = pages[place];
  const { status, body } = await askOnce(server, ask);
  const objects = status === 200 ? body.toString().split('"spec_version":').length - 1 : 0;
  if (objects !== PAGE) throw new Error(`a page of ${objects} objects instead of ${PAGE}: ${ask.path}`);
  const request = await writeRequest(stage.folder, `request-${place}`, ask);
  return createPollContestant(ask.path, server, request, body.byteLength, effort, 1);
}
