import type { FeedFaultCode } from '../domain/feed.ts';

export interface PartnerFaultOptions {
  /** Of the answer, when there was one. */
  readonly status?: number;
  /** What the partner asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** Something went wrong between us and a partner; the code is from a closed list. */
export class PartnerFault extends Error {
  readonly code: FeedFaultCode;
  /** For the operator: what is wrong and what to do next. Never a secret. */
  readonly detail: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: FeedFaultCode, detail: string, options: PartnerFaultOptions = {}) {
    super(`${code}: ${detail}`, { cause: options.cause });
    this.name = 'PartnerFault';
    this.code = code;
    this.detail = detail;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
