import type { ObjectOutcome, Submission } from '../../server/domain/submission.ts';
import { formatTable } from './table.ts';

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

/** The failures, then the pendings, the first of each; empty when there are none. */
export function describeProblems(outcomes: readonly ObjectOutcome[]): string {
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
