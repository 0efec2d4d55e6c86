import { MICROS_PER_MILLI, parseTaxiiTimestamp, type Tick } from '../../domain/timestamp.ts';
import type { PagePlace } from './taxii-client.ts';
import { headerOf, type AnswerHeaders } from './answer.ts';
import { isSafeCount } from './members.ts';

/** Where a page stands (TAXII 2.1, 3.2); a header that stands there twice says nothing. */
export function readPlace(headers: AnswerHeaders): PagePlace {
  return {
    first: readTimestamp(headers, 'x-taxii-date-added-first'),
    last: readTimestamp(headers, 'x-taxii-date-added-last'),
    date: readDate(headers),
  };
}

function readTimestamp(headers: AnswerHeaders, name: string): Tick | undefined {
  return readMoment(headerOf(headers, name));
}

/**
 * Reads a timestamp that is kept and counted with. One that is not after the beginning of 1970, or so late that its
 * microseconds are no safe number, is none: a cursor made of it could not be restored from a backup.
 */
export function readMoment(text: string | undefined): Tick | undefined {
  const tick = text === undefined ? undefined : parseTaxiiTimestamp(text);
  return tick !== undefined && tick > 0 && isSafeCount(tick) ? tick : undefined;
}

function readDate(headers: AnswerHeaders): Tick | undefined {
  const ms = parseHttpDate(headerOf(headers, 'date'));
  return ms === undefined ? undefined : ms * MICROS_PER_MILLI;
}

/** The only form of a date that is sent since 1994 (RFC 9110, 5.6.7). */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** What nobody would wait for; a wait that is asked for is cut to it. */
const MAX_RETRY_AFTER_MS = 7 * 24 * 3600 * 1000;

/**
 * How long the partner asks us to wait, in milliseconds (RFC 9110, 10.2.3). A date is compared with the partner's own
 * clock, the Date header: ours may differ.
 * @returns undefined when it asks for nothing that can be understood
 */
export function readRetryAfter(headers: AnswerHeaders): number | undefined {
  const text = headerOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const until = parseHttpDate(text);
  const now = parseHttpDate(headerOf(headers, 'date'));
  if (until === undefined || now === undefined) return undefined;
  return Math.min(Math.max(until - now, 0), MAX_RETRY_AFTER_MS);
}
