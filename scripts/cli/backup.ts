import { lstat } from 'node:fs/promises';
import type { Command } from 'commander';
import { loadSettings, type Settings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { AppError } from '../../server/domain/errors.ts';
import { formatTick } from '../../server/domain/timestamp.ts';
import { readVersion } from '../../server/ops/build.ts';
import type { StoreExport } from '../../server/storage/port.ts';
import { defineCommand } from './command.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { UsageError } from './report-error.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';
import {
  createTally,
  encodeBatch,
  encodeHeader,
  encodeTrailer,
  type BackupHeader,
  type Extent,
  type Tally,
} from './transfer-file.ts';
import {
  appendPart,
  completePart,
  explainWriting,
  openPart,
  toPartName,
  type PartFile,
} from './transfer-part.ts';
import { describeRecordCounts } from './transfer-records.ts';
import { kindOf, requireContents, withExport } from './transfer-stores.ts';

interface BackupOptions extends JsonOption {
  readonly force?: boolean;
}

/** Where a backup goes. */
interface Backup {
  readonly cli: Surroundings;
  readonly settings: Settings;
  readonly source: StoreExport;
  readonly options: BackupOptions;
  readonly signal: AbortSignal;
}

const SECRET_WARNING =
  'The file holds everything: password hashes, and the secret with which positions of clients are signed. ' +
  'Keep it as safe as the database.';

/** `backup`. */
export function addBackupCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'backup',
    summary: 'write everything in the database to a file, also while the server runs',
    about:
      'The file is as the database was at one moment. It can be restored into a store of any kind. ' +
      `${SECRET_WARNING} Only its owner may read it.\n\n` +
      'Until it is whole it is called FILE.part. A backup that was stopped goes on there when it is run again and the database has not changed since; else it starts anew.',
    examples: [
      'pollwatch backup pollwatch-2018-08-21.backup',
      'pollwatch backup --force /var/backups/pollwatch.backup --json',
      'pollwatch backup - | ssh elsewhere "cat > pollwatch.backup"',
    ],
  })
    .argument('<file>', 'the file to write; - is standard output')
    .option('--force', 'replace the file when it is there')
    .action(async (file: string, options: BackupOptions) => {
      const settings = loadSettings(cli.env);
      if (file === '-' && cli.stdout.isTTY) {
        throw new UsageError('A backup is no text. Name a file, or lead standard output elsewhere.');
      }
      if (file !== '-') await refusePresent(file, options);
      await cli.untilStopped((signal) =>
        withExport(cli, settings, async (source) => {
          const backup = { cli, settings, source, options, signal };
          if (file === '-') await backUpToStream(backup);
          else cli.show(await backUpToFile(backup, file), options);
        }),
      );
    });
}

async function refusePresent(file: string, { force }: BackupOptions): Promise<void> {
  const found = await lstat(file).catch(() => undefined);
  if (!found) return;
  // A link is replaced itself, and not what it leads to.
  const isReplaceable = found.isFile() || found.isSymbolicLink();
  if (force && isReplaceable) return;
  const kind = found.isDirectory() ? 'It is a folder.' : 'It is no file.';
  const remedy = isReplaceable ? 'Choose another name, or replace it with --force.' : kind;
  throw new AppError('input.invalid', { detail: `${JSON.stringify(file)} is there already. ${remedy}` });
}

function toHeader({ cli, settings, source }: Backup): BackupHeader {
  return {
    mark: source.mark,
    created: formatTick(cli.clock.now()),
    store: kindOf(settings.databaseUrl),
    pollwatch: readVersion(findPackageRoot()),
    total: source.total,
  };
}

/** @returns whether everything was written */
async function writeRest(
  { cli, settings, source, options, signal }: Backup,
  tally: Tally,
  write: (bytes: Buffer) => Promise<void>,
): Promise<boolean> {
  const { records, position } = tally.extent();
  const progress = options.json
    ? NO_PROGRESS
    : createProgress(cli.stderr, source.total, () => performance.now(), { unit: 'records', done: records });
  try {
    for await (const batch of source.batches(position)) {
      if (signal.aborted) return false;
      if (tally.extent().records === 0) requireContents(batch, settings.databaseUrl);
      await write(await encodeBatch(batch, tally));
      progress.advance(batch.records.length);
    }
    await write(await encodeTrailer(tally));
    return true;
  } finally {
    progress.end();
  }
}

async function backUpToFile(backup: Backup, file: string): Promise<Answer> {
  const { cli, source, options } = backup;
  const part = await openPart(file, toHeader(backup));
  try {
    const isResumed = part.tally.extent().bytes > 0;
    if (part.discarded !== undefined) {
      cli.stderr.write(`${toPrintable(toPartName(file))} is started anew: ${part.discarded}.\n`);
    }
    let place = part.tally.extent().bytes;
    const write = async (bytes: Buffer): Promise<void> => {
      await appendPart(part, bytes, place);
      place += bytes.byteLength;
    };
    if (!isResumed) await write(await encodeHeader(toHeader(backup), part.tally));
    const isWhole = await writeRest(backup, part.tally, write);
    if (!isWhole) return describeStopped(file, part, source.total);
    await refusePresent(file, options);
    return describeBackup(file, await completePart(part, file), isResumed);
  } catch (error) {
    throw explainWriting(toPartName(file), error);
  } finally {
    await part.handle.close();
  }
}

function describeBackup(file: string, extent: Extent & { sha256: string }, isResumed: boolean): Answer {
  const { records, bytes, counts, sha256 } = extent;
  const text = [
    `Wrote ${records} records (${describeRecordCounts(counts)}) to ${toPrintable(file)}: ${bytes} bytes, read once more from end to end.`,
    SECRET_WARNING,
  ].join('\n');
  return { document: { file, finished: true, resumed: isResumed, records, bytes, sha256, counts }, text };
}

function describeStopped(file: string, { tally }: PartFile, total: number): Answer {
  const { records } = tally.extent();
  return {
    document: { file, finished: false, records, total },
    text: `Wrote ${records} of ${total} records to ${toPrintable(toPartName(file))}.`,
    problem: 'The backup was stopped. Run the same command again to go on.',
  };
}

/** Standard output has the backup alone; what there is to say goes to standard error. */
async function backUpToStream(backup: Backup): Promise<void> {
  const { cli, options } = backup;
  const { stdout, stderr } = cli;
  const write = (bytes: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      stdout.write(bytes, (error) => {
        if (error)
          reject(
            new AppError('input.invalid', { detail: 'Nobody reads standard output any more.', cause: error }),
          );
        else resolve();
      });
    });
  const tally = createTally();
  await write(await encodeHeader(toHeader(backup), tally));
  if (!(await writeRest(backup, tally, write))) {
    throw new AppError('input.invalid', {
      detail: 'The backup was stopped: what was written is worthless.',
    });
  }
  const { records, counts } = tally.extent();
  const sha256 = tally.digest();
  const document = { file: '-', finished: true, resumed: false, records, sha256, counts };
  const text = `Wrote ${records} records (${describeRecordCounts(counts)}).`;
  stderr.write(options.json ? `${JSON.stringify(document)}\n` : `${text}\n`);
}
