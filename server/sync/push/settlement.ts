import type { FeedReject } from '../../domain/feed.ts';
import { parseVersionKey, type Tick } from '../../domain/timestamp.ts';
import type { ShownEntry } from '../../storage/port.ts';
import type { PartnerFailure, PartnerStatus } from '../client/taxii-client.ts';
import { toPrintable, toReject, toUnknownOutcome } from '../rejects.ts';

/** What a complete status comes to. */
export interface Settlement {
  readonly accepted: number;
  readonly rejected: number;
  readonly rejects: readonly FeedReject[];
}

export interface SettlementTerms {
  readonly at: Tick;
  /** Of an original that is kept. */
  readonly maxOriginalBytes: number;
}

type Sent = Pick<ShownEntry, 'id' | 'version' | 'versionKey' | 'text'>;

/** What became of the entries of an envelope, as its complete status says (TAXII 2.1, 4.3). */
export function settleEnvelope(
  status: PartnerStatus,
  entries: readonly Sent[],
  { at, maxOriginalBytes }: SettlementTerms,
): Settlement {
  const named = matchFailures(status.failures.slice(0, entries.length), entries);
  const rejects = named.map(({ failure, entry }) => {
    const refused = entry ?? { id: failure.id, version: failure.version, text: undefined };
    return toReject(refused, toReason(failure), at, maxOriginalBytes);
  });
  const rejected = Math.min(entries.length, Math.max(rejects.length, status.failureCount));
  const accepted = Math.min(entries.length - rejected, status.successCount);
  if (rejects.length === rejected) return { accepted, rejected, rejects };
  if (rejected < entries.length) {
    return { accepted, rejected, rejects: [...rejects, toUnnamed(status, entries, at)] };
  }
  // All of them were refused, so it is known which, whether the partner names them or not.
  const matched = new Set(named.map(({ entry }) => entry));
  const others = entries.filter((entry) => !matched.has(entry)).slice(0, rejected - rejects.length);
  const unexplained = others.map((entry) => toReject(entry, UNEXPLAINED, at, maxOriginalBytes));
  return { accepted, rejected, rejects: [...rejects, ...unexplained] };
}

const UNEXPLAINED = 'The partner refused it and did not say why.';

/** Why one object is a reject, in the partner's own words. */
export function toReason({ message }: PartnerFailure): string {
  const said = message === undefined ? '' : toPrintable(message);
  return said === '' ? UNEXPLAINED : `The partner refused it: ${said}`;
}

/** A partner need not list its failures (TAXII 2.1, 4.3.1); who wants to know asks there. */
function toUnnamed(status: PartnerStatus, entries: readonly Sent[], at: Tick): FeedReject {
  const name = status.id ?? `${entries[0]?.id} ${entries.length}`;
  const count = `${status.failureCount} of ${entries.length} objects`;
  const detail = `The partner refused ${count} and named ${status.failures.length} of them (status ${toPrintable(name, 100)}).`;
  return toUnknownOutcome(name, detail, at);
}

interface NamedFailure {
  readonly failure: PartnerFailure;
  readonly entry: Sent | undefined;
}

/**
 * Each failure with its entry: by id and version, else by id alone, as what a partner calls the version of an object
 * without `modified` is its own choice.
 */
function matchFailures(
  failures: readonly PartnerFailure[],
  entries: readonly Sent[],
): readonly NamedFailure[] {
  const byId = Map.groupBy(entries, ({ id }) => id);
  const take = (failure: PartnerFailure, isExact: boolean): Sent | undefined => {
    const sameId = byId.get(failure.id) ?? [];
    const key = failure.version === undefined ? undefined : parseVersionKey(failure.version);
    const index = isExact ? sameId.findIndex(({ versionKey }) => versionKey === key) : 0;
    const [found] = index < 0 ? [] : sameId.splice(index, 1);
    return found;
  };
  // Exact ones first, so that a vague one does not take the entry of another failure.
  const exact = failures.map((failure) => take(failure, true));
  return failures.map((failure, index) => ({ failure, entry: exact[index] ?? take(failure, false) }));
}
