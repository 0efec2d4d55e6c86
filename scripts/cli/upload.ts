import { tmpdir } from 'node:os';
import type { Command } from 'commander';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import { parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { requirePolicies, withCore } from './open-core.ts';
import { describeOutcomes } from './outcomes.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { addTermsOptions, toTerms, type TermsOptions } from './release-terms.ts';
import { UsageError } from './report-error.ts';
import { sendCheckedFiles, type SentFiles } from './upload-sending.ts';
import { describePreview, type Upload } from './send-files.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { MAX_HELD_MEBIBYTES, readUploadFiles, withCheckedFiles } from './upload-files.ts';
import { showSent } from './upload-report.ts';
import { requireTarget } from './upload-target.ts';
import { createWarningCounter, withWarnings } from './upload-warnings.ts';

interface UploadOptions extends JsonOption, TermsOptions {
  readonly as: string;
  readonly to?: string;
  readonly dryRun?: boolean;
}

/** `upload`. */
export function addUploadCommand(program: Command, cli: Surroundings): void {
  const command = defineCommand(program, {
    usage: 'upload',
    summary: 'upload STIX objects as a user',
    about:
      'A file holds one object, a bundle or an envelope. --tlp, --audience and --consent hold for objects that say nothing themselves. The exit status is 1 when any object failed.',
    examples: [
      'pollwatch upload bundle.json --as alice',
      'pollwatch upload bundle.json --as alice --dry-run',
      'pollwatch upload - --as alice --to reference < framework.json',
      'pollwatch upload takedown.json --as alice --tlp green --audience federal,state --not-before 2018-08-21T12:00:00Z',
    ],
  })
    .argument('<file...>', 'the files; - is standard input')
    .requiredOption('--as <user>', 'who uploads; the rights of this user count', parseUserName)
    .option('--to <collection>', 'the id or alias of a collection (default: the intake collection)');
  addTermsOptions(command)
    .option(
      '--dry-run',
      `show what would become of each object; store nothing (at most ${MAX_HELD_MEBIBYTES} MiB, as all are decided together)`,
    )
    .action(async (files: readonly string[], options: UploadOptions) => {
      if (files.filter((file) => file === '-').length > 1) {
        throw new UsageError('Standard input (-) can be read only once.');
      }
      await withCore(cli, async (core, settings) => {
        const collections = await requirePolicies(core, settings);
        const sender = await readPrincipal(core.store, options.as);
        const target = requireTarget(collections, sender, options.to);
        const terms = toTerms(options, target);
        const upload = { core, settings, sender, target, terms, files };
        if (options.dryRun) cli.show(await previewFiles(cli, upload), options);
        else await send(cli, upload, options);
      });
    });
}

async function previewFiles(cli: Surroundings, upload: Upload): Promise<Answer> {
  const { core, settings, sender, target, terms, files } = upload;
  const warnings = createWarningCounter(core.schemas);
  const read = await readUploadFiles(files, cli.stdin, settings, (object) => warnings.look(object));
  const objects = read.flatMap((each) => each.objects);
  const outcomes = await core.submissions.preview(sender, target, objects, terms);
  return withWarnings(describePreview(upload, outcomes, describeOutcomes(outcomes)), warnings, files);
}

async function send(cli: Surroundings, upload: Upload, options: JsonOption): Promise<void> {
  const { core, files, settings } = upload;
  const warnings = createWarningCounter(core.schemas);
  const from = { stdin: cli.stdin, temporaryFolder: tmpdir() };
  await withCheckedFiles(files, from, settings, async (checked) => {
    const total = checked.reduce((sum, { form }) => sum + form.objects, 0);
    const progress = options.json ? NO_PROGRESS : createProgress(cli.stderr, total, () => performance.now());
    let sent: SentFiles;
    try {
      sent = await sendCheckedFiles(upload, checked, warnings, progress);
    } finally {
      progress.end();
    }
    await showSent(cli, upload, sent, warnings, options);
  });
}
