import { isAbsolute } from 'node:path';
import { AppError } from '../domain/errors.ts';
import type { FeedAuth, FeedMatch, FeedSecret } from '../domain/feed.ts';
import type { FeedRequest } from './feed-services.ts';

/** A text that people write: what it looks like, and how many characters (code points) it has at most. */
export interface TextRule {
  readonly pattern: RegExp;
  readonly maxLength: number;
}

/**
 * What a feed may be called and say. The command line goes by it, and schemas/api/openapi.json has the same patterns and
 * bounds; a test compares them.
 */
export const FEED_TERMS = {
  name: { pattern: /^[a-z0-9][a-z0-9-]{0,63}$/u, maxLength: 64 },
  url: { pattern: /^[Hh][Tt][Tt][Pp][Ss]?:\/\/[^\s\\/?#@]+(\/[^\s\\?#]*)?$/u, maxLength: 2048 },
  /** The partner's: an id, an alias or a title, on one line and not blank. */
  collection: {
    pattern: /^\p{Zs}*[^\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}][^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u,
    maxLength: 256,
  },
  /** The same without a colon (RFC 7617, 2). */
  user: {
    pattern: /^\p{Zs}*[^:\s\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}][^:\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u,
    maxLength: 256,
  },
  /** RFC 9110, 5.6.2. */
  header: { pattern: /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/u, maxLength: 128 },
  /** The management API takes those alone that begin with FEED_. */
  variable: { pattern: /^[A-Za-z_][A-Za-z0-9_]*$/u, maxLength: 128 },
  type: { pattern: /^[a-z0-9][a-z0-9-]{0,249}$/u, maxLength: 250 },
} as const satisfies Readonly<Record<string, TextRule>>;
export const MAX_FEED_TYPES = 100;

const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const MAX_PATH_LENGTH = 4096;
const OUR_VARIABLES = 'POLLWATCH_';

/** What the connection or the client says itself. */
const TAKEN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-charset',
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
]);

/** How a name is to be, in words. */
export const NAME_WANTED = `1 to ${FEED_TERMS.name.maxLength} lower-case letters, digits and hyphens, the first a letter or digit`;

/** The parts of a request that can be checked without asking anybody. */
export type CheckedTerms = Pick<FeedRequest, 'name' | 'collection' | 'auth'> & {
  readonly url: string;
  readonly secret?: FeedSecret;
  readonly caFile?: string;
  readonly match: FeedMatch;
  readonly since?: number;
};

/** @throws AppError `input.invalid` that says what to change, and never repeats what may be a secret */
export function checkTerms(request: FeedRequest): CheckedTerms {
  const { name, collection, auth, secret, caFile, match, since } = request;
  if (!keeps(FEED_TERMS.name, name)) throw refuse(`The name of a feed has ${NAME_WANTED}.`);
  if (!keeps(FEED_TERMS.collection, collection)) {
    throw refuse(
      `The partner's collection is its id, its alias or its title: 1 to ${FEED_TERMS.collection.maxLength} characters.`,
    );
  }
  checkDirection(request);
  const url = checkUrl(request);
  checkProof(auth, secret);
  if (caFile !== undefined) checkPath(caFile, 'The file with the authorities');
  checkSince(since);
  return {
    name,
    collection,
    auth,
    url,
    ...(secret === undefined ? {} : { secret }),
    ...(caFile === undefined ? {} : { caFile }),
    match: checkMatch(match ?? {}),
    ...(since === undefined ? {} : { since }),
  };
}

/**
 * A cursor begins here, and stays in the state of a feed.
 * @throws AppError `input.invalid`
 */
export function checkSince(since: number | undefined): void {
  if (since !== undefined && !isMoment(since)) throw refuse('"since" is no time of the years 1970 to 2254.');
}

function checkDirection({ direction, into, from, defaults }: FeedRequest): void {
  if (direction === 'pull') {
    if (from === undefined) return;
    throw refuse('A pull puts objects into one of our collections: name it by "into" instead of "from".');
  }
  if (into !== undefined) {
    throw refuse('A push sends from one of our collections: name it by "from" instead of "into".');
  }
  if (defaults !== undefined && Object.keys(defaults).length > 0) {
    throw refuse('TLP, audience and consent are for what a pull brings: leave them out for a push.');
  }
  if (from === undefined) throw refuse('A push needs "from": the alias or the id of the collection to send.');
}

const URL_WANTED =
  'The URL is the address of an API root or of a discovery, such as https://taxii.example.org/taxii2/.';

function checkUrl({ url: text, allowPrivate, auth }: FeedRequest): string {
  const url = isLonger(text, FEED_TERMS.url.maxLength) ? null : URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refuse(URL_WANTED);
  if (url.username !== '' || url.password !== '') {
    throw refuse(
      'The URL must hold no name and no password, as it is stored: name the secret by a variable or a file.',
    );
  }
  if (/[?#]/.test(text)) throw refuse('The URL must end before "?" and "#": the feed asks for itself.');
  if (!keeps(FEED_TERMS.url, text)) throw refuse(URL_WANTED);
  if (url.protocol === 'http:' && !allowPrivate) {
    throw refuse('Plain http is for private addresses alone, with allow-private. Use https.');
  }
  if (url.protocol === 'http:' && auth.kind === 'cert') {
    throw refuse('A client certificate needs https.');
  }
  return url.href;
}

/**
 * Checks how we prove who we are to a partner.
 * @throws AppError `input.invalid` that says what to change, and never repeats what may be a secret
 */
export function checkProof(auth: FeedAuth, secret: FeedSecret | undefined): void {
  checkAuth(auth);
  checkSecret(auth, secret);
}

function checkAuth(auth: FeedAuth): void {
  if (auth.kind === 'basic' && !keeps(FEED_TERMS.user, auth.user)) {
    throw refuse(`The user for basic has 1 to ${FEED_TERMS.user.maxLength} characters without a colon.`);
  }
  if (auth.kind !== 'header') return;
  if (!keeps(FEED_TERMS.header, auth.name)) {
    throw refuse(
      `The name of a header has at most ${FEED_TERMS.header.maxLength} letters, digits and - such as X-Api-Key.`,
    );
  }
  if (TAKEN_HEADERS.has(auth.name.toLowerCase())) {
    throw refuse(
      `The header ${auth.name} is set by the connection or the client itself. Name the one that the partner reads.`,
    );
  }
}

function checkSecret(auth: FeedAuth, secret: FeedSecret | undefined): void {
  if (auth.kind === 'none') {
    if (secret === undefined) return;
    throw refuse(
      'A secret is named, and not how to use it: say basic:USER, bearer, token, header:NAME or cert.',
    );
  }
  if (secret === undefined) {
    throw refuse(
      'Name the variable of the environment, or the file, in which the secret is found at each run.',
    );
  }
  if ('file' in secret) {
    checkPath(secret.file, 'The file with the secret');
    return;
  }
  if (!keeps(FEED_TERMS.variable, secret.env)) {
    throw refuse(
      'Name the variable that holds the secret, not the secret: at most ' +
        `${FEED_TERMS.variable.maxLength} letters, digits and _, the first no digit.`,
    );
  }
  if (secret.env.toUpperCase().startsWith(OUR_VARIABLES)) {
    throw refuse(
      `The variables that begin with ${OUR_VARIABLES} are our own settings, which no partner must get. Choose another name.`,
    );
  }
}

/** Several processes, in different folders, read the same file. */
function checkPath(path: string, what: string): void {
  if (isAbsolute(path) && path.length <= MAX_PATH_LENGTH && !UNPRINTABLE.test(path)) return;
  throw refuse(`${what} is named by its whole path, as the server reads it wherever it is started.`);
}

function checkMatch({ types }: FeedMatch): FeedMatch {
  if (types === undefined) return {};
  const unique = [...new Set(types)];
  const isRight = unique.length > 0 && unique.length <= MAX_FEED_TYPES;
  if (!isRight || !unique.every((type) => keeps(FEED_TERMS.type, type))) {
    throw refuse(`"match" names 1 to ${MAX_FEED_TYPES} STIX types such as indicator.`);
  }
  return { types: unique };
}

/** Of the times that a backup can be restored with. */
function isMoment(tick: number): boolean {
  return Number.isSafeInteger(tick) && tick >= 0 && tick < Number.MAX_SAFE_INTEGER;
}

/** Whether a text is as its rule wants it. */
function keeps({ pattern, maxLength }: TextRule, text: string): boolean {
  return !isLonger(text, maxLength) && pattern.test(text);
}

/** Counts code points, as the `maxLength` of a schema does. */
function isLonger(text: string, maxLength: number): boolean {
  return text.length > maxLength && (text.length > 2 * maxLength || Array.from(text).length > maxLength);
}

function refuse(detail: string): AppError {
  return new AppError('input.invalid', { detail });
}
