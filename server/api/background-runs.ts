import { AppError } from '../domain/errors.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { Logger } from '../ops/logger.ts';
import type { FeedService } from '../sync/feed-services.ts';

export interface BackgroundRunsOptions {
  readonly feeds: Pick<FeedService, 'run'>;
  readonly log: Logger;
  /** How many go on at once at most. */
  readonly maxRunning: number;
}

/** Runs that somebody asked for and nobody waits for. */
export interface BackgroundRuns {
  /**
   * Resolves when the run has begun.
   * @throws AppError `feed.not-found`, `feed.running`, `server.busy` when as many are under way as may be
   */
  begin(name: string, options: { readonly since?: Tick }): Promise<void>;
  /** Stops what is under way, between two pages, and resolves when all of it has ended. */
  close(): Promise<void>;
}

export function createBackgroundRuns(options: BackgroundRunsOptions): BackgroundRuns {
  const { feeds, log, maxRunning } = options;
  const running = new Set<Promise<void>>();
  const stop = new AbortController();

  return {
    async begin(name, { since }) {
      if (stop.signal.aborted) throw stopping();
      if (running.size >= maxRunning) {
        const detail = `${maxRunning} feeds were started here and still run: try again when one has ended.`;
        throw new AppError('server.busy', { detail });
      }
      let hasBegun = false;
      await new Promise<void>((resolve, reject) => {
        const begun = (): void => {
          hasBegun = true;
          resolve();
        };
        const run = feeds
          .run(name, {
            signal: stop.signal,
            onStart: begun,
            ...(since === undefined ? {} : { since }),
          })
          .then(begun, (error: unknown) => {
            const isStopped = stop.signal.aborted;
            if (!hasBegun) reject(isStopped ? stopping(error) : toAppError(error));
            else if (!isStopped) log.error({ err: error, feed: name }, 'a run that was asked for has failed');
          })
          .finally(() => running.delete(run));
        running.add(run);
      });
    },
    async close() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

function stopping(cause?: unknown): AppError {
  return new AppError('server.busy', { detail: 'The server is being stopped.', cause });
}

function toAppError(error: unknown): AppError {
  return error instanceof AppError ? error : new AppError('internal', { cause: error });
}
