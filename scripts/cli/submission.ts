import type { Command } from 'commander';
import type { Core } from '../../server/core.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { Submission } from '../../server/domain/submission.ts';
import { formatTick } from '../../server/domain/timestamp.ts';
import { defineCommand } from './command.ts';
import { withCore } from './open-core.ts';
import { countOutcomes, describeCounts, describeOutcomes, describeState, toRecord } from './outcomes.ts';
import type { Answer, JsonOption, Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';

/** `submission`. */
export function addSubmissionCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'submission',
    summary: 'show an upload and what became of each of its objects',
    examples: ['pollwatch submission 0d3c7a52-91b8-4f5e-8a64-3e2f9b7c1d05'],
  })
    .argument('<id>', 'the id that upload printed; over TAXII, the id of the status')
    .action(async (id: string, options: JsonOption) => {
      cli.show(await withCore(cli, (core) => describeSubmission(core, id)), options);
    });
}

async function describeSubmission({ store, followUp }: Core, id: string): Promise<Answer> {
  const found = await store.findSubmission(id.toLowerCase());
  if (!found) throw new AppError('input.invalid', { detail: `There is no submission "${id}".` });
  const submission = await followUp.refresh(found);
  const collections = await store.readPolicies();
  const collection = collections.find((each) => each.id === submission.collection);
  return { document: toDocument(submission), text: describe(submission, collection?.alias ?? 'gone') };
}

function toDocument(submission: Submission): object {
  const { id, user, org, collection, receivedAt, sha256, bytes, state, outcomes } = submission;
  const received = formatTick(receivedAt);
  return { id, user, org, collection, received, sha256, bytes, state, outcomes: outcomes.map(toRecord) };
}

function describe(submission: Submission, alias: string): string {
  const { id, user, org, collection, receivedAt, sha256, bytes, outcomes, notBefore } = submission;
  const { tlp, audiences, consent } = submission.defaults;
  const said = [
    tlp === undefined ? [] : `tlp ${tlp}`,
    audiences === undefined ? [] : `audiences ${audiences.join(', ')}`,
    consent === undefined ? [] : `consent ${consent}`,
    notBefore === undefined ? [] : `not before ${formatTick(notBefore)}`,
  ].flat();
  const head = formatTable(
    [],
    [
      ['Submission', id],
      ['User', `${user} of ${org}`],
      ['Received', formatTick(receivedAt)],
      ['Collection', `${alias} (${collection})`],
      ['SHA-256', sha256],
      ['Bytes', String(bytes)],
      ...(said.length === 0 ? [] : [['Said for it', said.join('; ')]]),
      ['State', describeState(submission)],
      ...(outcomes.length === 0 ? [] : [['Outcome', describeCounts(countOutcomes(outcomes))]]),
    ],
  );
  return outcomes.length === 0 ? head : `${head}\n\n${describeOutcomes(outcomes)}`;
}
