import { access, constants } from 'node:fs/promises';
import type { Core } from '../../server/core.ts';
import type { Collection } from '../../server/domain/collection.ts';
import type { Feed } from '../../server/domain/feed.ts';
import { formatTick } from '../../server/domain/timestamp.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { aliasOf, toFeedDocument, toTime } from './feed-document.ts';
import type { FeedSession } from './feed-session.ts';
import { toOurSide, toShownAddress } from './feed-words.ts';
import type { Answer, Surroundings } from './surroundings.ts';
import { toPrintable } from './table.ts';

/** What was added, what to know about it, and what comes next. */
export async function describeAdded(
  cli: Surroundings,
  { core, settings, collections, aliases }: FeedSession,
  { feed, nextRunAt }: FeedReport,
): Promise<Answer> {
  const ours = collections.find(({ id }) => id === toOurSide(feed));
  const warnings = [
    ...(await warnOfSecret(cli, feed)),
    ...(await warnOfHub(core, feed, ours)),
    ...(settings.feeds
      ? []
      : [
          'POLLWATCH_FEEDS is off here: another server on this database has to have it on, or nothing runs by schedule.',
        ]),
  ];
  const partner = `"${toPrintable(feed.collection)}" at ${toShownAddress(feed.url)}`;
  const alias = aliasOf(aliases, toOurSide(feed));
  const way = feed.direction === 'pull' ? `from ${partner} into "${alias}"` : `from "${alias}" to ${partner}`;
  const due = nextRunAt === undefined ? 'its schedule has no run' : `at ${formatTick(nextRunAt)}`;
  const text = [
    `Added the feed ${feed.name}: ${feed.direction} ${way}.`,
    ...warnings.map((each) => `Warning: ${each}`),
    `Try it with: pollwatch feed run ${feed.name}`,
    `The first run by schedule is due ${due}; the server makes it.`,
  ].join('\n');
  return { document: { ...toFeedDocument(feed, aliases), nextRunAt: toTime(nextRunAt), warnings }, text };
}

async function warnOfSecret({ env }: Surroundings, { secret, name }: Feed): Promise<readonly string[]> {
  if (secret === undefined) return [];
  const then = `The server needs it, and so does: pollwatch feed run ${name}`;
  if ('env' in secret) {
    return env[secret.env] ? [] : [`the variable ${secret.env} is not set in this environment. ${then}`];
  }
  const isReadable = await access(secret.file, constants.R_OK).then(
    () => true,
    () => false,
  );
  return isReadable ? [] : [`the file ${toPrintable(secret.file)} cannot be read here. ${then}`];
}

/** What the rights of the hub mean for a feed (decision 19). */
async function warnOfHub(
  { store }: Core,
  feed: Feed,
  ours: Collection | undefined,
): Promise<readonly string[]> {
  const organisation = await store.findOrganisation(feed.org);
  if (!organisation?.hub) return [];
  if (feed.direction === 'push') {
    return [
      `${feed.org} runs the hub, so the partner is sent what the hub may read. If it is not the hub's own, give --org the partner's organisation.`,
    ];
  }
  return [
    ours?.release.policy === 'as-posted'
      ? `${feed.org} runs the hub: the feed writes to "${ours.alias}" with the hub's rights.`
      : `${feed.org} runs the hub, but what the feed brings does not count as the hub's own decision: it has the rights of an analyst of ${feed.org} alone.`,
  ];
}
