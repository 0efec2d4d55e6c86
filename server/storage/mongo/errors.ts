import { MongoError, MongoServerError } from 'mongodb';
import { AppError } from '../../domain/errors.ts';

// What the server says about a statement of ours that is wrong; everything else is somebody else's to end.
const BAD_VALUE = 2;
const FAILED_TO_PARSE = 9;
const TYPE_MISMATCH = 14;
const BSON_OBJECT_TOO_LARGE = 10_334;
const DUPLICATE_KEY = 11_000;
const OURS: readonly (number | undefined)[] = [
  BAD_VALUE,
  FAILED_TO_PARSE,
  TYPE_MISMATCH,
  BSON_OBJECT_TOO_LARGE,
  DUPLICATE_KEY,
];

function codeOf(error: unknown): number | undefined {
  return error instanceof MongoServerError && typeof error.code === 'number' ? error.code : undefined;
}

/** Whether a unique key was taken. */
export function isDuplicateKey(error: unknown): boolean {
  return codeOf(error) === DUPLICATE_KEY;
}

const INVALID_OPTIONS = 72;
const COMMAND_NOT_SUPPORTED = 115;
const NOT_A_REPLICA_SET = 123;
const NOT_IMPLEMENTED = 238;
const UNSUPPORTED: readonly (number | undefined)[] = [
  BAD_VALUE,
  FAILED_TO_PARSE,
  INVALID_OPTIONS,
  COMMAND_NOT_SUPPORTED,
  NOT_A_REPLICA_SET,
  NOT_IMPLEMENTED,
];

/** Whether the server does not know an option, or has none of it: a standalone, or a compatible server. */
export function isUnsupported(error: unknown): boolean {
  return UNSUPPORTED.includes(codeOf(error));
}

const UNAUTHORIZED = 13;
const AUTHENTICATION_FAILED = 18;

/** Whether the server knows us not, or does not let us do it: trying again does not help. */
export function isRefused(error: unknown): boolean {
  const code = codeOf(error);
  return code === UNAUTHORIZED || code === AUTHENTICATION_FAILED;
}

/** What Node says of a connection that ended while something was written to it; the driver lets some of these through. */
const CONNECTION_ENDED: readonly unknown[] = [
  'EPIPE',
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
  'ERR_SOCKET_CLOSED',
];

function isConnectionEnded(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CONNECTION_ENDED.includes(error.code);
}

/**
 * Turns a driver's error into ours: `storage.unavailable` for a connection lost, a server that is busy, stepping
 * down or out of room; `internal` for a statement that is wrong. Any other error stays as it is.
 */
export function toStorageError(error: unknown): unknown {
  if (!(error instanceof MongoError) && !isConnectionEnded(error)) return error;
  if (OURS.includes(codeOf(error))) return new AppError('internal', { cause: error });
  return new AppError('storage.unavailable', { retryAfterSeconds: 1, cause: error });
}
