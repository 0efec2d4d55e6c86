import { Option, type Command } from 'commander';
import type { WritableCollection } from '../../server/domain/access.ts';
import {
  CONSENTS,
  TLP_LEVELS,
  type Audience,
  type Consent,
  type TlpLevel,
} from '../../server/domain/collection.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import type { SubmissionTerms } from '../../server/domain/submit.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import { parseAudiences, parseTime, parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { requirePolicies, withCore } from './open-core.ts';
import { countOutcomes, describeCounts, describeOutcomes, toRecord } from './outcomes.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { UsageError } from './report-error.ts';
import { describeSent, sendFiles, type Upload } from './send-files.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { readUploadFiles } from './upload-files.ts';
import { requireTarget } from './upload-target.ts';

interface UploadOptions extends JsonOption {
  readonly as: string;
  readonly to?: string;
  readonly tlp?: TlpLevel;
  readonly audience?: readonly Audience[];
  readonly consent?: Consent;
  readonly notBefore?: Tick;
  readonly dryRun?: boolean;
}

/** `upload`. */
export function addUploadCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
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
    .option('--to <collection>', 'the id or alias of a collection (default: the intake collection)')
    .addOption(new Option('--tlp <level>', 'the TLP of objects without one').choices(TLP_LEVELS))
    .option(
      '--audience <list>',
      'the audiences of objects without any: federal,state,private',
      parseAudiences,
    )
    .addOption(
      new Option('--consent <consent>', 'to whom objects without a CONSENT may name the submitter').choices(
        CONSENTS,
      ),
    )
    .option('--not-before <time>', 'nothing is shown before this time (RFC 3339)', parseTime)
    .option('--dry-run', 'show what would become of each object; store nothing')
    .action(async (files: readonly string[], options: UploadOptions) => {
      if (files.filter((file) => file === '-').length > 1) {
        throw new UsageError('Standard input (-) can be read only once.');
      }
      const answer = await withCore(cli, async (core, settings) => {
        const collections = await requirePolicies(core, settings);
        const sender = await readPrincipal(core.store, options.as);
        const target = requireTarget(collections, sender, options.to);
        const terms = toTerms(options, target);
        const upload = { core, settings, sender, target, terms, files };
        return options.dryRun ? previewFiles(cli, upload) : send(cli, upload, options);
      });
      cli.show(answer, options);
    });
}

function toTerms(options: UploadOptions, target: WritableCollection): SubmissionTerms {
  const { tlp, audience, consent, notBefore } = options;
  const terms: SubmissionTerms = {
    defaults: {
      ...(tlp === undefined ? {} : { tlp }),
      ...(audience === undefined ? {} : { audiences: audience }),
      ...(consent === undefined ? {} : { consent }),
    },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
  const saysSomething = notBefore !== undefined || Object.keys(terms.defaults).length > 0;
  // Passed over in silence, an embargo would be broken.
  if (saysSomething && target.release.policy === 'as-posted') {
    throw new UsageError(
      `"${target.alias}" shows what is posted as it is: leave out --tlp, --audience, --consent and --not-before.`,
    );
  }
  return terms;
}

async function previewFiles(cli: Surroundings, upload: Upload): Promise<Answer> {
  const { core, settings, sender, target, terms, files } = upload;
  const read = await readUploadFiles(files, cli.stdin, settings, (object) => object);
  const objects = read.flatMap((each) => each.objects);
  const outcomes = await core.submissions.preview(sender, target, objects, terms);
  const counts = countOutcomes(outcomes);
  const text = [
    describeOutcomes(outcomes),
    '',
    `Nothing was stored. To ${target.alias}, ${describeCounts(counts)}.`,
  ].join('\n');
  return {
    document: { dryRun: true, collection: target.id, ...counts, outcomes: outcomes.map(toRecord) },
    text,
    ...(counts.failure > 0 ? { problem: '' } : {}),
  };
}

async function send(cli: Surroundings, upload: Upload, { json }: JsonOption): Promise<Answer> {
  const read = await readUploadFiles(upload.files, cli.stdin, upload.settings, ({ text }) => text);
  const total = read.reduce((sum, { objects }) => sum + objects.length, 0);
  const progress = json ? NO_PROGRESS : createProgress(cli.stderr, total, () => performance.now());
  try {
    return describeSent(upload, await sendFiles(upload, read, progress));
  } finally {
    progress.end();
  }
}
