import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { AppError } from '../domain/errors.ts';
import type { FollowUp } from '../domain/follow-up.ts';
import type { Clock, CollectionId } from '../domain/ids.ts';
import type { ObjectOutcome, Submission } from '../domain/submission.ts';
import { formatTick, MICROS_PER_MILLI } from '../domain/timestamp.ts';
import type { SubmissionStore } from '../storage/port.ts';
import { pathParameter } from './exchange.ts';
import { sendResource } from './respond.ts';

function toDetails({ id, version, message }: ObjectOutcome): object {
  return { id, version, message };
}

/** The status resource of a submission (TAXII 2.1, 4.3.1); the counts always add up. */
export function toStatus(submission: Submission): object {
  const { id, state, receivedAt, outcomes } = submission;
  const of = (result: ObjectOutcome['result']): readonly ObjectOutcome[] =>
    outcomes.filter((outcome) => outcome.result === result);
  const successes = of('success');
  const failures = of('failure');
  const pendings = of('pending');
  const listed = (items: readonly ObjectOutcome[]): readonly object[] | undefined =>
    items.length === 0 ? undefined : items.map(toDetails);
  return {
    id,
    status: state === 'complete' ? 'complete' : 'pending',
    request_timestamp: formatTick(receivedAt),
    total_count: outcomes.length,
    success_count: successes.length,
    successes: listed(successes),
    failure_count: failures.length,
    failures: listed(failures),
    pending_count: pendings.length,
    pendings: listed(pendings),
  };
}

export interface StatusServices {
  readonly submissions: SubmissionStore;
  readonly followUp: FollowUp;
  readonly clock: Clock;
  readonly statusRetentionMs: number;
}

/**
 * GET {api-root}/status/{status-id}/ (TAXII 2.1, 4.3): for the submitter alone, for a bounded time.
 * @param elsewhere the collections of other API roots
 */
export function createStatus(services: StatusServices, elsewhere: ReadonlySet<CollectionId>): RequestHandler {
  return async (req, res) => {
    const principal = principalOf(req);
    const submission = await services.submissions.findSubmission(pathParameter(req, 'status'));
    const isTheirs = principal.kind === 'user' && submission?.user === principal.user;
    if (!submission || !isTheirs || elsewhere.has(submission.collection)) {
      throw new AppError('status.not-found');
    }
    const current = await services.followUp.refresh(submission);
    const age = services.clock.now() - (current.completedAt ?? services.clock.now());
    if (age > services.statusRetentionMs * MICROS_PER_MILLI) throw new AppError('status.not-found');
    sendResource(res, 200, toStatus(current));
  };
}
