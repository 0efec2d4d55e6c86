import { open, type FileHandle } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadSettings, type Settings } from '../../server/config/load.ts';
import { AppError } from '../../server/domain/errors.ts';
import { createImportCheck } from '../../server/storage/import-check.ts';
import type { ExportBatch } from '../../server/storage/port.ts';
import { defineCommand } from './command.ts';
import { explainReading, STDIN, toShownName } from './input-file.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { UsageError } from './report-error.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';
import { createTally, readBackup, type BackupHeader, type Tally } from './transfer-file.ts';
import { countActiveFeeds, describeActiveFeeds } from './transfer-feeds.ts';
import { importInto, type ImportSource } from './transfer-import.ts';
import { boundText, damaged } from './transfer-members.ts';
import { describeRecordCounts, type Counts } from './transfer-records.ts';
import { readFileBytes, readStreamBytes } from './transfer-sources.ts';
import { toShownUrl, withStore } from './transfer-stores.ts';

interface Restore {
  readonly cli: Surroundings;
  readonly settings: Settings;
  readonly options: JsonOption;
  readonly signal: AbortSignal;
}

/** A backup that is to be restored. */
interface Opened {
  readonly file: string;
  readonly header: BackupHeader;
  readonly source: ImportSource;
  /** What it holds, once all of it was read. */
  readonly counts: () => Counts;
}

/** `restore`. */
export function addRestoreCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'restore',
    summary: 'fill the configured database, which must be empty, from a backup',
    about:
      'The whole file is checked before anything is restored. Everything comes back as it was: users and their passwords, tokens, what was decided, when it was added, and the positions of clients. A server refuses a database that is restored in part; run the same command again to go on where it stopped. From standard input the file is checked as it comes, and what was stopped cannot be gone on with.',
    examples: [
      'POLLWATCH_DATABASE_URL=sqlite:./data/new.db pollwatch restore pollwatch-2018-08-21.backup',
      'pollwatch restore pollwatch.backup --json',
      'ssh elsewhere cat pollwatch.backup | pollwatch restore -',
    ],
  })
    .argument('<file>', 'what backup has written; - is standard input')
    .action(async (file: string, options: JsonOption) => {
      const settings = loadSettings(cli.env);
      if (file === STDIN && cli.stdin.isTTY) {
        throw new UsageError('Standard input is a terminal. Name a file, or lead one to standard input.');
      }
      const answer = await cli.untilStopped((signal) => {
        const restore = { cli, settings, options, signal };
        return file === STDIN ? restoreStream(restore) : restoreFile(restore, file);
      });
      cli.show(answer, options);
    });
}

async function restoreFile(restore: Restore, file: string): Promise<Answer> {
  const named = namer(file);
  const handle = await open(file).catch((error: unknown) => {
    throw named(explainReading(error));
  });
  try {
    const maxTextBytes = boundOf(restore);
    const { header, counts } = await checkFile(handle, maxTextBytes, restore.signal).catch(
      (error: unknown) => {
        throw named(explainReading(error));
      },
    );
    const batches = (after?: string): AsyncIterable<ExportBatch> =>
      readBatches({ handle, maxTextBytes, named }, after);
    return await run(restore, { file, header, source: { mark: header.mark, batches }, counts: () => counts });
  } finally {
    await handle.close();
  }
}

/** By our own setting: what a backup says of itself is no reason to make room for it. */
function boundOf({ settings }: Restore): number {
  return boundText(settings.maxContentLengthBytes);
}

/** Reads all of it once, so that nothing of a damaged or contradictory file is imported. */
async function checkFile(
  handle: FileHandle,
  maxTextBytes: number,
  signal: AbortSignal,
): Promise<{ header: BackupHeader; counts: Counts }> {
  const tally = createTally();
  const check = createImportCheck();
  let header: BackupHeader | undefined;
  for await (const part of readBackup(await readFileBytes(handle), tally, maxTextBytes)) {
    if (part.kind === 'header') ({ header } = part);
    else if (part.kind === 'batch') for (const record of part.batch.records) check.add(record);
    else check.end();
    if (signal.aborted) {
      throw new AppError('input.invalid', { detail: 'The restore was stopped before it had begun.' });
    }
  }
  if (!header) throw damaged();
  return { header, counts: tally.extent().counts };
}

interface CheckedFile {
  readonly handle: FileHandle;
  readonly maxTextBytes: number;
  readonly named: (error: unknown) => unknown;
}

async function* readBatches(
  { handle, maxTextBytes, named }: CheckedFile,
  after: string | undefined,
): AsyncGenerator<ExportBatch> {
  let isBehind = after === undefined;
  const parts = readBackup(await readFileBytes(handle), createTally(), maxTextBytes);
  for (;;) {
    const next = await parts.next().catch((error: unknown) => {
      throw named(error);
    });
    if (next.done) break;
    if (next.value.kind !== 'batch') continue;
    const { batch } = next.value;
    if (isBehind) yield batch;
    else isBehind = batch.position === after;
  }
  if (!isBehind) throw named(damaged());
}

async function restoreStream(restore: Restore): Promise<Answer> {
  const named = namer(STDIN);
  const tally = createTally();
  const parts = readBackup(readStreamBytes(restore.cli.stdin), tally, boundOf(restore));
  const check = createImportCheck();
  const next = (): ReturnType<typeof parts.next> =>
    parts.next().catch((error: unknown) => {
      throw named(error);
    });
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      throw named(error);
    }
  };
  const first = await next();
  if (first.done || first.value.kind !== 'header') throw named(damaged());
  const { header } = first.value;
  async function* batches(): AsyncGenerator<ExportBatch> {
    for (let part = await next(); !part.done; part = await next()) {
      if (part.value.kind !== 'batch') continue;
      const { batch } = part.value;
      attempt(() => batch.records.forEach((record) => check.add(record)));
      yield batch;
    }
    attempt(() => check.end());
  }
  // What comes as a stream cannot be checked first, so what was stopped may hold what is damaged.
  const mark = `${header.mark} from standard input`;
  return run(restore, { file: STDIN, header, source: { mark, batches }, counts: () => countsOf(tally) });
}

function countsOf(tally: Tally): Counts {
  return tally.extent().counts;
}

async function run(restore: Restore, opened: Opened): Promise<Answer> {
  const { cli, settings, options, signal } = restore;
  const { file, header, source } = opened;
  return withStore(cli, settings, async (store) => {
    if (file === STDIN && (await store.importState())) throw refuseContinuing();
    let progress = NO_PROGRESS;
    try {
      const { isFinished, isResumed, records } = await importInto({
        store,
        source,
        tick: cli.clock.now(),
        signal,
        onBegin: (done) => {
          if (options.json) return;
          const now = (): number => performance.now();
          progress = createProgress(cli.stderr, header.total, now, { unit: 'records', done });
        },
        onBatch: (count) => progress.advance(count),
      });
      const base = { file, finished: isFinished, resumed: isResumed, records };
      if (!isFinished) return describeStopped(file, { ...base, total: header.total });
      const counts = opened.counts();
      const activeFeeds = await countActiveFeeds(store);
      return {
        document: { ...base, created: header.created, counts, activeFeeds },
        text:
          `Restored ${records} records (${describeRecordCounts(counts)}) of ${header.created} ` +
          `from ${toPrintable(toShownName(file))} into ${toPrintable(toShownUrl(settings.databaseUrl))}.` +
          describeActiveFeeds(activeFeeds),
      };
    } finally {
      progress.end();
    }
  });
}

function describeStopped(
  file: string,
  document: { readonly records: number; readonly total: number },
): Answer {
  return {
    document,
    text: `Restored ${document.records} of ${document.total} records.`,
    problem:
      file === STDIN
        ? 'The restore was stopped. From standard input it cannot go on: remove the database, and begin again.'
        : 'The restore was stopped. Run the same command again to go on.',
  };
}

function refuseContinuing(): AppError {
  return new AppError('input.invalid', {
    detail:
      'The database holds a restore or a copy that did not come to its end, and standard input cannot go on with ' +
      'it. Restore from a file, or name another database.',
  });
}

/** Puts the name of the file before what is wrong with it. */
function namer(file: string): (error: unknown) => unknown {
  return (error) => {
    if (!(error instanceof AppError) || error.code !== 'input.invalid') return error;
    const detail = `${toPrintable(toShownName(file))}: ${error.detail ?? ''}`;
    return new AppError(error.code, { detail, cause: error });
  };
}
