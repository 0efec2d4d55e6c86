import { isUtf8 } from 'node:buffer';
import { AppError } from '../domain/errors.ts';
import type { JsonValue } from '../domain/held.ts';
import { findJsonFaults, type JsonFault } from './json-faults.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import { parseJsonText } from './json-parse.ts';
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
}

/**
 * Reads the objects of an upload: a TAXII envelope or a STIX bundle; other members are ignored (TAXII 2.1, 3.7).
 * @throws AppError `body.not-utf8`, `body.not-json`, `body.too-deep`, or `body.not-an-envelope`
 */
export function readEnvelope(bytes: Uint8Array, limits: ReadLimits): readonly RawObject[] {
  return readObjects(parseBody(bytes, limits));
}

function readObjects(body: Body): readonly RawObject[] {
  const objects = readMemberObjects(body);
  if (!objects) {
    throw new AppError('body.not-an-envelope', {
      detail: 'The body must be an envelope: a JSON object with a non-empty list "objects".',
    });
  }
  return objects;
}

/** Reads a file: an envelope, a bundle, or a single object. Throws as `readEnvelope` does. */
export function readFile(bytes: Uint8Array, limits: ReadLimits): readonly RawObject[] {
  const body = parseBody(bytes, limits);
  const { text, value } = body;
  const isSingle = isJsonObject(value) && typeof value['type'] === 'string' && value['type'] !== 'bundle';
  if (!isSingle) return readObjects(body);
  const span = scanMembers(`{"object":${text}}`, limits.maxDepth + 1)[0]?.span;
  if (!span) throw new AppError('internal', { cause: new Error('an object without a span') });
  return [toRaw(text.trim(), value, span)];
}

interface Body {
  readonly text: string;
  readonly value: JsonValue;
  readonly members: readonly ScannedMember[];
}

function parseBody(bytes: Uint8Array, limits: ReadLimits): Body {
  if (!isUtf8(bytes)) throw new AppError('body.not-utf8', { detail: 'The body is not UTF-8.' });
  const decoded = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // RFC 8259, 8.1: a byte order mark may be ignored.
  const text = decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded;
  // Before JSON.parse, so that depth is bounded first.
  const members = scanMembers(text, limits.maxDepth);
  return { text, value: parseJson(text), members };
}

function parseJson(text: string): JsonValue {
  try {
    return parseJsonText(text);
  } catch (error) {
    throw new AppError('body.not-json', {
      detail: `The body is not JSON${placeOf(error, text)}.`,
      cause: error,
    });
  }
}

const POSITION = /at position (\d{1,12})(?: \(line \d{1,12} column \d{1,12}\))?$/;

/** Where JSON.parse stopped, as line and column; its message is not passed on, as it quotes the body. */
function placeOf(error: unknown, text: string): string {
  // At the end of the message: what it quotes may hold the same words.
  const found = error instanceof Error ? POSITION.exec(error.message)?.[1] : undefined;
  if (found === undefined) return '';
  const position = Number(found);
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end >= 0 && end < position; end = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  return ` (line ${line}, column ${position - lineStart + 1})`;
}

function readMemberObjects({ text, value, members }: Body): readonly RawObject[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const named = members.filter(({ name }) => name === 'objects');
  if (named.length > 1) {
    throw new AppError('body.not-json', { detail: 'The body has the member "objects" twice.' });
  }
  const values = value['objects'];
  const spans = named[0]?.items ?? [];
  if (!isJsonArray(values) || values.length === 0) return undefined;
  if (values.length !== spans.length) {
    throw new AppError('internal', { cause: new Error('spans and values differ in number') });
  }
  return spans.map((span, index) =>
    toRaw(text.slice(span.start, span.end).trim(), values[index] ?? null, span),
  );
}

function toRaw(text: string, value: JsonValue, span: Span): RawObject {
  return { text, value, faults: findJsonFaults(text, value, span) };
}
