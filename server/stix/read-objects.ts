import { isUtf8 } from 'node:buffer';
import { AppError } from '../domain/errors.ts';
import type { JsonValue } from '../domain/held.ts';
import { findJsonFaults, type JsonFault } from './json-faults.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import { parseJsonText } from './json-parse.ts';
import { createPositionFinder } from './json-position.ts';
import { findSyntaxFault } from './json-syntax.ts';
import { scanMembers, type ScannedMember, type Span } from './json-scan.ts';

/** One object as it came in. */
export interface RawObject {
  /** Its text, byte for byte. */
  readonly text: string;
  readonly value: JsonValue;
  /** What is wrong with it as JSON; it is then a failure of its own. */
  readonly faults: readonly JsonFault[];
}

export interface ReadLimits {
  readonly maxDepth: number;
  /** How many objects an envelope may have; any number unless told. */
  readonly maxObjects?: number;
}

/**
 * Reads the objects of an upload: a TAXII envelope or a STIX bundle; other members are ignored (TAXII 2.1, 3.7).
 * @throws AppError `body.not-utf8`, `body.not-json`, `body.too-deep`, `body.too-many-objects`, or `body.not-an-envelope`
 */
export function readEnvelope(bytes: Uint8Array, limits: ReadLimits): readonly RawObject[] {
  return requireObjects(parseBody(bytes, limits));
}

function requireObjects(body: Body): readonly RawObject[] {
  const objects = readMemberObjects(body);
  if (objects.length === 0) {
    throw new AppError('body.not-an-envelope', {
      detail: 'The body must be an envelope: a JSON object with a non-empty list "objects".',
    });
  }
  return objects;
}

/** A text that was parsed, with where its members stand. */
export interface Body {
  readonly text: string;
  readonly value: JsonValue;
  readonly members: readonly ScannedMember[];
}

/** @throws AppError `body.not-utf8`, `body.not-json`, `body.too-deep`, or `body.too-many-objects` */
export function parseBody(bytes: Uint8Array, limits: ReadLimits): Body {
  if (!isUtf8(bytes)) throw new AppError('body.not-utf8', { detail: 'The body is not UTF-8.' });
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // RFC 8259, 8.1: a byte order mark may be ignored.
  const text = decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded;
  // Before JSON.parse, so that depth and number are bounded first.
  const members = scanMembers(text, limits.maxDepth);
  const count = countObjects(members);
  if (count > (limits.maxObjects ?? count)) {
    const detail = `The body has ${count} objects, and at most ${limits.maxObjects} are taken: send them in parts.`;
    throw new AppError('body.too-many-objects', { detail });
  }
  return { text, value: parseJson(text), members };
}

/** A body may say "objects" any number of times: that is refused later, and must not be what breaks. */
function countObjects(members: readonly ScannedMember[]): number {
  let most = 0;
  for (const { name, items } of members) if (name === 'objects') most = Math.max(most, items.length);
  return most;
}

function parseJson(text: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw new AppError('body.not-json', {
      detail: `The body is not JSON${placeOf(text)}.`,
      cause: error,
    });
  }
}

/** Where it stops being JSON, as line and column; what stands there is not passed on. */
function placeOf(text: string): string {
  const fault = findSyntaxFault(text);
  if (!fault) return '';
  const { line, column } = createPositionFinder(text).toPosition(fault.offset);
  return ` (line ${line}, column ${column})`;
}

/** An object, and where it stands in the text that it was read from. */
export interface PlacedObject extends RawObject {
  /** Where its text begins. */
  readonly start: number;
  /** JSON pointer from the root. */
  readonly path: string;
}

/**
 * Reads the member `objects`; of anything but a list nothing.
 * @throws AppError `body.not-json` when it stands there twice
 */
export function readMemberObjects({ text, value, members }: Body): readonly PlacedObject[] {
  if (!isJsonObject(value)) return [];
  const named = members.filter(({ name }) => name === 'objects');
  if (named.length > 1) {
    throw new AppError('body.not-json', { detail: 'The body has the member "objects" twice.' });
  }
  const values = value['objects'];
  const spans = named[0]?.items ?? [];
  if (!isJsonArray(values)) return [];
  if (values.length !== spans.length) {
    throw new AppError('internal', { cause: new Error('spans and values differ in number') });
  }
  return spans.map((span, index) => toPlaced(text, values[index] ?? null, span, `/objects/${index}`));
}

/** The object whose text stands in a span, between blanks. */
export function toPlaced(text: string, value: JsonValue, span: Span, path: string): PlacedObject {
  let { start, end } = span;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  const written = text.slice(start, end);
  return { text: written, value, faults: findJsonFaults(written, value, span), start, path };
}

/** JSON knows four blanks (RFC 8259, 2). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
