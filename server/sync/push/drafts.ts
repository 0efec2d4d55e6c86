import type { PushFeed } from '../../domain/feed.ts';
import type { CollectionId } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { ShownEntry, Store } from '../../storage/port.ts';
import { createEnvelope, type Envelope, type EnvelopeBounds } from './envelopes.ts';

/** The next envelope, and what was passed over on the way to it. */
export interface Draft {
  /** What is in the envelope, in the order of ticks. */
  readonly entries: readonly ShownEntry[];
  readonly envelope: Envelope;
  /** Every entry up to this tick is in the envelope, in `tooLarge`, or is not to be sent. */
  readonly through: Tick;
  /** How many came from this partner. */
  readonly known: number;
  readonly tooLarge: readonly ShownEntry[];
  /** There was nothing behind `through`. */
  readonly hasEnded: boolean;
}

export interface DraftSource {
  readonly store: Pick<Store, 'readEntries'>;
  readonly feed: PushFeed;
  readonly isEcho: (entries: readonly ShownEntry[]) => Promise<readonly boolean[]>;
  readonly signal: AbortSignal;
}

export interface DraftRange {
  readonly collection: CollectionId;
  /** Exclusive. */
  readonly after: Tick;
  /** Inclusive; undefined: as far as there is something. */
  readonly through: Tick | undefined;
  readonly bounds: EnvelopeBounds;
}

/** So many entries are looked at for one envelope, so that what is passed over is saved now and then. */
const MAX_SCANNED = 10_000;
/** Their texts are in memory until they are saved. */
const MAX_TOO_LARGE = 20;
const FIRST_CHUNK = 16;
const MAX_CHUNK = 64;

/**
 * Makes drafts. Each is read from the store anew, so that what was withdrawn while the partner thought about the last
 * one is not in it.
 */
export function createDrafts({ store, feed, isEcho, signal }: DraftSource): {
  /** @throws the reason of the signal */
  readonly readNext: (range: DraftRange) => Promise<Draft>;
} {
  const { types } = feed.match;
  const wanted = types && new Set(types);
  let averageBytes = 0;

  /** About as many as the envelope has room for: the store counts entries, and each may be large. */
  const toChunk = (envelope: Envelope, { objects, sharedBytes }: EnvelopeBounds): number => {
    if (averageBytes === 0) return Math.min(FIRST_CHUNK, objects);
    const byBytes = Math.ceil((sharedBytes - envelope.bytes) / averageBytes);
    return Math.max(1, Math.min(byBytes, objects - envelope.count, MAX_CHUNK));
  };
  const findEchoes = async (entries: readonly ShownEntry[]): Promise<ReadonlySet<ShownEntry>> => {
    const echoes = await isEcho(entries);
    return new Set(entries.filter((_, index) => echoes[index] === true));
  };

  return {
    async readNext({ collection, after, through: bound, bounds }) {
      const envelope = createEnvelope(bounds);
      const entries: ShownEntry[] = [];
      const tooLarge: ShownEntry[] = [];
      let [through, known, scanned] = [after, 0, 0];
      const toDraft = (reached: Tick, hasEnded: boolean): Draft => {
        return { entries, envelope, through: reached, known, tooLarge, hasEnded };
      };
      while (scanned < MAX_SCANNED && tooLarge.length < MAX_TOO_LARGE) {
        signal.throwIfAborted();
        const chunk = await store.readEntries(collection, through, toChunk(envelope, bounds));
        if (chunk.length === 0) return toDraft(through, true);
        averageBytes = toAverage(chunk);
        const matching = wanted ? chunk.filter(({ type }) => wanted.has(type)) : chunk;
        const echoes = await findEchoes(matching);
        const candidates = new Set(matching);
        for (const entry of chunk) {
          // Ticks only rise: behind the bound there is nothing to come up to it any more.
          if (bound !== undefined && entry.tick > bound) return toDraft(bound, false);
          if (echoes.has(entry)) known += 1;
          else if (candidates.has(entry)) {
            const room = envelope.add(entry.text);
            if (room === 'full') return toDraft(through, false);
            (room === 'added' ? entries : tooLarge).push(entry);
          }
          through = entry.tick;
          scanned += 1;
        }
      }
      return toDraft(through, false);
    },
  };
}

function toAverage(chunk: readonly ShownEntry[]): number {
  const bytes = chunk.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return Math.max(1, Math.ceil(bytes / chunk.length));
}
