import type { Command } from 'commander';
import { readCollectionTexts } from '../../server/disarm/collection-texts.ts';
import { planImport, type ImportPlan, type Objection } from '../../server/disarm/plan.ts';
import type { WritableCollection } from '../../server/domain/access.ts';
import { isAsPosted } from '../../server/domain/collection.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import { NO_TERMS } from '../../server/domain/submit.ts';
import { checkObject } from '../../server/stix/check-object.ts';
import { parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { describePlan, toPlanDocument } from './disarm-plan.ts';
import { requirePolicies, withCore } from './open-core.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { UsageError } from './report-error.ts';
import { describeSent, sendFiles, type Upload } from './send-files.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { nameFile, readUploadFiles } from './upload-files.ts';
import { requireTarget } from './upload-target.ts';

interface ImportDisarmOptions extends JsonOption {
  readonly as: string;
  readonly to: string;
  readonly dryRun?: boolean;
  readonly revokeMost?: boolean;
}

/** `import-disarm`. */
export function addImportDisarmCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'import-disarm',
    summary: 'bring a release of DISARM into the reference collection',
    about:
      'The file is the STIX bundle that the DISARM Foundation publishes (CC-BY-SA-4.0; its marking stays on the objects). ' +
      'A technique keeps the id and the time of creation under which it was first seen here, whatever the release gives it, so a rebuild of the same content adds nothing. ' +
      'What a newer release no longer has is revoked, which is final; an older release changes nothing. ' +
      'In place of mitre-attack the source of a technique is DISARM, and it has the kill chain disarm as well. ' +
      'The exit status is 1 when anything was left out.',
    examples: [
      'pollwatch import-disarm DISARM.json --as alice --dry-run',
      'pollwatch import-disarm DISARM.json --as alice',
      'pollwatch import-disarm - --as alice --to frameworks < DISARM.json',
    ],
  })
    .argument('<file>', 'the bundle; - is standard input')
    .requiredOption('--as <user>', 'who imports; the rights of this user count', parseUserName)
    .option('--to <collection>', 'the id or alias of a collection', 'reference')
    .option('--dry-run', 'show what would be added, changed and revoked; store nothing')
    .option('--revoke-most', 'also when the release drops more than half of what is held')
    .action(async (file: string, options: ImportDisarmOptions) => {
      const answer = await withCore(cli, async (core, settings) => {
        const collections = await requirePolicies(core, settings);
        const sender = await readPrincipal(core.store, options.as);
        const target = requireTarget(collections, sender, options.to);
        requirePlain(target);
        const upload = { core, settings, sender, target, terms: NO_TERMS, files: [file] };
        const plan = await readPlan(cli, upload, file);
        return importPlan(cli, upload, plan, options);
      });
      cli.show(answer, options);
    });
}

/** What the release rules withhold could not be compared with the next release. */
function requirePlain(target: WritableCollection): void {
  if (isAsPosted(target)) return;
  throw new UsageError(
    `"${target.alias}" does not show what is posted as it is: import DISARM into a collection such as reference.`,
  );
}

async function readPlan(
  cli: Surroundings,
  { core, settings, target }: Upload,
  file: string,
): Promise<ImportPlan> {
  const read = await readUploadFiles([file], cli.stdin, settings, (object) => object);
  const held = await readCollectionTexts(core.store, target.id);
  try {
    return planImport(
      read.flatMap(({ objects }) => objects),
      held,
      {
        check: (value) => checkObject((object) => core.validator.check(object), value, ['2.1']),
        now: cli.clock.now(),
      },
    );
  } catch (error) {
    throw nameFile(error, file);
  }
}

async function importPlan(
  cli: Surroundings,
  upload: Upload,
  plan: ImportPlan,
  { dryRun = false, revokeMost = false, json = false }: ImportDisarmOptions,
): Promise<Answer> {
  const isAllowed = plan.objection === undefined || (plan.objection === 'losses' && revokeMost);
  const sent =
    dryRun || !isAllowed || plan.posts.length === 0 ? undefined : await send(cli, upload, plan, json);
  const problem = isAllowed ? sent?.problem : describeObjection(plan.objection, plan);
  const hasSkipped = plan.accounts.some(({ action }) => action === 'skipped');
  const last = sent?.text ?? (plan.posts.length === 0 ? 'Nothing to store.' : 'Nothing was stored.');
  return {
    document: {
      dryRun,
      collection: upload.target.id,
      ...toPlanDocument(plan),
      ahead: plan.ahead,
      // What `upload` prints for the objects that were posted.
      upload: sent?.document ?? null,
    },
    text: [describePlan(plan, upload.target.alias), '', ...describeAhead(plan), last].join('\n'),
    ...(problem !== undefined || hasSkipped ? { problem: problem ?? '' } : {}),
  };
}

const LISTED = 20;

/** What of the collection has no say in which release is the older one. */
function describeAhead({ ahead }: ImportPlan): readonly string[] {
  if (ahead.length === 0) return [];
  const rest = ahead.length - LISTED;
  return [
    `Held with a time more than a day ahead of the clock, which does not count for the order of releases (${ahead.length}):`,
    ...ahead.slice(0, LISTED).map(({ id, modified }) => `  ${id}  ${modified}`),
    ...(rest > 0 ? [`  and ${rest} more; --json lists all`] : []),
    '',
  ];
}

function describeObjection(objection: Objection | undefined, { builtAt, heldAt = '' }: ImportPlan): string {
  switch (objection) {
    case undefined:
      return '';
    case 'older':
      return `This release was built at ${builtAt}, before what is held (${heldAt}): it would take changes back. Nothing was stored.`;
    case 'future':
      return `This release says that it was built at ${builtAt}, in time to come: every later release would count as older. Nothing was stored.`;
    case 'losses':
      return 'This release drops more than half of the tactics and techniques that are held, and what is revoked stays so. Nothing was stored. Check that the file is whole; if it is meant, add --revoke-most.';
  }
}

async function send(
  cli: Surroundings,
  upload: Upload,
  { posts }: ImportPlan,
  isQuiet: boolean,
): Promise<Answer> {
  const progress = isQuiet ? NO_PROGRESS : createProgress(cli.stderr, posts.length, () => performance.now());
  const objects = posts.map((object) => JSON.stringify(object));
  try {
    const files = upload.files.map((file) => ({ file, objects }));
    return describeSent(upload, await sendFiles(upload, files, progress));
  } finally {
    progress.end();
  }
}
