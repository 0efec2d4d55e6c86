import { isUtf8 } from 'node:buffer';
import { AppError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/held.ts';
import { endOfString } from '../../stix/json-parse.ts';
import { isJsonObject } from '../../stix/json.ts';
import { parseBody, type Body } from '../../stix/read-objects.ts';
import { PartnerFault } from '../partner-fault.ts';
import { judgeMedia } from './media.ts';
import { describeUrl } from './partner-urls.ts';
import type { ClientLimits } from './taxii-client.ts';
import { headerOf, type Answer } from './answer.ts';

/** An answer that is a JSON object. */
export interface JsonAnswer {
  readonly body: Body;
  readonly object: JsonObject;
}

/**
 * Reads an answer as a JSON object, whatever type it says it has, unless that is HTML or TAXII 2.0.
 * @throws PartnerFault `answer.unreadable`, `answer.too-large`, `media.refused`, or `connection.failed` when the answer
 *   is cut short, which asking again may mend
 */
export function readJsonAnswer(answer: Answer, { maxDepth, maxObjects }: ClientLimits): JsonAnswer {
  const where = describeUrl(answer.url);
  const media = judgeMedia(headerOf(answer.headers, 'content-type'));
  if (media === 'html') {
    throw unreadable(
      where,
      'is a page for people (HTML). Check the URL: this may be a login page, or no TAXII server',
    );
  }
  if (media === 'taxii-2.0') {
    throw new PartnerFault('media.refused', `${where} answers in TAXII 2.0; only 2.1 is spoken here.`);
  }
  if (answer.body.byteLength === 0 && answer.status === 204) return EMPTY;
  if (hasMoreValues(answer.body, MAX_VALUES)) {
    const detail = `The answer of ${where} has more than ${MAX_VALUES} values in it: ask for fewer objects.`;
    throw new PartnerFault('answer.too-large', detail);
  }
  try {
    const body = parseBody(answer.body, { maxDepth, maxObjects });
    if (isJsonObject(body.value)) return { body, object: body.value };
  } catch (error) {
    throw toFault(error, answer, where, maxDepth);
  }
  throw unreadable(where, 'is JSON, but not an object');
}

const EMPTY: JsonAnswer = { body: { text: '{}', value: {}, members: [] }, object: {} };

function toFault(error: unknown, { body }: Answer, where: string, maxDepth: number): PartnerFault {
  const code = error instanceof AppError ? error.code : 'internal';
  if (code === 'body.too-many-objects') {
    return new PartnerFault(
      'answer.too-large',
      `The answer of ${where} has too many objects: ask for fewer.`,
    );
  }
  if (code === 'body.too-deep') {
    const why = `nests deeper than ${maxDepth} levels`;
    if (isCutShort(body)) return unreadable(where, why);
    // One object of it may do so: with fewer it is found, and passed over.
    return new PartnerFault('answer.too-large', `The answer of ${where} ${why}.`);
  }
  if (isCutShort(body)) {
    return new PartnerFault('connection.failed', `The answer of ${where} is cut short.`);
  }
  return unreadable(where, code === 'body.not-utf8' ? 'is not UTF-8' : 'is not JSON');
}

function unreadable(where: string, why: string): PartnerFault {
  return new PartnerFault('answer.unreadable', `The answer of ${where} ${why}.`);
}

/** A value takes many times the memory of its text: "{}," comes in 3 bytes, or in next to none when compressed. */
const MAX_VALUES = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const OPEN_BRACE = 0x7b;

/** Counts what begins a value, or stands before one, outside of texts. What is no JSON is found later. */
function hasMoreValues(bytes: Uint8Array, most: number): boolean {
  // Each takes a byte at least.
  if (bytes.byteLength < most) return false;
  let count = 1;
  let isText = false;
  for (let at = 0; at < bytes.byteLength; at += 1) {
    const byte = bytes[at];
    if (isText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isText = false;
    } else if (byte === QUOTE) isText = true;
    else if (byte === COMMA || byte === OPEN_BRACKET || byte === OPEN_BRACE) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}

/** Whether it begins as an object that does not end: with no length, or a wrong one, nothing else tells. */
function isCutShort(bytes: Uint8Array): boolean {
  // The end may stand inside a character.
  const whole = [0, 1, 2, 3].some((less) => isUtf8(bytes.subarray(0, bytes.byteLength - less)));
  if (!whole) return false;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').trimStart();
  if (!text.startsWith('{')) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    else if (character === '"') at = endOfString(text, at) - 1;
  }
  return depth > 0;
}
