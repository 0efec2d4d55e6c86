import type { FeedRun } from '../../server/domain/feed.ts';
import { formatTick } from '../../server/domain/timestamp.ts';
import type { FeedReport } from '../../server/sync/feed-services.ts';
import { toRunDocument } from './feed-document.ts';
import { describeTime, toPrintableLines } from './feed-report.ts';
import { count, describeFeedCounts } from './feed-words.ts';
import type { Answer } from './surroundings.ts';

/** What a run came to, and what happens next. */
export function describeRun(report: FeedReport, run: FeedRun): Answer {
  const { feed, rejects } = report;
  const moved = `${describeFeedCounts(run.counts)} on ${count(run.pages, 'page')}, ${count(run.requests, 'request')}, ${describeTime(run.startedAt, run.endedAt)}.`;
  const lines = [`Feed ${feed.name}: ${moved}`];
  if (run.result === 'unfinished')
    lines.push('A bound was reached before the end: the next run goes on there.');
  if (run.counts.rejected > 0) lines.push(`See the rejected ones with: pollwatch feed rejects ${feed.name}`);
  const problem = describeProblem(report, run);
  return {
    document: { name: feed.name, ...toRunDocument(run), rejects },
    text: lines.join('\n'),
    ...(problem === undefined ? {} : { problem }),
  };
}

function describeProblem({ feed, state }: FeedReport, { result, error }: FeedRun): string | undefined {
  if (result === 'stopped') {
    return `The run was stopped. What it has done stays, and the next one goes on there: pollwatch feed run ${feed.name}`;
  }
  if (result !== 'failed') return undefined;
  const why = error === undefined ? '' : ` (${error.code}): ${toPrintableLines(error.detail)}`;
  const isScheduled = !feed.paused && state.retryAt !== undefined;
  const next = isScheduled ? `\nIt is tried again from ${formatTick(state.retryAt)} on.` : '';
  return `The run failed${why}${next}`;
}
