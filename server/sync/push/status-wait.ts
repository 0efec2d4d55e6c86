import type { FeedFaultCode } from '../../domain/feed.ts';
import type { PartnerStatus, TaxiiClient } from '../client/taxii-client.ts';
import { PartnerFault } from '../partner-fault.ts';

/** What a partner says of a status resource (TAXII 2.1, 4.3). */
export type StatusAnswer =
  | { readonly kind: 'complete' | 'pending'; readonly status: PartnerStatus }
  /** It will not say any more: statuses go at any time after they are complete. */
  | { readonly kind: 'gone'; readonly fault: PartnerFault }
  /** It cannot say it now. What was sent is with the partner all the same. */
  | { readonly kind: 'troubled' };

export interface StatusSource {
  readonly client: Pick<TaxiiClient, 'readStatus'>;
  readonly apiRoot: string;
  readonly signal: AbortSignal;
}

export interface StatusWait extends StatusSource {
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long at most, in milliseconds, without the time that the answers take. */
  readonly waitMs: number;
}

const GONE: readonly FeedFaultCode[] = ['not-found', 'access.denied', 'request.refused'];
const TROUBLED: readonly FeedFaultCode[] = [
  'partner.failed',
  'answer.unreadable',
  'answer.too-large',
  'media.refused',
  'redirect.refused',
  'time.exceeded',
];
const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 30_000;

/**
 * Asks for a status once.
 * @throws PartnerFault what is wrong with the partner as a whole, and the reason of the signal
 */
export async function askStatus(
  { client, apiRoot, signal }: StatusSource,
  id: string,
): Promise<StatusAnswer> {
  try {
    const status = await client.readStatus(apiRoot, id);
    return { kind: status.isComplete ? 'complete' : 'pending', status };
  } catch (error) {
    // The time of the run may be over by the same code as the time of the request.
    signal.throwIfAborted();
    if (!(error instanceof PartnerFault)) throw error;
    if (GONE.includes(error.code)) return { kind: 'gone', fault: error };
    if (TROUBLED.includes(error.code)) return { kind: 'troubled' };
    throw error;
  }
}

/**
 * Asks until the status is no longer pending, each time after a longer pause, or the time is over.
 * @throws PartnerFault, and the reason of the signal, like `askStatus`
 */
export async function waitForStatus(source: StatusWait, id: string): Promise<StatusAnswer | undefined> {
  const { wait, waitMs, signal } = source;
  let answer: StatusAnswer | undefined;
  let waited = 0;
  for (let pause = FIRST_PAUSE_MS; waited < waitMs; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
    const ms = Math.min(pause, waitMs - waited);
    await wait(ms, signal);
    waited += ms;
    answer = await askStatus(source, id);
    if (answer.kind !== 'pending') return answer;
  }
  return answer;
}
