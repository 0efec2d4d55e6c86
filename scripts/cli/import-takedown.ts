import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { AppError } from '../../server/domain/errors.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import { MICROS_PER_SECOND, parseTaxiiTimestamp, type Tick } from '../../server/domain/timestamp.ts';
import { readFile } from '../../server/stix/document.ts';
import { toPlatformName } from '../../server/takedown/platforms.ts';
import { parseTitle, parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { STDIN } from './input-file.ts';
import { replaceFile } from './list-file.ts';
import { requirePolicies, withCore } from './open-core.ts';
import { describeResults } from './outcomes.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { readTakedown, type ListOptions, type ReadTakedown } from './read-takedown.ts';
import { addTermsOptions, hasTerms, TERMS_OPTIONS, toTerms, type TermsOptions } from './release-terms.ts';
import { UsageError } from './report-error.ts';
import { describePreview, describeSent, sendFiles, type Upload } from './send-files.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';
import { countRows, describeImport, toImportDocument } from './takedown-account.ts';
import { requireTarget } from './upload-target.ts';

interface ImportOptions extends JsonOption, ListOptions, TermsOptions {
  readonly as?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly strict?: boolean;
}

/** The day in the part of the world where it is latest. */
const AHEAD: Tick = 14 * 3600 * MICROS_PER_SECOND;
/** As `--out`, standard output. */
const STDOUT = '-';

/** `import-takedown`. */
export function addImportTakedownCommand(program: Command, cli: Surroundings): void {
  const command = defineCommand(program, {
    usage: 'import-takedown',
    summary: "turn a platform's takedown list (CSV) into STIX objects and upload them",
    about:
      'The list has the columns Tactic, Technique, Procedure, Indicator and Comments, or indicator_type, indicator_value, comment and ds. ' +
      'Values may be defanged (example[.]org, hxxps). Every row is accounted for, and what was not understood is listed with its line.\n\n' +
      '--as, --acted-on and --name are needed, and --platform unless the list counts the assets of one platform or the organisation of the user is the platform. ' +
      'The command asks for all that are missing.\n\n' +
      'The same list under the same name makes the same objects, so importing it again adds nothing. ' +
      'The objects go to the intake collection; what they do not say themselves is said by --tlp, --audience, --consent and --not-before. ' +
      'The exit status is 1 when any object failed.',
    examples: [
      'pollwatch import-takedown list.csv --as alice --acted-on 2018-08-21 --name "Example Operation" --platform facebook --dry-run',
      'pollwatch import-takedown list.csv --as alice --acted-on 2018-08-21 --name "Example Operation" --tlp green --audience federal,state',
      'pollwatch import-takedown list.csv --as alice --acted-on 2018-08-21 --name "Example Operation" --out bundle.json',
      'pollwatch import-takedown - --as alice --acted-on 2018-08-21 --name "Example Operation" < list.csv',
    ],
  })
    .argument('<file>', 'the list; - is standard input')
    .option(
      '--as <user>',
      'needed: who imports; the objects are by the organisation of this user',
      parseUserName,
    )
    .option('--acted-on <date>', 'needed: the day of the takedown, YYYY-MM-DD', (text: string) =>
      parseDay(text, cli.clock.now()),
    )
    .option('--name <name>', 'needed: what the operation is called', parseTitle)
    .option(
      '--platform <name>',
      'the platform that acted, which is also that of rows that name none; any platform, for example facebook, telegram or x',
      parsePlatform,
    );
  addTermsOptions(command)
    .option('--dry-run', 'show what would become of the list and of its objects; store nothing')
    .option('--out <file>', 'only write the bundle to this file (- is standard output); upload nothing')
    .option('--strict', 'also end with 1 when rows were not understood; the others are uploaded all the same')
    .action(async (file: string, options: ImportOptions) => {
      requireOneUse(file, options);
      const answer = await importList(cli, file, options);
      cli.show(answer, options);
    });
}

function parseDay(text: string, now: Tick): string {
  const tick = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseTaxiiTimestamp(`${text}T00:00:00Z`) : undefined;
  if (tick === undefined) throw new InvalidArgumentError('Wanted: a day, such as 2018-08-21.');
  if (tick > now + AHEAD) throw new InvalidArgumentError('This day is yet to come.');
  return text;
}

function parsePlatform(text: string): string {
  const name = toPlatformName(text);
  if (name !== undefined) return name;
  throw new InvalidArgumentError(
    'Wanted: the name of a platform, such as facebook: letters, digits and hyphens.',
  );
}

function requireOneUse(file: string, options: ImportOptions): void {
  const { out, dryRun } = options;
  if (out === undefined) return;
  if (file !== STDIN && resolve(out) === resolve(file)) {
    throw new UsageError('--out names the list itself. Choose another file.');
  }
  if (dryRun) throw new UsageError('--out uploads nothing: leave out --dry-run.');
  if (hasTerms(options)) {
    throw new UsageError(`--out uploads nothing: give ${TERMS_OPTIONS} to upload, with the bundle.`);
  }
}

async function importList(cli: Surroundings, file: string, options: ImportOptions): Promise<Answer> {
  const { as, out } = options;
  return withCore(cli, async (core, settings) => {
    const sender = as === undefined ? undefined : await readPrincipal(core.store, as);
    if (out !== undefined || !sender) {
      // Without a sender it asks for one, and for whatever else is missing.
      const takedown = await readTakedown(cli, core, sender, file, options);
      return writeBundle(cli, out ?? STDOUT, file, takedown, options);
    }
    // Whoever may not send should not have to repair a list first.
    const target = requireTarget(await requirePolicies(core, settings), sender, undefined);
    const terms = toTerms(options, target);
    const takedown = await readTakedown(cli, core, sender, file, options);
    const upload: Upload = { core, settings, sender, target, terms, files: [file] };
    if (isFruitless(takedown)) return describeFruitless(file, takedown, options);
    return options.dryRun
      ? preview(upload, file, takedown, options)
      : send(cli, upload, file, takedown, options);
  });
}

async function writeBundle(
  cli: Surroundings,
  out: string,
  file: string,
  takedown: ReadTakedown,
  options: ImportOptions,
): Promise<Answer> {
  const { bundleId, objects } = takedown;
  const account = describeImport(file, takedown, options);
  if (out === STDOUT) cli.stderr.write(`${account}\n`);
  if (isFruitless(takedown)) {
    if (out === STDOUT) throw new AppError('input.invalid', { detail: FRUITLESS });
    return describeFruitless(file, takedown, options);
  }
  const bundle = { type: 'bundle', id: bundleId, objects };
  const text = JSON.stringify(bundle, undefined, 2);
  if (out === STDOUT) return { document: bundle, text, ...toProblem(takedown, options) };
  const replaced = await replaceFile(out, `${text}\n`, cli.ids.uuid());
  const place = `${toPrintable(out)}${replaced ? ', in place of the file that was there' : ''}`;
  return {
    document: { ...toImportDocument(file, takedown, options), out, replaced },
    text: `${account}\n\nWrote ${objects.length} objects to ${place}; nothing was uploaded.`,
    ...toProblem(takedown, options),
  };
}

async function preview(
  upload: Upload,
  file: string,
  takedown: ReadTakedown,
  options: ImportOptions,
): Promise<Answer> {
  const { core, settings, sender, target, terms } = upload;
  const objects = readFile(Buffer.from(JSON.stringify({ objects: takedown.objects })), settings);
  const outcomes = await core.submissions.preview(sender, target, objects, terms);
  const answer = describePreview(upload, outcomes, describeResults(outcomes));
  return join(file, takedown, options, answer);
}

async function send(
  cli: Surroundings,
  upload: Upload,
  file: string,
  takedown: ReadTakedown,
  options: ImportOptions,
): Promise<Answer> {
  const objects = takedown.objects.map((object) => JSON.stringify(object));
  const progress = options.json
    ? NO_PROGRESS
    : createProgress(cli.stderr, objects.length, () => performance.now());
  try {
    const answer = describeSent(upload, await sendFiles(upload, [{ file, objects }], progress));
    return join(file, takedown, options, answer);
  } finally {
    progress.end();
  }
}

/** What came of the list, and then of its objects. */
function join(file: string, takedown: ReadTakedown, options: ImportOptions, answer: Answer): Answer {
  const { document } = answer;
  const members = typeof document === 'object' && document !== null ? document : {};
  return {
    ...toProblem(takedown, options),
    ...answer,
    // Of the members of one name, that of the list is a table of types.
    document: { ...members, ...toImportDocument(file, takedown, options) },
    text: `${describeImport(file, takedown, options)}\n\n${answer.text}`,
  };
}

function toProblem({ rows }: ReadTakedown, { strict }: ImportOptions): Pick<Answer, 'problem'> {
  const { notUnderstood } = countRows(rows);
  if (!strict || notUnderstood === 0) return {};
  return { problem: `${notUnderstood} ${notUnderstood === 1 ? 'row was' : 'rows were'} not understood.` };
}

const FRUITLESS = 'No row of the list was understood. Nothing was stored.';

function isFruitless({ rows }: ReadTakedown): boolean {
  const { understood, text } = countRows(rows);
  return understood + text === 0;
}

function describeFruitless(file: string, takedown: ReadTakedown, options: ImportOptions): Answer {
  return {
    document: toImportDocument(file, takedown, options),
    text: describeImport(file, takedown, options),
    problem: FRUITLESS,
  };
}
