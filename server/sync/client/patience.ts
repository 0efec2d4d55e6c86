import type { FeedFaultCode } from '../../domain/feed.ts';
import type { PartnerFault } from '../partner-fault.ts';
import type { ClientOptions } from './taxii-client.ts';

/** What may be over when it is asked again. Adding objects again changes nothing, so a POST is repeated too. */
const PASSING: ReadonlySet<FeedFaultCode> = new Set([
  'connection.failed',
  'time.exceeded',
  'partner.busy',
  'partner.failed',
]);

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How failures of one request are borne. */
export interface Patience {
  /**
   * Waits until it may be asked again.
   * @throws the fault itself when it does not pass, or no retry is left, or the partner asks for too long a wait
   */
  bear(fault: PartnerFault): Promise<void>;
}

/** Pauses double from half a second on, each with jitter; what the partner asks for is kept to. */
export function createPatience({ limits, wait, random, signal }: ClientOptions): Patience {
  let retries = 0;
  return {
    async bear(fault) {
      if (!PASSING.has(fault.code) || retries >= limits.maxRetries) throw fault;
      const asked = fault.retryAfterMs ?? 0;
      if (asked > limits.maxRetryAfterMs) throw fault;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** retries, LONGEST_PAUSE_MS) * (0.5 + random() / 2);
      retries += 1;
      // However the pause ends, the reason of the signal comes first.
      await wait(Math.ceil(Math.max(asked, pause)), signal).finally(() => signal.throwIfAborted());
    },
  };
}
