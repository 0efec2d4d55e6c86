import type { Command } from 'commander';
import type { FeedRun } from '../../server/domain/feed.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import { parseUserName } from './arguments.ts';
import { defineCommand } from './command.ts';
import { parseSince } from './feed-arguments.ts';
import { describeRun } from './feed-ended.ts';
import { withFeeds } from './feed-session.ts';
import { createTally, NO_TALLY } from './progress.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';

interface RunOptions extends JsonOption {
  readonly since?: Tick;
}

/** `feed run`. */
export function addRunCommand(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'run',
    summary: 'run a feed now, also a paused one',
    about:
      'It goes on where the last run ended. Ctrl-C ends it after the page that it is at, and what it has read stays. The exit status is 1 when the run failed or was stopped.',
    examples: [
      'pollwatch feed run attack',
      'pollwatch feed run attack --since 2018-08-21T00:00:00Z',
      'pollwatch feed run attack --since start --json',
    ],
  })
    .argument('<name>', 'the feed', parseUserName)
    .option(
      '--since <time>',
      'read, or send, again what was added after this time (RFC 3339), or "start"',
      parseSince,
    )
    .action(async (name: string, options: RunOptions) => {
      cli.show(await cli.untilStopped((signal) => run(cli, name, options, signal)), options);
    });
}

function run(
  cli: Surroundings,
  name: string,
  { since, json }: RunOptions,
  signal: AbortSignal,
): Promise<Answer> {
  return withFeeds(cli, name, async ({ service }) => {
    const tally = json ? NO_TALLY : createTally(cli.stderr, () => performance.now());
    let ended: FeedRun;
    try {
      ended = await service.run(name, {
        signal,
        onProgress: ({ objects, pages }) => tally.advance(objects, pages),
        ...(since === undefined ? {} : { since }),
      });
    } finally {
      tally.end();
    }
    return describeRun(await service.show(name), ended);
  });
}
