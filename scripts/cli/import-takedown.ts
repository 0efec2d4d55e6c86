import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import { NO_TERMS } from '../../server/domain/submit.ts';
import { MICROS_PER_SECOND, parseTaxiiTimestamp, type Tick } from '../../server/domain/timestamp.ts';
import { toPlatformName } from '../../server/takedown/platforms.ts';
import type { Takedown } from '../../server/takedown/takedown.ts';
import { parseTitle, parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { toShownName } from './input-file.ts';
import { replaceFile } from './list-file.ts';
import { requirePolicies, withCore } from './open-core.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { readTakedown, type ListOptions } from './read-takedown.ts';
import { UsageError } from './report-error.ts';
import { describeSent, sendFiles, type Upload } from './send-files.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';
import { countRows, describeTakedown, toTakedownDocument } from './takedown-account.ts';
import { requireTarget } from './upload-target.ts';

interface ImportOptions extends JsonOption, ListOptions {
  readonly as: string;
  readonly out?: string;
}

/** The day in the part of the world where it is latest. */
const AHEAD: Tick = 14 * 3600 * MICROS_PER_SECOND;

/** `import-takedown`. */
export function addImportTakedownCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'import-takedown',
    summary: "turn a platform's takedown list (CSV) into STIX objects and upload them",
    about:
      'The list has the columns Tactic, Technique, Procedure, Indicator and Comments, or indicator_type, indicator_value, comment and ds. ' +
      'Values may be defanged (example[.]org, hxxps). Every row is accounted for, and what was not understood is listed with its line. ' +
      'What the list does not say comes from the options, and the command asks for the ones that are missing. ' +
      'The same list under the same name makes the same objects, so importing it again adds nothing. ' +
      'The objects go to the intake collection. The exit status is 1 when any object failed.',
    examples: [
      'pollwatch import-takedown list.csv --as alice --acted-on 2018-08-21 --name "Example Operation" --platform facebook',
      'pollwatch import-takedown list.csv --as alice --acted-on 2018-08-21 --name "Example Operation" --out bundle.json',
      'pollwatch import-takedown - --as alice --acted-on 2018-08-21 --name "Example Operation" < list.csv',
    ],
  })
    .argument('<file>', 'the list; - is standard input')
    .requiredOption(
      '--as <user>',
      'who imports; the objects are by the organisation of this user',
      parseUserName,
    )
    .requiredOption('--acted-on <date>', 'the day of the takedown, YYYY-MM-DD', (text: string) =>
      parseDay(text, cli.clock.now()),
    )
    .option(
      '--platform <name>',
      'who acted, and the platform of rows that name none: facebook',
      parsePlatform,
    )
    .option('--name <name>', 'what the operation is called', parseTitle)
    .option('--out <file>', 'only write the bundle to this file; upload nothing')
    .action(async (file: string, options: ImportOptions) => {
      if (options.out !== undefined && resolve(options.out) === resolve(file)) {
        throw new UsageError('--out names the list itself. Choose another file.');
      }
      const answer = await withCore(cli, async (core, settings) => {
        const sender = await readPrincipal(core.store, options.as);
        if (options.out !== undefined) {
          const takedown = await readTakedown(cli, core, sender, file, options);
          return writeBundle(cli, options.out, file, takedown, options);
        }
        // Whoever may not send should not have to repair a list first.
        const target = requireTarget(await requirePolicies(core, settings), sender, undefined);
        const takedown = await readTakedown(cli, core, sender, file, options);
        return send(
          cli,
          { core, settings, sender, target, terms: NO_TERMS, files: [file] },
          takedown,
          options,
        );
      });
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

async function writeBundle(
  cli: Surroundings,
  out: string,
  file: string,
  takedown: Takedown,
  options: ImportOptions,
): Promise<Answer> {
  const { bundleId, objects } = takedown;
  if (isFruitless(takedown)) return describeFruitless(file, takedown, options);
  const text = `${JSON.stringify({ type: 'bundle', id: bundleId, objects }, undefined, 2)}\n`;
  await replaceFile(out, text, cli.ids.uuid());
  return {
    document: { ...toDocument(file, takedown, options), out },
    text: `${describe(file, takedown, options)}\n\nWrote ${objects.length} objects to ${toPrintable(out)}; nothing was uploaded.`,
  };
}

async function send(
  cli: Surroundings,
  upload: Upload,
  takedown: Takedown,
  options: ImportOptions,
): Promise<Answer> {
  const [file = ''] = upload.files;
  if (isFruitless(takedown)) return describeFruitless(file, takedown, options);
  const objects = takedown.objects.map((object) => JSON.stringify(object));
  const progress = options.json
    ? NO_PROGRESS
    : createProgress(cli.stderr, objects.length, () => performance.now());
  try {
    const sent = describeSent(upload, await sendFiles(upload, [{ file, objects }], progress));
    return {
      ...sent,
      document: { ...toDocument(file, takedown, options), ...toMembers(sent.document) },
      text: `${describe(file, takedown, options)}\n\n${sent.text}`,
    };
  } finally {
    progress.end();
  }
}

function isFruitless({ rows }: Takedown): boolean {
  const { understood, text } = countRows(rows);
  return understood + text === 0;
}

function describeFruitless(file: string, takedown: Takedown, options: ImportOptions): Answer {
  return {
    document: toDocument(file, takedown, options),
    text: describe(file, takedown, options),
    problem: 'No row of the list was understood. Nothing was stored.',
  };
}

function describe(file: string, takedown: Takedown, { name = '', actedOn }: ImportOptions): string {
  const by = takedown.actor.name;
  return `${toPrintable(name)}: a takedown by ${toPrintable(by)} on ${actedOn}, from ${toPrintable(toShownName(file))}\n\n${describeTakedown(takedown)}`;
}

function toDocument(file: string, takedown: Takedown, { name, actedOn, platform }: ImportOptions): object {
  const { identity } = takedown.actor;
  return {
    file,
    name,
    actedOn,
    platform: platform ?? null,
    actedBy: identity,
    ...toTakedownDocument(takedown),
  };
}

function toMembers(document: unknown): object {
  return typeof document === 'object' && document !== null ? document : {};
}
