import { createHash } from 'node:crypto';
import type { JsonObject } from '../../domain/held.ts';
import { AppError } from '../../domain/errors.ts';
import { memberOf } from '../../stix/json.ts';
import { readMemberObjects, type Body, type PlacedObject } from '../../stix/read-objects.ts';
import { PartnerFault } from '../partner-fault.ts';
import { readMoment, readPlace } from './answer-headers.ts';
import { readJsonAnswer } from './json-answer.ts';
import { booleanOf, objectsOf, textOf } from './members.ts';
import { describeUrl } from './partner-urls.ts';
import type { Redaction } from './redaction.ts';
import type { ClientLimits, PartnerManifest, PartnerPage } from './taxii-client.ts';
import type { Answer } from './answer.ts';

/** A longer `next` would not fit into the line of a request. */
const MAX_NEXT = 8192;

/**
 * Reads a page of objects: an envelope, or a bundle (TAXII 2.1, 3.7). The texts of the objects are kept byte for byte.
 * @throws PartnerFault as `readJsonAnswer` does
 */
export function readPage(answer: Answer, limits: ClientLimits, redaction: Redaction): PartnerPage {
  const { body, object } = readJsonAnswer(answer, limits);
  requireNoError(object, answer);
  const next = readNext(body, object);
  return {
    ...readPlace(answer.headers),
    objects: readObjectsOf(body, answer),
    more: booleanOf(object, 'more'),
    // It is kept until the next run: with our secret in it, it is none.
    next: next === undefined || redaction.holds(next) ? undefined : next,
    digest: createHash('sha256').update(answer.body).digest('hex'),
  };
}

function readObjectsOf(body: Body, answer: Answer): readonly PlacedObject[] {
  try {
    return readMemberObjects(body);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'internal') throw error;
    const detail = `The answer of ${describeUrl(answer.url)} has the member "objects" twice.`;
    throw new PartnerFault('answer.unreadable', detail);
  }
}

/** A text; servers that count also write a number (opencti#4767). */
function readNext({ text, members }: Body, object: JsonObject): string | undefined {
  const value = memberOf(object, 'next');
  if (typeof value === 'string') return value === '' || value.length > MAX_NEXT ? undefined : value;
  if (typeof value !== 'number') return undefined;
  // As it is written: it may be larger than a number can hold.
  const span = members.findLast(({ name }) => name === 'next')?.span;
  const written = span ? text.slice(span.start, span.end).trim() : '';
  return /^-?\d{1,100}$/.test(written) ? written : undefined;
}

/**
 * Reads a page of a manifest; records without a timestamp are left out (TAXII 2.1, 5.3).
 * @throws PartnerFault as `readJsonAnswer` does
 */
export function readManifestPage(answer: Answer, limits: ClientLimits): PartnerManifest {
  const { object } = readJsonAnswer(answer, limits);
  requireNoError(object, answer);
  const records = objectsOf(object, 'objects', limits.maxObjects).flatMap((record) => {
    const id = textOf(record, 'id');
    const dateAdded = readMoment(textOf(record, 'date_added'));
    return id === undefined || dateAdded === undefined ? [] : [{ id, dateAdded }];
  });
  return { ...readPlace(answer.headers), records, more: booleanOf(object, 'more') };
}

/** Some say 200 and mean an error; without this it would be an empty page. */
function requireNoError(object: JsonObject, { url, status }: Answer): void {
  if (memberOf(object, 'objects') !== undefined || memberOf(object, 'http_status') === undefined) return;
  const detail = `${describeUrl(url)} answered with ${status} and an error in the body.`;
  throw new PartnerFault('partner.failed', detail, { status });
}
