import type { ObjectOutcome, Submission, SubmissionIntent } from '../../domain/submission.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Attempt } from './attempt.ts';
import { isDuplicateKey } from './errors.ts';
import type { Layout } from './layout.ts';
import { cutBytes, cutText } from './pieces.ts';
import type { NewRow } from './row-list.ts';
import type { OutcomeRow, SubmissionDocument } from './rows.ts';
import { liveAt, type Snapshot } from './snapshot.ts';
import { parseStored } from './stored.ts';

type Head = Omit<SubmissionIntent, 'id' | 'receivedAt' | 'body'>;
type State = 'open' | 'complete';

/**
 * Saves an intent with its bytes; what becomes of it comes later. It needs no lock: it is one document, and what does not
 * fit into that comes before it.
 */
export async function saveIntent(layout: Layout, intent: SubmissionIntent): Promise<void> {
  const { id, receivedAt, body, ...rest } = intent;
  const head: Head = rest;
  const place = await countSubmission(layout);
  const saved = { receivedAt, place, waits: true, head: JSON.stringify(head), bytes: body.byteLength };
  await layout.submissions.insertOne({ _id: id, ...saved, ...(await saveBody(layout, id, body)) });
}

/** Saves the part of a body that has documents of its own. @returns what the submission itself says of its body */
export async function saveBody(
  layout: Layout,
  submission: string,
  body: Uint8Array,
): Promise<Pick<SubmissionDocument, 'body' | 'parts'>> {
  const pieces = cutBytes(body);
  if (pieces.length === 1) return { body, parts: 0 };
  for (const [part, bytes] of pieces.entries()) {
    const piece = { submission, part, bytes };
    await layout.bodies.updateOne({ _id: `${submission} ${part}` }, { $set: piece }, { upsert: true });
  }
  return { parts: pieces.length };
}

async function countSubmission(layout: Layout): Promise<number> {
  const countUp = () =>
    layout.counters.findOneAndUpdate(
      { _id: 'submissions' },
      { $inc: { count: 1 } },
      { upsert: true, returnDocument: 'after' },
    );
  const counted = await countUp().catch((error: unknown) => {
    // The very first of two servers at once.
    if (isDuplicateKey(error)) return countUp();
    throw error;
  });
  return counted?.count ?? 0;
}

/** Adds to an attempt what became of a submission, unless its state is one of those that stay. */
export async function writeOutcomes(
  layout: Layout,
  attempt: Attempt,
  change: { readonly id: string; readonly state: State; readonly outcomes: readonly ObjectOutcome[] },
  stays: (state: Submission['state']) => boolean,
  now: Tick,
): Promise<void> {
  const { id, state, outcomes } = change;
  const before = await readOutcomes(layout, id, attempt.snapshot);
  if (stays(before[0]?.state ?? 'received')) return;
  attempt.end(
    'outcomes',
    before.map(({ _id }) => _id),
  );
  if (before.length === 0) attempt.buryBody(id);
  const completedAt = state === 'complete' ? now : undefined;
  attempt.insert('outcomes', toOutcomeRows(id, state, completedAt, outcomes));
}

/** The rows that say what became of a submission; a long text has several. */
export function toOutcomeRows(
  submission: string,
  state: State,
  completedAt: Tick | undefined,
  outcomes: readonly ObjectOutcome[],
): readonly NewRow<'outcomes'>[] {
  const completed = completedAt === undefined ? {} : { completedAt };
  return cutText(JSON.stringify(outcomes)).map((text, part) => ({
    submission,
    part,
    state,
    ...completed,
    text,
  }));
}

/** Says that a submission does not wait any more. Its outcomes are committed: this may be done again. */
export async function endWaiting(layout: Layout, id: string): Promise<void> {
  await layout.submissions.updateOne({ _id: id }, { $set: { waits: false } });
}

/** Oldest first. */
export async function openIntents(
  layout: Layout,
  limit: number,
  readHead: () => Promise<Snapshot>,
): Promise<readonly string[]> {
  const open: string[] = [];
  const waiting = layout.submissions
    .find({ waits: true })
    .sort({ receivedAt: 1, place: 1 })
    .project<Pick<SubmissionDocument, '_id'>>({ _id: 1 });
  for await (const { _id } of waiting) {
    if (await isOpenIntent(layout, _id, await readHead())) open.push(_id);
    // A server died between carrying it out and saying so here.
    else await endWaiting(layout, _id);
    if (open.length === limit) break;
  }
  return open;
}

export async function isOpenIntent(layout: Layout, id: string, snapshot: Snapshot): Promise<boolean> {
  const document = await layout.submissions.findOne({ _id: id, waits: true }, { projection: { _id: 1 } });
  return document !== null && !(await hasOutcomes(layout, id, snapshot));
}

async function hasOutcomes(layout: Layout, submission: string, snapshot: Snapshot): Promise<boolean> {
  const filter = { submission, ...liveAt(snapshot) };
  return (await layout.space('outcomes').findOne(filter, { projection: { _id: 1 } })) !== null;
}

export async function findIntent(
  layout: Layout,
  id: string,
  snapshot: Snapshot,
): Promise<SubmissionIntent | undefined> {
  const document = await layout.submissions.findOne({ _id: id, waits: true });
  if (!document || (await hasOutcomes(layout, id, snapshot))) return undefined;
  const body = await readBody(layout, document);
  return body && { ...headOf(document), body };
}

/** @returns undefined when somebody has carried it out, and it was removed */
export async function readBody(
  layout: Layout,
  { _id, body, parts }: SubmissionDocument,
): Promise<Uint8Array | undefined> {
  if (parts === 0) return body;
  const pieces = await layout.bodies.find({ submission: _id }).sort({ part: 1 }).toArray();
  return pieces.length < parts ? undefined : joinBytes(pieces.map(({ bytes }) => bytes));
}

/** Removes the body of a submission that was carried out. */
export async function removeBody(layout: Layout, id: string): Promise<void> {
  await layout.submissions.updateOne({ _id: id }, { $set: { waits: false }, $unset: { body: '' } });
  await layout.bodies.deleteMany({ submission: id });
}

export async function findSubmission(
  layout: Layout,
  id: string,
  snapshot: Snapshot,
): Promise<Submission | undefined> {
  const document = await layout.submissions.findOne({ _id: id }, { projection: { body: 0 } });
  return document ? toSubmission(layout, document, snapshot) : undefined;
}

/** A saved submission with what became of it by then. */
export async function toSubmission(
  layout: Layout,
  document: SubmissionDocument,
  snapshot: Snapshot,
): Promise<Submission> {
  const parts = await readOutcomes(layout, document._id, snapshot);
  const [first] = parts;
  const head = { ...headOf(document), bytes: document.bytes };
  if (!first) return { ...head, state: 'received', outcomes: [] };
  const { state, completedAt } = first;
  const json = parts.map(({ text }) => text).join('');
  const outcomes = parseStored<readonly ObjectOutcome[]>(json);
  return { ...head, state, outcomes, ...(completedAt === undefined ? {} : { completedAt }) };
}

async function readOutcomes(
  layout: Layout,
  submission: string,
  snapshot: Snapshot,
): Promise<readonly OutcomeRow[]> {
  const filter = { submission, ...liveAt(snapshot) };
  return layout.space('outcomes').find(filter).sort({ part: 1 }).toArray();
}

function headOf({ _id, receivedAt, head }: SubmissionDocument): Omit<SubmissionIntent, 'body'> {
  return { id: _id, receivedAt, ...parseStored<Head>(head) };
}

function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}
