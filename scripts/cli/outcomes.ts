import type { ObjectOutcome, Submission } from '../../server/domain/submission.ts';
import { formatTable, toPrintable } from './table.ts';

export interface OutcomeCounts {
  readonly objects: number;
  readonly success: number;
  readonly failure: number;
  readonly pending: number;
}

/** One outcome in a JSON document. */
export interface OutcomeRecord {
  readonly id: string;
  readonly version: string;
  readonly result: ObjectOutcome['result'];
  readonly message: string | null;
}

const LISTED = 20;
const LISTED_MESSAGES = 10;

export function countOutcomes(outcomes: readonly ObjectOutcome[]): OutcomeCounts {
  const count = (wanted: ObjectOutcome['result']): number =>
    outcomes.filter(({ result }) => result === wanted).length;
  const [success, failure, pending] = [count('success'), count('failure'), count('pending')];
  return { objects: outcomes.length, success, failure, pending };
}

export function toRecord({ id, version, result, message }: ObjectOutcome): OutcomeRecord {
  return { id, version, result, message: message ?? null };
}

export function describeCounts({ objects, success, failure, pending }: OutcomeCounts): string {
  return `${objects} ${objects === 1 ? 'object' : 'objects'}: ${success} success, ${failure} failure, ${pending} pending`;
}

/** A table of outcomes with their messages. */
export function describeOutcomes(outcomes: readonly ObjectOutcome[]): string {
  const rows = outcomes.map(({ id, version, result, message }) => [id, version, result, toLines(message)]);
  return formatTable(['OBJECT', 'VERSION', 'RESULT', 'WHY'], rows);
}

/**
 * What the successes came to: each message with how many objects have it, most frequent first; empty when there are
 * none. Which other objects a message names is left out, so that those agree that say the same.
 */
function describeSuccesses(outcomes: readonly ObjectOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { result, message = '' } of outcomes) {
    if (result !== 'success') continue;
    const said = message.replaceAll(/ \([^()]*\)/g, (named) => (named.includes('--') ? '' : named));
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const lines = sorted.slice(0, LISTED_MESSAGES).map(([said, count]) => `  ${count}: ${toPrintable(said)}`);
  const rest = sorted.slice(LISTED_MESSAGES).reduce((sum, [, count]) => sum + count, 0);
  return [...lines, ...(rest > 0 ? [`  ${rest}: other messages; --json lists all`] : [])].join('\n');
}

/** What came of the successes, and the problems; empty when there are no outcomes. */
export function describeResults(outcomes: readonly ObjectOutcome[]): string {
  return [describeSuccesses(outcomes), describeProblems(outcomes)].filter((part) => part !== '').join('\n');
}

/** The failures, then the pendings, the first of each; empty when there are none. */
function describeProblems(outcomes: readonly ObjectOutcome[]): string {
  const parts = (['failure', 'pending'] as const).flatMap((kind) => {
    const found = outcomes.filter(({ result }) => result === kind);
    if (found.length === 0) return [];
    const rows = found.slice(0, LISTED).map(({ id, message }) => [`  ${id}`, toLines(message)]);
    const rest = found.length - rows.length;
    const more = rest > 0 ? [`  and ${rest} more; --json lists all`] : [];
    return [
      `${kind === 'failure' ? 'Failed' : 'Pending'} (${found.length}):`,
      formatTable([], rows),
      ...more,
    ];
  });
  return parts.join('\n');
}

/** What a submission that was saved but not carried out has to say. */
export function describeState({ id, state }: Pick<Submission, 'id' | 'state'>): string {
  if (state !== 'received') return state;
  return `received: saved, and carried out by the server as soon as it can; ask again with: pollwatch submission ${id}`;
}

/** A message has a part for each collection. */
function toLines(message = ''): string {
  return message.split('; ').join('\n');
}
