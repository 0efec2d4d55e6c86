import { AppError, type FailureCode } from '../domain/errors.ts';

interface Row {
  readonly status: number;
  readonly title: string;
  /** Whether the detail is for the caller. */
  readonly isOpen: boolean;
}

/** How every failure looks outside (TAXII 2.1, 3.6); a code without a row does not compile. */
const ROWS = {
  'route.not-found': { status: 404, title: 'Not found', isOpen: true },
  'route.method-not-allowed': { status: 405, title: 'Method not allowed', isOpen: true },
  'auth.required': { status: 401, title: 'Unauthorized', isOpen: true },
  'auth.invalid': { status: 401, title: 'Unauthorized', isOpen: true },
  'auth.throttled': { status: 429, title: 'Too many failed logins', isOpen: true },
  'access.denied': { status: 403, title: 'Forbidden', isOpen: true },
  'collection.not-found': { status: 404, title: 'Collection not found', isOpen: false },
  'object.not-found': { status: 404, title: 'Object not found', isOpen: false },
  'status.not-found': { status: 404, title: 'Status not found', isOpen: false },
  'feed.not-found': { status: 404, title: 'Feed not found', isOpen: true },
  'feed.exists': { status: 409, title: 'Feed exists', isOpen: true },
  'feed.running': { status: 409, title: 'Feed is running', isOpen: true },
  'media.not-acceptable': { status: 406, title: 'Not acceptable', isOpen: true },
  'media.unsupported': { status: 415, title: 'Unsupported media type', isOpen: true },
  'query.malformed': { status: 400, title: 'Malformed query', isOpen: true },
  'cursor.invalid': { status: 400, title: 'Invalid next', isOpen: true },
  'body.aborted': { status: 400, title: 'The body ended early', isOpen: true },
  'body.not-utf8': { status: 400, title: 'Malformed body', isOpen: true },
  'body.not-json': { status: 400, title: 'Malformed body', isOpen: true },
  'body.too-deep': { status: 400, title: 'Malformed body', isOpen: true },
  'body.too-many-objects': { status: 413, title: 'Too many objects', isOpen: true },
  'body.too-large': { status: 413, title: 'Body too large', isOpen: true },
  'body.not-an-envelope': { status: 422, title: 'Not an envelope', isOpen: true },
  'request.malformed': { status: 400, title: 'Malformed request', isOpen: true },
  'request.uri-too-long': { status: 414, title: 'URI too long', isOpen: true },
  'request.header-too-large': { status: 431, title: 'Request header fields too large', isOpen: true },
  'request.timeout': { status: 408, title: 'Request timeout', isOpen: true },
  'storage.unavailable': { status: 503, title: 'Service unavailable', isOpen: false },
  'storage.corrupt': { status: 500, title: 'Internal server error', isOpen: false },
  'server.busy': { status: 503, title: 'Service unavailable', isOpen: true },
  'config.invalid': { status: 500, title: 'Internal server error', isOpen: false },
  'input.invalid': { status: 400, title: 'Malformed request', isOpen: true },
  internal: { status: 500, title: 'Internal server error', isOpen: false },
} as const satisfies Record<FailureCode, Row>;

const DEFAULT_RETRY_SECONDS = 5;

/** What an error answer is made of. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The status that a failure has outside. */
export function statusOf(code: FailureCode): number {
  return ROWS[code].status;
}

/**
 * Turns a failure into a TAXII error message.
 * @param errorId the id of the request, which the log has too
 */
export function toErrorAnswer(error: AppError, errorId: string): ErrorAnswer {
  const { status, title, isOpen }: Row = ROWS[error.code];
  const headers: Record<string, string> = {};
  if (error.allow.length > 0) headers['Allow'] = error.allow.join(', ');
  const retryAfter = error.retryAfterSeconds ?? (status === 503 ? DEFAULT_RETRY_SECONDS : undefined);
  if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter);
  const message = {
    title,
    ...(isOpen && error.detail !== undefined ? { description: error.detail } : {}),
    error_id: errorId,
    error_code: error.code,
    http_status: String(status),
  };
  return { status, headers, body: JSON.stringify(message) };
}

/** Takes any thrown thing for what it is: ours, Express's or Node's for a bad request, or a fault of ours. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof URIError)
    return new AppError('request.malformed', { detail: 'The path is not valid.' });
  if (thrown instanceof Error && 'status' in thrown && thrown.status === 400) {
    return new AppError('request.malformed', { cause: thrown });
  }
  return new AppError('internal', { cause: thrown });
}
