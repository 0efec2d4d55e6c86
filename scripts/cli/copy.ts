import type { Command } from 'commander';
import { loadSettings, type Settings } from '../../server/config/load.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { ExportBatch, Store, StoreExport } from '../../server/storage/port.ts';
import { defineCommand } from './command.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { UsageError } from './report-error.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';
import { countActiveFeeds, describeActiveFeeds } from './transfer-feeds.ts';
import { importInto, type Imported } from './transfer-import.ts';
import { describeRecordCounts } from './transfer-records.ts';
import { requireContents, toShownUrl, withExport, withStore } from './transfer-stores.ts';

interface CopyOptions extends JsonOption {
  readonly from: string;
  readonly to: string;
}

/** `copy`. */
export function addCopyCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'copy',
    summary: 'copy everything from one database to another one, which must be empty',
    about:
      'Stop the servers of the source first: what they write meanwhile is not in the copy, and a copy that was stopped can then be gone on with. A server refuses a database that was copied in part; run the same command again to go on where it stopped. Everything comes along: users and their passwords, tokens, what was decided, when it was added, and the positions of clients.',
    examples: [
      'pollwatch copy --from sqlite:./data/pollwatch.db --to mongodb://localhost:27017/pollwatch',
      'pollwatch copy --from mongodb://localhost:27017/pollwatch --to sqlite:./data/copy.db --json',
    ],
  })
    .requiredOption('--from <url>', 'the database to copy, as POLLWATCH_DATABASE_URL has it')
    .requiredOption('--to <url>', 'the empty database to copy to')
    .action(async (options: CopyOptions) => {
      const settings = loadSettings(cli.env);
      const from = { ...settings, databaseUrl: parseUrl('--from', options.from) };
      const to = { ...settings, databaseUrl: parseUrl('--to', options.to) };
      if (from.databaseUrl === to.databaseUrl)
        throw new UsageError('--from and --to name the same database.');
      cli.show(await cli.untilStopped((signal) => copy(cli, { from, to, options, signal })), options);
    });
}

/** The value may hold a password: it is not repeated. */
function parseUrl(option: string, text: string): string {
  const reading = SETTINGS.databaseUrl.parse(text);
  if ('wanted' in reading) throw new UsageError(`${option}: wanted ${reading.wanted}.`);
  if (reading.value === 'sqlite::memory:') {
    throw new UsageError(`${option}: a database in memory is known to its server alone.`);
  }
  return reading.value;
}

interface Copy {
  readonly from: Settings;
  readonly to: Settings;
  readonly options: JsonOption;
  readonly signal: AbortSignal;
}

function copy(cli: Surroundings, { from, to, options, signal }: Copy): Promise<Answer> {
  return withExport(cli, from, (source, origin) =>
    withStore(cli, to, async (store) => {
      let progress = NO_PROGRESS;
      try {
        const imported = await importInto({
          store,
          source: { mark: source.mark, batches: (after) => readBatches(source, from, after) },
          tick: cli.clock.now(),
          signal,
          onBegin: (done) => {
            if (options.json) return;
            const now = (): number => performance.now();
            progress = createProgress(cli.stderr, source.total, now, { unit: 'records', done });
          },
          onBatch: (count) => progress.advance(count),
        });
        const names = { from: toShownUrl(from.databaseUrl), to: toShownUrl(to.databaseUrl) };
        if (!imported.isFinished) return describeStopped(names, imported, source.total);
        return describeCopy(names, imported, {
          isChanged: await hasChanged(origin, source.mark),
          activeFeeds: await countActiveFeeds(store),
        });
      } finally {
        progress.end();
      }
    }),
  ).catch((error: unknown) => {
    throw nameOption(error);
  });
}

async function* readBatches(
  source: StoreExport,
  { databaseUrl }: Settings,
  after: string | undefined,
): AsyncGenerator<ExportBatch> {
  let isFirst = after === undefined;
  for await (const batch of source.batches(after)) {
    if (isFirst) requireContents(batch, databaseUrl);
    isFirst = false;
    yield batch;
  }
}

/** Whether something was written to a store since it was exported. */
async function hasChanged(store: Store, mark: string): Promise<boolean> {
  const now = await store.openExport();
  await now.close();
  return now.mark !== mark;
}

/** As people may see them. */
interface Names {
  readonly from: string;
  readonly to: string;
}

function describeStopped(names: Names, { isResumed, records }: Imported, total: number): Answer {
  return {
    document: { ...names, finished: false, resumed: isResumed, records, total },
    text: `Copied ${records} of ${total} records.`,
    problem: 'The copy was stopped. Run the same command again to go on.',
  };
}

/** How the two databases are after a copy. */
interface After {
  /** The source was written to meanwhile. */
  readonly isChanged: boolean;
  readonly activeFeeds: number;
}

function describeCopy(names: Names, imported: Imported, { isChanged, activeFeeds }: After): Answer {
  const { isResumed, records, counts } = imported;
  const what = isResumed ? '' : ` (${describeRecordCounts(counts)})`;
  const warning = isChanged
    ? '\nSomething was written to the source since the copy was begun; it is not in the copy.'
    : '';
  return {
    document: {
      ...names,
      finished: true,
      resumed: isResumed,
      records,
      sourceChanged: isChanged,
      activeFeeds,
    },
    text:
      toPrintable(`Copied ${records} records${what} from ${names.from} to ${names.to}.`) +
      warning +
      describeActiveFeeds(activeFeeds),
  };
}

/** Places of databases are usually wrong in a setting, here in an option. */
function nameOption(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.detail?.includes('POLLWATCH_DATABASE_URL')) return error;
  const detail = error.detail.replaceAll('POLLWATCH_DATABASE_URL', 'the option (--from, --to)');
  return new AppError(error.code, { detail, cause: error });
}
