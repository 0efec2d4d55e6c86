import { openFeeds } from '../../server/compose.ts';
import type { Settings } from '../../server/config/load.ts';
import type { Core } from '../../server/core.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { Logger } from '../../server/ops/logger.ts';
import type { FeedService } from '../../server/sync/feed-services.ts';
import type { Aliases } from './feed-document.ts';
import { requirePolicies, withCore } from './open-core.ts';
import type { Surroundings } from './surroundings.ts';

export interface FeedSession {
  readonly service: FeedService;
  readonly core: Core;
  readonly settings: Settings;
  readonly collections: readonly Collection[];
  readonly aliases: Aliases;
}

/**
 * Opens the configured database and the feeds over it for as long as `work` takes. No schedule runs.
 * @param name the feed that it is about, for what is said when there is none
 */
export function withFeeds<T>(
  cli: Surroundings,
  name: string | undefined,
  work: (session: FeedSession) => Promise<T>,
): Promise<T> {
  return withCore(cli, async (core, settings) => {
    const feeds = openFeeds(settings, core, createLog(cli, settings), cli.env, cli.clock);
    try {
      const collections = await requirePolicies(core, settings);
      const aliases = new Map(collections.map(({ id, alias }) => [id, alias]));
      return await work({ service: feeds.service, core, settings, collections, aliases });
    } catch (error) {
      throw explain(error, name);
    } finally {
      await feeds.close();
    }
  });
}

/** What to do about a failure that has no words for the command line. */
function explain(error: unknown, name: string | undefined): unknown {
  if (!(error instanceof AppError) || name === undefined) return error;
  const say = (detail: string): AppError => new AppError(error.code, { detail, cause: error });
  switch (error.code) {
    case 'feed.not-found':
      return say(`There is no feed "${name}". List them with: pollwatch feed list`);
    case 'feed.exists':
      return say(
        `There is a feed "${name}" already. Choose another name, or see it with: pollwatch feed show ${name}`,
      );
    case 'feed.running':
      return say(
        `The feed "${name}" is being run already, by a server or another command. See how it ends with: pollwatch feed show ${name}`,
      );
    default:
      return error;
  }
}

/** Standard output is for the answer alone: what is logged goes to standard error, and only when it is asked for. */
function createLog({ stderr }: Surroundings, { logLevel }: Settings): Logger {
  const isWanted = logLevel === 'debug' || logLevel === 'trace';
  const write = (...parts: readonly unknown[]): void => {
    if (isWanted) for (const part of parts) stderr.write(`${describePart(part)}\n`);
  };
  return { debug: write, info: write, warn: write, error: write };
}

function describePart(part: unknown): string {
  if (typeof part === 'string') return part;
  const error = typeof part === 'object' && part !== null && 'err' in part ? part.err : part;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(part);
}
