import type { Command } from 'commander';
import { formatTick } from '../../server/domain/timestamp.ts';
import type { ListedReject } from '../../server/domain/feed.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { parseUserName } from './arguments.ts';
import { defineCommand, defineGroup } from './command.ts';
import { addAddCommand } from './feed-add.ts';
import { parseRejectLimit } from './feed-arguments.ts';
import { toRejectDocument } from './feed-document.ts';
import { describeFeed, describeFeeds } from './feed-report.ts';
import { addRunCommand } from './feed-run.ts';
import { withFeeds } from './feed-session.ts';
import { count } from './feed-words.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { formatTable, toShown } from './table.ts';

interface RejectsOptions extends JsonOption {
  readonly limit: number;
}

/** All of them stand in memory, more than once. */
const MAX_ORIGINAL_BYTES = 67_108_864;
/** Only a document has originals. */
const NO_ORIGINALS = 0;

/** `feed add`, `list`, `show`, `rejects`, `run`, `pause`, `resume` and `remove`. */
export function addFeedCommands(program: Command, cli: Surroundings): void {
  const group = defineGroup(program, {
    usage: 'feed',
    summary: "pull from and push to partners' TAXII servers by schedule",
    examples: ['pollwatch feed list'],
  });
  addAddCommand(group, cli);
  defineCommand(group, {
    usage: 'list',
    summary: 'list the feeds and how they stand',
    examples: ['pollwatch feed list', 'pollwatch feed list --json'],
  }).action(async (options: JsonOption) => {
    const answer = await withFeeds(cli, undefined, async ({ service, aliases }) =>
      describeFeeds(await service.list(), aliases),
    );
    cli.show(answer, options);
  });
  addShow(group, cli);
  addRejects(group, cli);
  addRunCommand(group, cli);
  addPause(group, cli);
  addResume(group, cli);
  addRemove(group, cli);
}

function addShow(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'show',
    summary: 'show a feed: where it goes on, its last runs and its last error',
    examples: ['pollwatch feed show attack', 'pollwatch feed show attack --json'],
  })
    .argument('<name>', 'the feed', parseUserName)
    .action(async (name: string, options: JsonOption) => {
      const answer = await withFeeds(cli, name, async ({ service, aliases }) =>
        describeFeed(await service.show(name), aliases),
      );
      cli.show(answer, options);
    });
}

function addRejects(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'rejects',
    summary: 'list the objects that did not get through, newest first, and why',
    about:
      'With --json each has its original, byte for byte, unless it was too large to be kept. The originals come to 64 MiB at most: those of older rejects are left out, and a line on standard error says how many.',
    examples: ['pollwatch feed rejects attack', 'pollwatch feed rejects attack --limit 1000 --json'],
  })
    .argument('<name>', 'the feed', parseUserName)
    .option('--limit <n>', 'how many at most', parseRejectLimit, 20)
    .action(async (name: string, options: RejectsOptions) => {
      const answer = await withFeeds(cli, name, async ({ service }) => {
        const report = await service.show(name);
        const maxBytes = options.json ? MAX_ORIGINAL_BYTES : NO_ORIGINALS;
        const rejects = await service.rejects(name, options.limit, maxBytes);
        const leftOut = rejects.filter(isLeftOut).length;
        if (options.json && leftOut > 0) cli.stderr.write(`${describeLeftOut(leftOut)}\n`);
        return describeRejects(report, rejects);
      });
      cli.show(answer, options);
    });
}

function isLeftOut({ originalBytes, original }: ListedReject): boolean {
  return originalBytes !== undefined && original === undefined;
}

function describeLeftOut(leftOut: number): string {
  const older =
    leftOut === 1
      ? 'the original of the oldest reject listed that has one'
      : `the originals of the ${leftOut} oldest rejects listed that have one`;
  return `Left out: ${older}. A list has 64 MiB of originals at most.`;
}

function describeRejects({ feed, rejects: total }: FeedReport, rejects: readonly ListedReject[]): Answer {
  const document = { name: feed.name, total, rejects: rejects.map(toRejectDocument) };
  if (rejects.length === 0) return { document, text: `The feed ${feed.name} has no rejects.` };
  const rows = rejects.map(({ at, id, version, reason }) => [
    formatTick(at),
    toShown(id ?? ''),
    toShown(version ?? ''),
    reason,
  ]);
  const more = total > rejects.length ? `\n\n${rejects.length} of ${total}; show more with --limit.` : '';
  return { document, text: formatTable(['AT', 'ID', 'VERSION', 'REASON'], rows) + more };
}

function addPause(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'pause',
    summary: 'keep a feed from running by its schedule',
    examples: ['pollwatch feed pause attack'],
  })
    .argument('<name>', 'the feed', parseUserName)
    .action(async (name: string, options: JsonOption) => {
      await withFeeds(cli, name, ({ service }) => service.pause(name));
      const text = `Paused the feed ${name}. Go on with: pollwatch feed resume ${name}`;
      cli.show({ document: { name, paused: true }, text }, options);
    });
}

function addResume(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'resume',
    summary: 'let a paused feed run by its schedule again, from where it was',
    examples: ['pollwatch feed resume attack'],
  })
    .argument('<name>', 'the feed', parseUserName)
    .action(async (name: string, options: JsonOption) => {
      const { nextRunAt } = await withFeeds(cli, name, async ({ service }) => {
        await service.resume(name);
        return service.show(name);
      });
      const nextRun = nextRunAt === undefined ? null : formatTick(nextRunAt);
      const due = nextRun === null ? '' : ` Its next run is due at ${nextRun}.`;
      cli.show(
        { document: { name, paused: false, nextRunAt: nextRun }, text: `Resumed the feed ${name}.${due}` },
        options,
      );
    });
}

function addRemove(group: Command, cli: Surroundings): void {
  defineCommand(group, {
    usage: 'remove',
    summary: 'remove a feed with its cursor, its runs and its rejects',
    about:
      'What it brought stays, and what came from the partner is not sent back to it by other feeds either. A feed that is added under the same name begins anew.',
    examples: ['pollwatch feed remove attack'],
  })
    .argument('<name>', 'the feed', parseUserName)
    .action(async (name: string, options: JsonOption) => {
      const { rejects } = await withFeeds(cli, name, async ({ service }) => {
        const report = await service.show(name);
        await service.remove(name);
        return report;
      });
      const text =
        `Removed the feed ${name}, with its cursor, its runs and ${count(rejects, 'reject')}.\n` +
        'What it brought stays, and so does the knowledge of what the partner has: it is not sent back.';
      cli.show({ document: { name, removed: true, rejects }, text }, options);
    });
}
