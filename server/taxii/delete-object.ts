import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { AppError } from '../domain/errors.ts';
import type { SubmissionService } from '../domain/submit.ts';
import { pathParameter, readableOf, writableOf } from './exchange.ts';
import { parseSpecVersions, parseVersions, readMatchFields } from './query.ts';
import { rawQueryOf } from './request-path.ts';
import { sendBytes } from './respond.ts';

/**
 * DELETE {api-root}/collections/{id}/objects/{object-id}/ (TAXII 2.1, 5.7); without a version all versions go.
 * It takes both rights: 404 without either, 403 with one (the steps before saw to that).
 */
export function createDeleteObject(submissions: SubmissionService, maxFilterValues: number): RequestHandler {
  return async (req, res) => {
    const principal = principalOf(req);
    if (principal.kind !== 'user') throw new AppError('auth.required');
    readableOf(req);
    const params = new URLSearchParams(rawQueryOf(req.url));
    const match = readMatchFields(params, ['version', 'spec_version'], maxFilterValues);
    const versions = match.get('version');
    const specVersions = match.get('spec_version');
    await submissions.remove(principal, writableOf(req), pathParameter(req, 'object'), {
      ...(versions ? { versions: [parseVersions(versions)] } : {}),
      ...(specVersions ? { specVersions: parseSpecVersions(specVersions) } : {}),
    });
    sendBytes(res, 200, Buffer.alloc(0), {});
  };
}
