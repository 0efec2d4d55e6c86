import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { AppError } from '../domain/errors.ts';
import { NO_TERMS, type SubmissionService } from '../domain/submit.ts';
import { receivedOf, writableOf } from './exchange.ts';
import { sendResource } from './respond.ts';
import { toStatus } from './status.ts';

/** POST {api-root}/collections/{id}/objects/ (TAXII 2.1, 5.5). */
export function createAddObjects(submissions: SubmissionService): RequestHandler {
  return async (req, res) => {
    const principal = principalOf(req);
    if (principal.kind !== 'user') throw new AppError('auth.required');
    const submission = await submissions.submit(principal, writableOf(req), receivedOf(req), NO_TERMS);
    sendResource(res, 202, toStatus(submission));
  };
}
