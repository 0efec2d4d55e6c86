import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { requireOperator } from '../domain/access.ts';
import { AppError } from '../domain/errors.ts';
import { rawQueryOf } from '../taxii/request-path.ts';

/** @throws AppError `access.denied` for everybody who may not manage the deployment */
export const operatesHub: RequestHandler = (req, _res, next) => {
  requireOperator(principalOf(req));
  next();
};

/**
 * A browser sends credentials that it knows along with what a page of any site makes it ask for, and says here whose
 * page that was (Fetch Metadata, 2.3); where that is not encrypted it says only the origin (Fetch, 3.2). Other clients
 * say nothing.
 * @throws AppError `access.denied`
 */
export const comesFromNoOtherSite: RequestHandler = (req, _res, next) => {
  const { 'sec-fetch-site': site, origin, host } = req.headers;
  const isOther =
    site === undefined
      ? origin !== undefined && URL.parse(origin)?.host !== host?.toLowerCase()
      : site !== 'same-origin' && site !== 'none';
  if (isOther) {
    throw new AppError('access.denied', { detail: 'The page of another site may not ask for this.' });
  }
  next();
};

/** @throws AppError `media.not-acceptable` (RFC 9110, 12.5.1) */
export const acceptsJson: RequestHandler = (req, _res, next) => {
  const isAnyGood = (req.headers.accept ?? '').trim() === '';
  if (!isAnyGood && req.accepts('application/json') === false) {
    throw new AppError('media.not-acceptable', { detail: 'Ask for application/json.' });
  }
  next();
};

const JSON_CONTENT = /^application\/json *(?:; *charset="?utf-8"? *)?$/i;

/** A request without a body need not say what it sends. @throws AppError `media.unsupported` */
export const sendsJson: RequestHandler = (req, _res, next) => {
  const { 'content-length': length, 'content-type': type, 'content-encoding': coding } = req.headers;
  const hasBody = req.headers['transfer-encoding'] !== undefined || Number(length ?? 0) > 0;
  if ((hasBody || type !== undefined) && !JSON_CONTENT.test((type ?? '').trim())) {
    throw new AppError('media.unsupported', { detail: 'Send application/json.' });
  }
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('media.unsupported', { detail: 'Send the body without a content coding.' });
  }
  next();
};

/**
 * @param known the parameters that the query may have, each once
 * @throws AppError `query.malformed`
 */
export function asksOnlyFor(...known: readonly string[]): RequestHandler {
  return (req, _res, next) => {
    const names = [...new URLSearchParams(rawQueryOf(req.url)).keys()];
    if (names.some((name) => !known.includes(name)) || new Set(names).size < names.length) {
      const wanted = known.length === 0 ? 'no parameters' : `${known.join(', ')}, once`;
      throw new AppError('query.malformed', { detail: `The query may have ${wanted}.` });
    }
    next();
  };
}

const LIMIT = { least: 1, most: 100, default: 20 };

/** @throws AppError `query.malformed` */
export function readLimit(url: string): number {
  const text = new URLSearchParams(rawQueryOf(url)).get('limit');
  if (text === null) return LIMIT.default;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(limit >= LIMIT.least && limit <= LIMIT.most)) {
    throw new AppError('query.malformed', {
      detail: `limit is a number of ${LIMIT.least} to ${LIMIT.most}.`,
    });
  }
  return limit;
}
