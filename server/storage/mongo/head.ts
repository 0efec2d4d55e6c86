import type { Collection } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import type { CollectionId, Handle } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import { isUnsupported } from './errors.ts';
import type { Snapshot } from './snapshot.ts';

/** What the head knows of one TAXII collection. */
export interface CollectionHead {
  readonly lastTick: Tick;
  readonly generation: number;
  /** How many entries it has. */
  readonly entries: number;
}

const NO_COLLECTION: CollectionHead = { lastTick: 0, generation: 0, entries: 0 };

/** What a head knows of a collection; nothing of one that nothing was ever written to. */
export function collectionOf(head: HeadDocument | undefined, collection: CollectionId): CollectionHead {
  return head?.collections[collection] ?? NO_COLLECTION;
}

/** Who is writing. */
export interface Lock {
  /** Names one attempt of one process. */
  readonly owner: string;
  /** Rises while the owner lives. */
  readonly beat: number;
}

/**
 * The one document that decides what is visible. `fence` numbers attempts to write and only rises; `commit` is the
 * last one that succeeded. A commit is one conditional update of this document, so it happens as a whole or not.
 */
export interface HeadDocument extends Snapshot {
  readonly _id: 'head';
  readonly format: number;
  readonly fence: number;
  readonly lock: Lock | null;
  readonly nextHandle: Handle;
  /** The highest tick given to any commit. */
  readonly lastTick: Tick;
  /** The generation of the directory. */
  readonly directory: number;
  readonly collections: Readonly<Record<CollectionId, CollectionHead>>;
  /** The last commit that took something away which a reader may have had in hand. */
  readonly taken?: number;
  /** A random name, so that no two databases are taken for each other. */
  readonly database: string;
  /** An import that was begun and not finished. */
  readonly import?: ImportHead;
}

/** How far an import is. */
export interface ImportHead {
  readonly mark: string;
  readonly position?: string;
  /** The fence of the batch that is being written, or was when its writer died. */
  readonly batch?: number;
}

/** Reads the head, and remembers it for a moment. */
export interface HeadReader {
  /** As it is now. */
  fresh(): Promise<HeadDocument>;
  /** As it was at most `staleMs` before the call. */
  recent(): Promise<HeadDocument>;
  /** The newest one seen by this process; undefined before the first. */
  known(): HeadDocument | undefined;
  /** When this process came to know of the last commit that took something away; by then it was done. */
  takenAtMs(): number;
  /** Remembers a head that an update answered with. */
  learn(head: HeadDocument, askedAtMs: number): void;
}

export interface HeadReaderOptions {
  readonly heads: Collection<HeadDocument>;
  readonly nowMs: () => number;
  /** For how long a head is good enough for a request; 0 asks for each. */
  readonly staleMs: number;
}

interface Flight {
  readonly startedAtMs: number;
  readonly head: Promise<HeadDocument>;
}

/** Makes the reader of one process. Many requests of one moment share one answer. */
export function createHeadReader({ heads, nowMs, staleMs }: HeadReaderOptions): HeadReader {
  let newest: HeadDocument | undefined;
  // When the question was asked that `newest` answers: it was true then, or became so later.
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let takenAtMs = Number.NEGATIVE_INFINITY;
  let flight: Flight | undefined;
  let isLinearizable = true;

  function learn(head: HeadDocument, at: number): void {
    // What is remembered is at least as new as any answer that comes late.
    askedAtMs = Math.max(askedAtMs, at);
    if (newest && !isNewer(head, newest)) return;
    if (head.taken !== newest?.taken) takenAtMs = nowMs();
    newest = head;
  }

  /** Asks for what is true now and stays true; a server that cannot promise the first promises the second. */
  async function find(): Promise<HeadDocument | null> {
    if (isLinearizable) {
      try {
        return await heads.findOne({ _id: 'head' }, { readConcern: { level: 'linearizable' } });
      } catch (error) {
        if (!isUnsupported(error)) throw error;
        isLinearizable = false;
      }
    }
    return heads.findOne({ _id: 'head' }, { readConcern: { level: 'majority' } });
  }

  async function ask(startedAtMs: number): Promise<HeadDocument> {
    const head = await find();
    if (!head)
      throw new AppError('storage.corrupt', { detail: 'The database was emptied while it was in use.' });
    learn(head, startedAtMs);
    return newest && isNewer(newest, head) ? newest : head;
  }

  return {
    learn,
    known: () => newest,
    takenAtMs: () => takenAtMs,
    fresh: () => ask(nowMs()),
    recent() {
      const now = nowMs();
      if (newest && now - askedAtMs < staleMs) return Promise.resolve(newest);
      if (flight && now - flight.startedAtMs < staleMs) return flight.head;
      const own: Flight = { startedAtMs: now, head: ask(now) };
      flight = own;
      void own.head
        .catch(() => undefined)
        .finally(() => {
          if (flight === own) flight = undefined;
        });
      return own.head;
    },
  };
}

/** Whether one head says the same as another or something later. */
function isNewer(one: HeadDocument, other: HeadDocument): boolean {
  return one.fence > other.fence || (one.fence === other.fence && one.commit >= other.commit);
}
