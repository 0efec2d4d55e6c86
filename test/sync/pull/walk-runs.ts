import type { PullCursor } from '../../../server/domain/feed.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { walk } from '../../../server/sync/pull/walk.ts';
import type { MemoryPartner } from './memory-partner.ts';

const ADDRESS = { apiRoot: 'https://partner.example/api/', collection: 'c' };

export interface Bounds {
  readonly pageLimit: number;
  readonly maxPages: number;
  readonly maxObjects: number;
}

/** What is durable of a feed after some runs. */
export interface Reader {
  readonly texts: ReadonlySet<string>;
  readonly oversized: readonly string[];
  readonly cursor: PullCursor;
  readonly cursors: readonly PullCursor[];
  readonly runs: number;
  /** @param diesAt the page that is read and not saved, counted from 0 */
  run(diesAt?: number): Promise<'complete' | 'unfinished' | 'died' | PartnerFault>;
}

/** Runs a walk again and again, as a feed does. */
export function createReader(partner: MemoryPartner, limits: Bounds): Reader {
  const texts = new Set<string>();
  const oversized: string[] = [];
  const cursors: PullCursor[] = [];
  let cursor: PullCursor = {};
  let isCoarse: boolean | undefined;
  let runs = 0;
  return {
    texts,
    oversized,
    cursors,
    get cursor() {
      return cursor;
    },
    get runs() {
      return runs;
    },
    async run(diesAt) {
      runs += 1;
      const pages = walk({
        client: partner,
        address: ADDRESS,
        cursor,
        ...(isCoarse === undefined ? {} : { isCoarse }),
        limits: { ...limits, maxRunBytes: Number.POSITIVE_INFINITY },
        clock: { now: () => partner.now() },
        signal: new AbortController().signal,
      });
      try {
        for (let count = 0; ; count += 1) {
          const step = await pages.next();
          if (step.done === true) return step.value;
          if (count === diesAt) return 'died';
          for (const { text } of step.value.objects) texts.add(text);
          oversized.push(...step.value.oversized);
          ({ cursor, isCoarse } = step.value);
          cursors.push(cursor);
        }
      } catch (error) {
        if (error instanceof PartnerFault) return error;
        throw error;
      }
    },
  };
}
