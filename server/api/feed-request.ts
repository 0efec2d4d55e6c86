import type { ValidateFunction } from 'ajv/dist/2020.js';
import { parseTaxiiTimestamp, type Tick } from '../domain/timestamp.ts';
import type { FeedRequest } from '../sync/feed-services.ts';
import { readRequest } from './read-request.ts';

/** A request as the schema `NewFeed` has it. */
export type NewFeed = Omit<FeedRequest, 'auth' | 'secret' | 'caFile' | 'since' | 'allowPrivate'> &
  Partial<Pick<FeedRequest, 'auth' | 'allowPrivate'>> & {
    readonly secret?: { readonly env: string };
    readonly since?: string;
  };

/** A request as the schema `RunRequest` has it. */
export interface RunRequest {
  readonly since?: string;
}

/** Reads what is to be added. @throws AppError as `readRequest` does */
export function readNewFeed(bytes: Buffer, isNewFeed: ValidateFunction<NewFeed>): FeedRequest {
  const { auth, allowPrivate, since, ...asked } = readRequest(bytes, isNewFeed);
  return {
    ...asked,
    auth: auth ?? { kind: 'none' },
    allowPrivate: allowPrivate ?? false,
    ...toSince(since),
  };
}

/** Reads how a feed is to run; no body is as good as an empty one. @throws AppError as `readRequest` does */
export function readRunRequest(
  bytes: Buffer,
  isRunRequest: ValidateFunction<RunRequest>,
): { readonly since?: Tick } {
  return bytes.byteLength === 0 ? {} : toSince(readRequest(bytes, isRunRequest).since);
}

/** The schema has seen that it is a timestamp. */
function toSince(text: string | undefined): { readonly since?: Tick } {
  const since = text === undefined ? undefined : parseTaxiiTimestamp(text);
  return since === undefined ? {} : { since };
}
