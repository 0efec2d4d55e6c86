import type { Collection } from './domain/collection.ts';
import type { FailureCode } from './domain/errors.ts';
import type { Snapshot } from './ops/metrics-merge.ts';

/** What a worker has to know besides the settings, so that all of them serve the same. */
export interface WorkerTask {
  /** From 1; a worker that takes the place of a dead one has its number. */
  readonly number: number;
  /** All workers share this port. */
  readonly port: number;
  /** As the main process read and applied them: the files may have been edited since. */
  readonly collections: readonly Collection[];
}

/** What a worker tells the main process. */
export type FromWorker =
  | { readonly pollwatch: 'asks for its task' }
  | { readonly pollwatch: 'listens'; readonly url: string }
  /** It ends. `detail` is for the operator, when the failure has words. */
  | { readonly pollwatch: 'cannot start'; readonly code: FailureCode; readonly detail?: string }
  | { readonly pollwatch: 'has counted'; readonly question: number; readonly metrics: Snapshot };

/** What the main process tells a worker. */
export type ToWorker =
  | { readonly pollwatch: 'has this task'; readonly task: WorkerTask }
  | { readonly pollwatch: 'is asked for its metrics'; readonly question: number };

/** Takes a message of a worker; others also use the channel. */
export function parseFromWorker(message: unknown): FromWorker | undefined {
  return isOurs(message) ? (message as FromWorker) : undefined;
}

/** Takes a message of the main process. */
export function parseToWorker(message: unknown): ToWorker | undefined {
  return isOurs(message) ? (message as ToWorker) : undefined;
}

// The other end is this same program, over a channel that nobody else has.
function isOurs(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'pollwatch' in message;
}
