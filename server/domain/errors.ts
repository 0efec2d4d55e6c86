/** Every way in which a request or a command can fail. The list is closed: see `taxii/error-body.ts`. */
export type FailureCode =
  | 'route.not-found'
  | 'route.method-not-allowed'
  | 'auth.required'
  | 'auth.invalid'
  | 'auth.throttled'
  | 'access.denied'
  | 'collection.not-found'
  | 'object.not-found'
  | 'status.not-found'
  | 'feed.not-found'
  | 'feed.exists'
  | 'feed.running'
  | 'media.not-acceptable'
  | 'media.unsupported'
  | 'query.malformed'
  | 'cursor.invalid'
  | 'body.aborted'
  | 'body.not-utf8'
  | 'body.not-json'
  | 'body.too-deep'
  | 'body.too-many-objects'
  | 'body.too-large'
  | 'body.not-an-envelope'
  | 'request.malformed'
  | 'request.uri-too-long'
  | 'request.header-too-large'
  | 'request.timeout'
  | 'storage.unavailable'
  | 'storage.corrupt'
  | 'server.busy'
  | 'config.invalid'
  | 'input.invalid'
  | 'internal';

export interface AppErrorOptions {
  /** For the caller: what is wrong and what to do. Never a path, a stack or a driver's text. */
  readonly detail?: string;
  /** For the log alone. */
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** For 405: the methods that the resource has. */
  readonly allow?: readonly string[];
}

/** A failure with a code from the closed list; how it looks outside is decided at the edge. */
export class AppError extends Error {
  readonly code: FailureCode;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[];

  constructor(code: FailureCode, options: AppErrorOptions = {}) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow ?? [];
  }
}
