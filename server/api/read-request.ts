import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import { AppError } from '../domain/errors.ts';
import { readObject } from '../stix/document.ts';
import { parseBody } from '../stix/read-objects.ts';

/** The largest body of a request in bytes. */
export const MAX_REQUEST_BYTES = 65_536;
const LIMITS = { maxDepth: 20 };
const MAX_PROBLEMS = 50;
const SHOWN_LENGTH = 64;

/** What is asked for so often that it deserves an answer of its own. */
const FOR_THE_COMMAND_LINE: ReadonlyMap<string, string> = new Map([
  [
    '/secret/file',
    'no file of the server is taken over the network. Use the command line: pollwatch feed add',
  ],
  ['/caFile', 'no file of the server is taken over the network. Use the command line: pollwatch feed add'],
]);

/**
 * Reads a body and checks it. Values are never repeated: one may be a secret that is in the wrong place.
 * @param bytes at most `MAX_REQUEST_BYTES`
 * @throws AppError `body.not-utf8`, `body.not-json`, `body.too-deep`, or `input.invalid` with one line for each problem
 */
export function readRequest<T>(bytes: Buffer, isRight: ValidateFunction<T>): T {
  const { text } = parseBody(bytes, LIMITS);
  const { value, faults } = readObject(text, LIMITS);
  if (faults.length > 0) throw wrong(faults.map(({ path, message }) => `${path} ${message}.`));
  const data: unknown = value;
  if (isRight(data)) return data;
  throw wrong((isRight.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(describeError));
}

/** The failure that says what is wrong with a body. @param problems one line each, with a JSON pointer */
function wrong(problems: readonly string[]): AppError {
  const different = [...new Set(problems)];
  const shown = different.slice(0, MAX_PROBLEMS);
  const rest = different.length - shown.length;
  const more = rest > 0 ? [`And ${rest} more.`] : [];
  return new AppError('input.invalid', {
    detail: ['The body is not right:', ...shown, ...more].join('\n'),
  });
}

function describeError(error: ErrorObject): string {
  const params: Readonly<Record<string, unknown>> = error.params;
  if (error.keyword === 'required') {
    return `${error.instancePath}/${String(params['missingProperty'])}: is missing.`;
  }
  if (error.keyword === 'additionalProperties') {
    const pointer = `${error.instancePath}/${toPointer(String(params['additionalProperty']))}`;
    return `${pointer}: ${FOR_THE_COMMAND_LINE.get(pointer) ?? 'is no member of this. Remove it'}.`;
  }
  const description: unknown = error.parentSchema?.['description'];
  const wanted = typeof description === 'string' ? description : 'something else';
  return `${error.instancePath}: wanted ${wanted}.`.replace(/^: /, '');
}

/** A name as a part of a JSON pointer (RFC 6901). */
function toPointer(name: string): string {
  const shown = name.length > SHOWN_LENGTH ? `${name.slice(0, SHOWN_LENGTH)}…` : name;
  return shown.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
}
