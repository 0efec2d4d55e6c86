import type { FeedRun } from '../../server/domain/feed.ts';
import { formatTick, MICROS_PER_SECOND } from '../../server/domain/timestamp.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { aliasOf, toReportDocument, type Aliases } from './feed-document.ts';
import {
  describeAuth,
  describeCursor,
  describeFeedCounts,
  describeStanding,
  toOurSide,
  toShownAddress,
} from './feed-words.ts';
import type { Answer } from './surroundings.ts';
import { formatTable, toPrintable, toShown } from './table.ts';

const LIST_TITLES = ['NAME', 'DIRECTION', 'STATE', 'PARTNER', 'COLLECTION', 'ORG', 'NEXT RUN', 'REJECTS'];
const RUN_TITLES = [
  'STARTED',
  'TOOK',
  'RESULT',
  'OBJECTS',
  'NEW',
  'KNOWN',
  'REJECTED',
  'PAGES',
  'REQUESTS',
  'BYTES',
];

/** All feeds, one line each. */
export function describeFeeds(reports: readonly FeedReport[], aliases: Aliases): Answer {
  const rows = reports.map((report) => {
    const { name, direction, url, collection, org } = report.feed;
    const next = report.nextRunAt === undefined ? '' : formatTick(report.nextRunAt);
    const standing = describeStanding(report);
    return [
      name,
      direction,
      standing,
      toShownAddress(url),
      toShown(collection),
      org,
      next,
      String(report.rejects),
    ];
  });
  const text =
    rows.length === 0
      ? 'There are no feeds. Add one with: pollwatch feed add'
      : formatTable(LIST_TITLES, rows);
  return { document: { feeds: reports.map((report) => toReportDocument(report, aliases)) }, text };
}

/** One feed with everything that is known of it. */
export function describeFeed(report: FeedReport, aliases: Aliases): Answer {
  const parts = [formatTable([], [...listTerms(report, aliases), ...listStanding(report)])];
  const { runs } = report.state;
  if (runs.length > 0) parts.push(formatTable(RUN_TITLES, runs.map(toRunRow)));
  return { document: toReportDocument(report, aliases), text: parts.join('\n\n') };
}

type Rows = readonly (readonly string[])[];

function listTerms({ feed, state }: FeedReport, aliases: Aliases): Rows {
  const ours = aliasOf(aliases, toOurSide(feed));
  const isPull = feed.direction === 'pull';
  const { types } = feed.match;
  const filters = [
    types === undefined ? [] : [`type ${types.join(', ')}`],
    feed.since === undefined ? [] : [`added after ${formatTick(feed.since)}`],
  ].flat();
  const said = isPull ? describeDefaults(feed.defaults) : '';
  const { partner, isCoarse } = state;
  return [
    ['Feed', `${feed.name} (${feed.id})`],
    ['Direction', isPull ? `pull: from the partner into "${ours}"` : `push: from "${ours}" to the partner`],
    ['Partner', `"${feed.collection}" at ${toShownAddress(feed.url)}`],
    ...(partner
      ? [['Found at', `${toShownAddress(partner.apiRoot)}collections/${partner.collection}/`]]
      : []),
    ...(partner && isCoarse ? [['Its clock', 'counts in whole seconds']] : []),
    ['Organisation', feed.org],
    ['Credentials', describeAuth(feed.auth, feed.secret)],
    ...(feed.caFile === undefined ? [] : [['Authorities', `the usual ones and those of ${feed.caFile}`]]),
    ...(feed.allowPrivate ? [['Addresses', 'private ones are allowed']] : []),
    ...(filters.length === 0 ? [] : [[isPull ? 'Asks for' : 'Sends only', filters.join('; ')]]),
    ...(said === '' ? [] : [['Said for objects', said]]),
  ];
}

function describeDefaults({
  tlp,
  audiences,
  consent,
}: Extract<FeedReport['feed'], { direction: 'pull' }>['defaults']): string {
  return [
    tlp === undefined ? [] : [`tlp ${tlp}`],
    audiences === undefined ? [] : [`audiences ${audiences.join(', ')}`],
    consent === undefined ? [] : [`consent ${consent}`],
  ]
    .flat()
    .join('; ');
}

function listStanding(report: FeedReport): Rows {
  const { feed, state, rejects, nextRunAt, lastError } = report;
  const resume = `none while it is paused; go on with: pollwatch feed resume ${feed.name}`;
  const listed = rejects === 0 ? 'none' : `${rejects}; list them with: pollwatch feed rejects ${feed.name}`;
  return [
    ['Schedule', `${feed.cron} (UTC)`],
    ['Next run', nextRunAt === undefined ? resume : formatTick(nextRunAt)],
    ['Cursor', describeCursor(report)],
    ['So far', describeFeedCounts(state.totals)],
    ['Rejects', listed],
    ['Last success', state.succeededAt === undefined ? 'never' : formatTick(state.succeededAt)],
    ...(lastError
      ? [['Last error', `${formatTick(lastError.at)} ${lastError.code}\n${lastError.detail}`]]
      : []),
    ...(state.failures > 0 ? [['Failures', `${state.failures} in a row${describeRetry(report)}`]] : []),
  ];
}

function describeRetry({ feed, state }: FeedReport): string {
  if (feed.paused || state.retryAt === undefined) return '';
  return `; it is tried again from ${formatTick(state.retryAt)} on, or now with: pollwatch feed run ${feed.name}`;
}

function toRunRow({ startedAt, endedAt, result, counts, pages, requests, bytes, error }: FeedRun): string[] {
  const ending = error === undefined ? result : `${result}: ${error.code}`;
  const numbers = [counts.objects, counts.accepted, counts.known, counts.rejected, pages, requests, bytes];
  return [formatTick(startedAt), describeTime(startedAt, endedAt), ending, ...numbers.map(String)];
}

/** How long something took. */
export function describeTime(startedAt: number, endedAt: number): string {
  const seconds = Math.max(0, endedAt - startedAt) / MICROS_PER_SECOND;
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

/** What a partner said, on as many lines as it is told in. */
export function toPrintableLines(text: string): string {
  return text.split('\n').map(toPrintable).join('\n');
}
