import { AppError } from '../../server/domain/errors.ts';
import { describeOne, hasFailures, toDocument, toProblem } from './send-files.ts';
import type { SentSubmission, Upload } from './send-files.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';
import { createTidier } from './upload-memory.ts';
import type { SentFiles } from './upload-sending.ts';
import type { WarningCounter } from './upload-warnings.ts';

/**
 * Shows what was sent, in words or as one JSON document, a submission after the other: all of them together may not fit
 * into the memory. It is a failure when any object failed, or not everything was sent.
 */
export async function showSent(
  cli: Pick<Surroundings, 'show'>,
  upload: Upload,
  sent: SentFiles,
  warnings: WarningCounter,
  { json }: JsonOption,
): Promise<void> {
  const write = json ? writeDocument : writeText;
  let isFailed = false;
  const submissions = readSubmissions(upload, sent, (submission) => {
    isFailed ||= hasFailures(submission);
  });
  let held = '';
  let isFirst = true;
  for await (const part of write(upload, submissions, warnings)) {
    // The last part says how it all ended.
    if (!isFirst) cli.show({ document: undefined, text: held }, {});
    isFirst = false;
    held = part;
  }
  cli.show({ document: undefined, text: held, ...toProblem(isFailed, sent.error) }, {});
}

/** The parts of a JSON document, each without its last line break. */
async function* writeDocument(
  { target }: Upload,
  submissions: AsyncIterable<SentSubmission>,
  warnings: WarningCounter,
): AsyncGenerator<string> {
  let start = `{"collection":${JSON.stringify(target.id)},"submissions":[`;
  for await (const submission of submissions) {
    yield `${start}${JSON.stringify(toDocument(submission))}`;
    start = ',';
  }
  yield `],"warnings":${warnings.count}}`;
}

async function* writeText(
  { target, files }: Upload,
  submissions: AsyncIterable<SentSubmission>,
  warnings: WarningCounter,
): AsyncGenerator<string> {
  let start = '';
  for await (const submission of submissions) {
    yield `${start}${describeOne(submission, target.alias)}`;
    start = '\n';
  }
  const told = warnings.describe(files);
  if (told !== undefined) yield `\n${told}`;
}

async function* readSubmissions(
  upload: Upload,
  { submissions, only }: SentFiles,
  look: (submission: SentSubmission) => void,
): AsyncGenerator<SentSubmission> {
  const tidy = createTidier();
  for (const { file, id } of submissions) {
    const submission = { file, submission: only ?? (await readAgain(upload, id)) };
    look(submission);
    yield submission;
    tidy();
  }
}

/** What came later may have brought out what waited. */
async function readAgain({ core }: Upload, id: string): Promise<SentSubmission['submission']> {
  const found = await core.store.findSubmission(id);
  if (!found) throw new AppError('input.invalid', { detail: `There is no submission "${id}" any more.` });
  return core.followUp.refresh(found);
}
