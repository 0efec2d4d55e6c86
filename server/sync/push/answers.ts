import type { FeedReject, PendingStatus } from '../../domain/feed.ts';
import type { ShownEntry } from '../../storage/port.ts';
import type { PartnerStatus } from '../client/taxii-client.ts';
import { PartnerFault } from '../partner-fault.ts';
import { toUnsettled } from './pending.ts';
import { toUnknownOutcome } from '../rejects.ts';
import type { PushRun } from './push-run.ts';
import { settleEnvelope, type Settlement } from './settlement.ts';
import { waitForStatus } from './status-wait.ts';

/** A longer one is not kept in the cursor. */
const MAX_STATUS_ID = 200;

/**
 * Sends one envelope.
 * @returns the status, or the fault when it is one of the envelope: of its size, or of what is in it
 * @throws PartnerFault any other one, and the reason of the signal
 */
export async function offerEnvelope(
  { running, partner }: PushRun,
  body: Uint8Array,
): Promise<PartnerStatus | PartnerFault> {
  try {
    return await running.client.addObjects(partner(), body);
  } catch (error) {
    running.signal.throwIfAborted();
    if (error instanceof PartnerFault && isOfEnvelope(error)) return error;
    throw error;
  }
}

/** Other answers of the 400s are not about what was sent. */
function isOfEnvelope({ code, status }: PartnerFault): boolean {
  if (code === 'request.too-large') return true;
  return code === 'request.refused' && (status === undefined || status === 400 || status === 422);
}

/** What became of an envelope whose status is complete. */
export function settleNow(
  { context, running }: PushRun,
  status: PartnerStatus,
  entries: readonly ShownEntry[],
): Settlement {
  return settleEnvelope(status, entries, {
    at: context.clock.now(),
    maxOriginalBytes: running.limits.maxObjectBytes,
  });
}

/**
 * Keeps the status of an envelope, makes that durable, and waits for the end of it unless statuses gave trouble before.
 * What has not ended by then is left to the next run.
 * @returns whether to wait for the next one
 */
export async function waitForEnvelope(
  run: PushRun,
  status: PartnerStatus,
  entries: readonly ShownEntry[],
  mayAsk: boolean,
): Promise<boolean> {
  const { context, running, journal, partner } = run;
  const { client, signal, limits } = running;
  const now = context.clock.now();
  const { id } = status;
  if (id === undefined || id.length > MAX_STATUS_ID) {
    journal.note(journal.tick, {}, [toUnnamed(entries, now)]);
    await journal.save();
    return mayAsk;
  }
  const pending: PendingStatus = { id, askedAt: now };
  const dropped = journal.addPending(pending);
  const unsettled = dropped.map((each) => toUnsettled(each, 'is one of too many that are pending', now));
  journal.note(journal.tick, {}, unsettled);
  await journal.save();
  if (!mayAsk) return false;

  const { apiRoot } = partner();
  const source = { client, apiRoot, signal, wait: context.wait, waitMs: limits.statusWaitMs };
  const answer = await waitForStatus(source, id);
  if (answer?.kind === 'troubled') return false;
  if (answer?.kind === 'complete') noteEnd(run, pending, settleNow(run, answer.status, entries));
  if (answer?.kind === 'gone') {
    const lost = [toUnsettled(pending, 'is gone', context.clock.now())];
    noteEnd(run, pending, { accepted: 0, rejected: 0, rejects: lost });
  }
  await journal.save();
  return true;
}

function noteEnd({ journal }: PushRun, { id }: PendingStatus, settlement: Settlement): void {
  const { accepted, rejected, rejects } = settlement;
  journal.note(journal.tick, { accepted, rejected }, rejects);
  journal.dropPending(id);
}

function toUnnamed(entries: readonly ShownEntry[], at: number): FeedReject {
  const first = entries[0]?.id ?? '';
  const reason =
    `The partner took ${entries.length} objects (the first is ${first}) and says that it is not done, without the id of ` +
    'a status to ask for: which of them it refused is not known.';
  return toUnknownOutcome(`${first} ${at}`, reason, at);
}
