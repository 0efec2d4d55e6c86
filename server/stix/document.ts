import { AppError } from '../domain/errors.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from './json.ts';
import { parseJsonText } from './json-parse.ts';
import { scanMembers, type Span } from './json-scan.ts';
import {
  parseBody,
  readMemberObjects,
  toPlaced,
  type PlacedObject,
  type RawObject,
  type ReadLimits,
} from './read-objects.ts';

/** A file of STIX. */
export interface StixDocument {
  readonly text: string;
  /** The bundle around the objects, when there is one. */
  readonly bundle?: JsonObject;
  readonly objects: readonly PlacedObject[];
}

/**
 * Reads a file: a bundle, an envelope, a list of objects, or anything else as one object, whatever is wrong with it.
 * @throws AppError `body.not-utf8`, `body.not-json`, or `body.too-deep`
 */
export function readDocument(bytes: Uint8Array, limits: Pick<ReadLimits, 'maxDepth'>): StixDocument {
  // A file is sent in parts, so that it may have any number of objects.
  const body = parseBody(bytes, { maxDepth: limits.maxDepth });
  const { text, value } = body;
  if (isJsonArray(value)) return { text, objects: readList(text, value, limits) };
  if (isJsonObject(value)) {
    if (memberOf(value, 'type') === 'bundle')
      return { text, bundle: value, objects: readMemberObjects(body) };
    if (isEnvelope(value)) return { text, objects: readMemberObjects(body) };
  }
  return { text, objects: [toPlaced(text, value, spanOf(text, limits), '')] };
}

/**
 * Reads the objects of a file that is to be uploaded.
 * @throws AppError as `readDocument` does, and `body.not-an-envelope` when there is no object in it
 */
export function readFile(bytes: Uint8Array, limits: ReadLimits): readonly RawObject[] {
  const { objects } = readDocument(bytes, limits);
  const isEmpty = !objects.some(({ value, path }) => isTyped(value) || path.startsWith('/objects/'));
  if (isEmpty) throw new AppError('body.not-an-envelope');
  return objects;
}

function isTyped(value: JsonValue): boolean {
  return isJsonObject(value) && typeof memberOf(value, 'type') === 'string';
}

/** A TAXII envelope has a list of objects, and neither type nor id of its own (TAXII 2.1, 3.7). */
function isEnvelope(value: JsonObject): boolean {
  const hasName = memberOf(value, 'type') !== undefined || memberOf(value, 'id') !== undefined;
  return !hasName && isJsonArray(memberOf(value, 'objects'));
}

const BEFORE = '{"objects":';

/** Spans are found in the members of an object alone, so one is put around. */
function readList(text: string, values: readonly JsonValue[], limits: ReadLimits): readonly PlacedObject[] {
  const spans = scanMembers(`${BEFORE}${text}}`, limits.maxDepth + 1)[0]?.items ?? [];
  return spans.map((span, index) => toPlaced(text, values[index] ?? null, moveBack(span), `/${index}`));
}

function spanOf(text: string, limits: ReadLimits): Span {
  const span = scanMembers(`${BEFORE}${text}}`, limits.maxDepth + 1)[0]?.span;
  if (!span) throw new AppError('internal', { cause: new Error('a value without a span') });
  return moveBack(span);
}

function moveBack(span: Span): Span {
  return { ...span, start: span.start - BEFORE.length, end: span.end - BEFORE.length };
}

/** Reads one value that was cut out of a file. @param text valid JSON, of a depth that was bounded */
export function readObject(text: string, limits: Pick<ReadLimits, 'maxDepth'>): RawObject {
  return toPlaced(text, parseJsonText(text), spanOf(text, limits), '');
}
