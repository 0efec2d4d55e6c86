import type { Settings } from '../../server/config/load.ts';
import type { Core } from '../../server/core.ts';
import type { SignedIn, WritableCollection } from '../../server/domain/access.ts';
import type { ObjectOutcome, Submission } from '../../server/domain/submission.ts';
import type { SubmissionTerms } from '../../server/domain/submit.ts';
import { toBatches, type Batch } from './batches.ts';
import { countOutcomes, describeCounts, describeResults, describeState, toRecord } from './outcomes.ts';
import type { Progress } from './progress.ts';
import { describeError } from './report-error.ts';
import type { Answer } from './surroundings.ts';
import { toPrintable } from './table.ts';
import { nameFile, type UploadFile } from './upload-files.ts';

/** What sending and previewing work with. */
export interface Upload {
  readonly core: Core;
  readonly settings: Settings;
  readonly sender: SignedIn;
  readonly target: WritableCollection;
  readonly terms: SubmissionTerms;
  readonly files: readonly string[];
}

/** A submission, and the file that its objects are from. */
export interface SentSubmission {
  readonly file: string;
  readonly submission: Submission;
}

/** What was sent; with `error`, the rest was not. */
export interface Sent {
  readonly submissions: readonly SentSubmission[];
  readonly error?: unknown;
}

/**
 * Sends a file in as many submissions as it takes.
 * @param onSent told of each submission, and how many objects it has
 * @throws AppError that names the file
 */
export async function sendBatches(
  { core, sender, target, terms }: Upload,
  file: string,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  onSent: (submission: Submission, count: number) => void,
): Promise<void> {
  try {
    for await (const { body, count } of batches) {
      onSent(await core.submissions.submit(sender, target, body, terms), count);
    }
  } catch (error) {
    throw nameFile(error, file);
  }
}

/**
 * Sends objects that are held, the files one after the other. What was sent before a failure stays, so a failure is
 * handed back beside it; when nothing was sent it is thrown.
 */
export async function sendFiles(
  upload: Upload,
  files: readonly UploadFile<string>[],
  progress: Progress,
): Promise<Sent> {
  const submissions: SentSubmission[] = [];
  try {
    for (const { file, objects } of files) {
      await sendBatches(upload, file, toBatches(objects), (submission, count) => {
        submissions.push({ file, submission });
        progress.advance(count);
      });
    }
  } catch (error) {
    if (submissions.length === 0) throw error;
    return { submissions: await refresh(submissions), error };
  }
  return { submissions: await refresh(submissions) };

  /** What came later may have brought out what waited. */
  async function refresh(sent: readonly SentSubmission[]): Promise<readonly SentSubmission[]> {
    if (sent.length < 2) return sent;
    const current: SentSubmission[] = [];
    for (const { file, submission } of sent)
      current.push({ file, submission: await upload.core.followUp.refresh(submission) });
    return current;
  }
}

/** What was sent, in words and as a document; a failure when any object failed, or not everything was sent. */
export function describeSent({ target }: Upload, { submissions, error }: Sent): Answer {
  return {
    document: { collection: target.id, submissions: submissions.map(toDocument) },
    text: submissions.map((sent) => describeOne(sent, target.alias)).join('\n\n'),
    ...toProblem(submissions.some(hasFailures), error),
  };
}

export function hasFailures({ submission }: SentSubmission): boolean {
  return countOutcomes(submission.outcomes).failure > 0;
}

/** @param isFailed whether any object failed @param error what ended the sending early */
export function toProblem(isFailed: boolean, error: unknown): Pick<Answer, 'problem'> {
  if (error === undefined) return isFailed ? { problem: '' } : {};
  return { problem: `${describeError(error)} What is listed above was sent, the rest was not.` };
}

/**
 * What would be sent, in words and as a document; a failure when any object would fail.
 * @param shown the outcomes in words
 */
export function describePreview(
  { target }: Upload,
  outcomes: readonly ObjectOutcome[],
  shown: string,
): Answer {
  const counts = countOutcomes(outcomes);
  return {
    document: { dryRun: true, collection: target.id, ...counts, outcomes: outcomes.map(toRecord) },
    text: [shown, '', `Nothing was stored. To ${target.alias}, ${describeCounts(counts)}.`].join('\n'),
    ...(counts.failure > 0 ? { problem: '' } : {}),
  };
}

/** A submission in a JSON document, with the outcome of each object. */
export function toDocument({ file, submission }: SentSubmission): object {
  const { id, sha256, bytes, state, outcomes } = submission;
  return { id, file, sha256, bytes, state, ...countOutcomes(outcomes), outcomes: outcomes.map(toRecord) };
}

/** A submission in words: its counts, and the first of its problems. */
export function describeOne({ file, submission }: SentSubmission, alias: string): string {
  const { id, state, outcomes } = submission;
  const from = file === '-' ? 'standard input' : toPrintable(file);
  const head = `Submission ${id} to ${alias} from ${from}`;
  if (state === 'received') return `${head}\n${describeState(submission)}`;
  return [head, describeCounts(countOutcomes(outcomes)), describeResults(outcomes)].join('\n');
}
