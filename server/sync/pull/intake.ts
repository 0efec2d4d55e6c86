import { AppError } from '../../domain/errors.ts';
import type { SubmissionDefaults, Submission } from '../../domain/submission.ts';
import type { RawObject } from '../../stix/read-objects.ts';
import type { FeedContext } from '../feed-services.ts';
import { PartnerFault } from '../partner-fault.ts';
import type { Target } from './target.ts';

/** What became of an object of a page. */
export interface Taken {
  readonly result: 'success' | 'failure' | 'pending';
  readonly message: string | undefined;
  /** There is a version for it, whether or not it is shown anywhere. */
  readonly isHeld: boolean;
}

const WAIT_MS = 1000;
const MAX_WAITS = 60;

/**
 * Submits objects as they came, byte for byte, and waits until that is carried out.
 * @returns what became of each, in order
 * @throws PartnerFault `store.unavailable` when it takes too long: what was submitted is carried out later
 */
export async function takeIn(
  context: FeedContext,
  { sender, collection }: Target,
  objects: readonly RawObject[],
  defaults: SubmissionDefaults,
  signal: AbortSignal,
): Promise<readonly Taken[]> {
  if (objects.length === 0) return [];
  const body = Buffer.from(`{"objects":[${objects.map(({ text }) => text).join(',')}]}`);
  let submission: Submission;
  try {
    submission = await context.submissions.submit(sender, collection, body, { defaults });
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('body.')) throw error;
    // Nothing of it was saved. In smaller parts it shows which object is not borne.
    const [first, ...others] = objects;
    if (!first || others.length === 0) {
      return [{ result: 'failure', message: error.detail ?? error.code, isHeld: false }];
    }
    const half = Math.ceil(objects.length / 2);
    const parts = [objects.slice(0, half), objects.slice(half)];
    const taken: Taken[] = [];
    for (const part of parts) {
      taken.push(...(await takeIn(context, { sender, collection }, part, defaults, signal)));
    }
    return taken;
  }
  const { outcomes } = await waitForEnd(context, submission, signal);
  if (outcomes.length !== objects.length) throw storeUnavailable();
  return outcomes.map(({ result, message, handle }) => ({ result, message, isHeld: handle !== undefined }));
}

/** Until the submission is carried out, by whichever process. */
async function waitForEnd(
  { store, submissions, wait }: FeedContext,
  submission: Submission,
  signal: AbortSignal,
): Promise<Submission> {
  let found: Submission | undefined = submission;
  for (let waits = 0; waits < MAX_WAITS; waits += 1) {
    if (found !== undefined && found.state !== 'received') return found;
    await wait(WAIT_MS, signal);
    try {
      await submissions.resume();
    } catch {
      // It may be about another submission; what became of this one is read below.
    }
    found = await findPassing(() => store.findSubmission(submission.id));
  }
  throw storeUnavailable();
}

async function findPassing<T>(find: () => Promise<T>): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isPassing(error)) return undefined;
    throw error;
  }
}

function isPassing(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'storage.unavailable' || error.code === 'server.busy');
}

function storeUnavailable(cause?: unknown): PartnerFault {
  const detail = 'The database was too busy to take a page in. What was read is asked for again.';
  return new PartnerFault('store.unavailable', detail, { cause });
}

/** A fault of ours in the words of a run; anything else as it is. */
export function toRunFault(error: unknown): unknown {
  if (isPassing(error)) return storeUnavailable(error);
  if (!(error instanceof AppError)) return error;
  if (error.code !== 'input.invalid' && error.code !== 'collection.not-found') return error;
  const detail = `What was read could not be taken in: ${error.detail ?? 'its collection is gone'}`;
  return new PartnerFault('collection.unusable', detail, { cause: error });
}
