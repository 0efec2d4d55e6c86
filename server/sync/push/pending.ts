import type { FeedReject, PendingStatus } from '../../domain/feed.ts';
import { ALL_VERSIONS } from '../../domain/object-query.ts';
import { formatTick, MICROS_PER_SECOND, parseVersionKey, type Tick } from '../../domain/timestamp.ts';
import type { ReadableCollection } from '../../domain/access.ts';
import type { Store } from '../../storage/port.ts';
import type { PartnerFailure, PartnerStatus } from '../client/taxii-client.ts';
import { toPrintable, toReject, toUnknownOutcome } from '../rejects.ts';
import { toReason, type Settlement } from './settlement.ts';
import { askStatus, type StatusSource } from './status-wait.ts';

export interface PendingTerms extends StatusSource {
  readonly store: Pick<Store, 'readObjects'>;
  /** What was sent was from here; the originals of failures are looked up in it. */
  readonly collection: ReadableCollection;
  readonly now: () => Tick;
  /** Of an original that is kept. */
  readonly maxOriginalBytes: number;
  /** So many failures of one status are believed. */
  readonly maxFailures: number;
}

/** A partner that has not decided for a week will not do so any more. */
const MAX_AGE = 7 * 24 * 3600 * MICROS_PER_SECOND;
const NOTHING: Settlement = { accepted: 0, rejected: 0, rejects: [] };

/**
 * Asks once for a status that an earlier run left.
 * @returns what it came to; `pending` when it is asked again next time, `troubled` when none can be asked now
 * @throws PartnerFault, and the reason of the signal
 */
export async function settlePending(
  terms: PendingTerms,
  pending: PendingStatus,
): Promise<Settlement | 'pending' | 'troubled'> {
  const answer = await askStatus(terms, pending.id);
  switch (answer.kind) {
    case 'troubled':
      return isOld(pending, terms.now()) ? giveUp(pending, 'is not to be had', terms.now()) : 'troubled';
    case 'pending':
      return isOld(pending, terms.now()) ? giveUp(pending, 'is still pending', terms.now()) : 'pending';
    case 'gone':
      return giveUp(pending, 'is gone', terms.now());
    case 'complete':
      return settleLate(terms, answer.status);
  }
}

function isOld({ askedAt }: PendingStatus, now: Tick): boolean {
  return now - askedAt > MAX_AGE;
}

function giveUp(pending: PendingStatus, why: string, at: Tick): Settlement {
  return { ...NOTHING, rejects: [toUnsettled(pending, why, at)] };
}

/** Says that it will not be known what became of the objects of a status. */
export function toUnsettled({ id, askedAt }: PendingStatus, why: string, at: Tick): FeedReject {
  const reason =
    `The partner's status ${toPrintable(id, 100)} ${why}: it took what was sent at ${formatTick(askedAt)}, ` +
    'and which of these objects it refused is not known.';
  return toUnknownOutcome(id, reason, at);
}

async function settleLate(terms: PendingTerms, status: PartnerStatus): Promise<Settlement> {
  const rejects: FeedReject[] = [];
  for (const failure of status.failures.slice(0, terms.maxFailures)) {
    terms.signal.throwIfAborted();
    const { id, version } = failure;
    const text = await findOriginal(terms, failure);
    rejects.push(toReject({ id, version, text }, toReason(failure), terms.now(), terms.maxOriginalBytes));
  }
  const rejected = Math.min(Math.max(rejects.length, status.failureCount), terms.maxFailures);
  const accepted = Math.min(status.successCount, terms.maxFailures);
  return { accepted, rejected, rejects };
}

/** What the collection still shows under the id: of that version, or the only one. */
async function findOriginal(
  { store, collection }: PendingTerms,
  { id, version }: PartnerFailure,
): Promise<string | undefined> {
  const key = version === undefined ? undefined : parseVersionKey(version);
  const query = { after: 0, limit: 2, ids: [id] };
  if (key !== undefined) {
    const exact = { all: false, first: false, last: false, exact: [key] };
    const { texts } = await store.readObjects(collection.id, { ...query, versions: [exact] });
    if (texts[0] !== undefined) return texts[0];
  }
  const { texts } = await store.readObjects(collection.id, { ...query, versions: [ALL_VERSIONS] });
  return texts.length === 1 ? texts[0] : undefined;
}
