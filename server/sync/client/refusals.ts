import { memberOf } from '../../stix/json.ts';
import { isJsonObject } from '../../stix/json.ts';
import { parseJsonText } from '../../stix/json-parse.ts';
import type { FeedFaultCode } from '../../domain/feed.ts';
import { PartnerFault } from '../partner-fault.ts';
import { readRetryAfter } from './answer-headers.ts';
import { describeUrl } from './partner-urls.ts';
import type { Redaction } from './redaction.ts';
import type { Credentials } from './taxii-client.ts';
import type { Answer } from './answer.ts';

interface Meaning {
  readonly code: FeedFaultCode;
  /** What to check, or do. */
  readonly advice: string;
}

const NOT_FOUND: Meaning = { code: 'not-found', advice: 'Check the URL and the collection.' };
const MEDIA: Meaning = { code: 'media.refused', advice: 'The partner may not speak TAXII 2.1.' };
const BUSY: Meaning = { code: 'partner.busy', advice: 'The partner asks us to wait.' };
const REFUSED: Meaning = { code: 'request.refused', advice: 'The partner does not take this request.' };
const FAILED: Meaning = { code: 'partner.failed', advice: 'Something is wrong at the partner.' };

const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [403, { code: 'access.denied', advice: 'Ask the partner for the right to do this.' }],
  [404, NOT_FOUND],
  [408, FAILED],
  [406, MEDIA],
  [410, NOT_FOUND],
  [413, { code: 'request.too-large', advice: 'Send fewer objects at a time.' }],
  [415, MEDIA],
  [429, BUSY],
  [503, BUSY],
]);

/** What an answer says that is neither a success nor a redirect. */
export function toRefusal(
  answer: Answer,
  method: string,
  credentials: Credentials,
  redaction: Redaction,
): PartnerFault {
  const { status, headers, url } = answer;
  const { code, advice } = meaningOf(status, credentials);
  const said = readError(answer.body, redaction);
  const retryAfterMs = code === 'partner.busy' ? readRetryAfter(headers) : undefined;
  const detail = `${method} ${describeUrl(url)} was answered with ${status}. ${advice}${said === undefined ? '' : ` The partner says: "${said}"`}`;
  return new PartnerFault(code, detail, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function meaningOf(status: number, credentials: Credentials): Meaning {
  if (status === 401) return { code: 'credentials.refused', advice: adviseOn(credentials) };
  return MEANINGS.get(status) ?? (status >= 500 ? FAILED : REFUSED);
}

function adviseOn({ kind }: Credentials): string {
  if (kind === 'none') return 'The partner wants credentials: say --auth and --secret-env.';
  if (kind === 'certificate')
    return 'Check the client certificate, and whether the partner wants another kind of --auth.';
  return 'Check the user, the secret that --secret-env or --secret-file names, and the kind of --auth.';
}

/** The title and the description of an error resource (TAXII 2.1, 3.6.1), or what others write in their place. */
function readError(body: Uint8Array, redaction: Redaction): string | undefined {
  const value = parseLeniently(body);
  if (!isJsonObject(value)) return undefined;
  const texts = ['title', 'name', 'description', 'message'].flatMap((name) => {
    const text = memberOf(value, name);
    return typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [];
  });
  return redaction.quote(texts.slice(0, 2).join(': '));
}

function parseLeniently(body: Uint8Array): unknown {
  try {
    return parseJsonText(
      Buffer.from(body)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    );
  } catch {
    return undefined;
  }
}
