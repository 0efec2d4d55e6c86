import { InvalidArgumentError } from 'commander';
import { AppError } from '../../server/domain/errors.ts';
import type { FeedAuth, FeedMatch } from '../../server/domain/feed.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import { requireCron } from '../../server/sync/run/cron.ts';
import { checkTerms, FEED_TERMS, NAME_WANTED } from '../../server/sync/feed-rules.ts';
import type { FeedRequest } from '../../server/sync/feed-services.ts';
import { parseTime } from './arguments.ts';
import { UsageError } from './report-error.ts';

const MAX_REJECTS_SHOWN = 10_000;
const AUTHS = 'basic:USER, bearer, token, header:NAME or cert';

/**
 * How a partner wants to be asked.
 * @throws UsageError without the value, as a secret may have been typed
 */
export function readAuth(text: string): FeedAuth {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const value = colon < 0 ? undefined : text.slice(colon + 1);
  switch (kind) {
    case 'basic':
      return { kind, user: requireValue(kind, value) };
    case 'header':
      return { kind, name: requireValue(kind, value) };
    case 'bearer':
    case 'token':
    case 'cert':
      if (value === undefined) return { kind };
      throw new UsageError(
        `--auth ${kind}: nothing stands behind it. The secret is named by --secret-env or --secret-file.`,
      );
    default:
      throw new UsageError(`--auth: wanted ${AUTHS}.`);
  }
}

function requireValue(kind: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UsageError(`--auth ${kind}: something is missing. Wanted: ${AUTHS}.`);
}

/**
 * Finds what cannot be meant before a database is opened.
 * @throws UsageError
 */
export function checkRequest(request: FeedRequest, now: Tick): void {
  try {
    checkTerms(request);
    requireCron(request.cron, now);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'input.invalid') throw error;
    throw new UsageError(error.detail ?? 'This is no feed.');
  }
}

/* These throw commander's InvalidArgumentError, which ends in exit status 2. */

export function parseFeedName(text: string): string {
  if (FEED_TERMS.name.pattern.test(text)) return text;
  throw new InvalidArgumentError(`Wanted: ${NAME_WANTED}.`);
}

/** `type=indicator,campaign`. */
export function parseMatch(text: string): FeedMatch {
  const [name, list, ...rest] = text.split('=');
  const types = (list ?? '').split(',').map((each) => each.trim());
  if (name !== 'type' || rest.length > 0 || types.includes('')) {
    throw new InvalidArgumentError('Wanted: type=, then STIX types with commas between them.');
  }
  return { types };
}

/** A time, or the word for the beginning. */
export function parseSince(text: string): Tick {
  return text === 'start' ? 0 : parseTime(text);
}

export function parseRejectLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_REJECTS_SHOWN) return limit;
  throw new InvalidArgumentError(`Wanted: a whole number from 1 to ${MAX_REJECTS_SHOWN}.`);
}
