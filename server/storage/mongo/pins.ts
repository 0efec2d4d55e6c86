import { AppError } from '../../domain/errors.ts';
import type { Layout } from './layout.ts';

/** An export that gave no sign for so long has died. */
const SILENT_MS = 60_000;
const BEAT_MS = 5000;
const PREFIX = 'export ';

/** What exports hold back from the sweep, in every process. */
export interface Pins {
  /** Keeps what a commit shows, and what came later, until it is released. */
  pin(commit: number, name: string): Promise<Pin>;
  /** The oldest commit that is kept; undefined when none is. */
  oldest(): Promise<number | undefined>;
}

export interface Pin {
  /** @throws AppError `storage.unavailable` when it was taken for dead: what it kept may be gone */
  refuseLost(): Promise<void>;
  release(): Promise<void>;
}

interface Sighting {
  readonly beat: number;
  readonly atMs: number;
}

/** Pins are leases whose fence is the commit; whoever sweeps sees by its own clock that they live. */
export function createPins({ leases }: Layout, nowMs: () => number): Pins {
  const seen = new Map<string, Sighting>();

  return {
    async pin(commit, name) {
      const _id = `${PREFIX}${name}`;
      await leases.insertOne({ _id, holder: name, fence: commit, beat: 0 });
      const beat = setInterval(() => {
        leases.updateOne({ _id }, { $inc: { beat: 1 } }).catch(() => undefined);
      }, BEAT_MS);
      beat.unref();
      return {
        async refuseLost() {
          if (await leases.findOne({ _id })) return;
          const detail = 'The export was stopped for so long that it was given up. Start it again.';
          throw new AppError('storage.unavailable', { detail });
        },
        async release() {
          clearInterval(beat);
          await leases.deleteOne({ _id });
        },
      };
    },
    async oldest() {
      const pins = await leases.find({ _id: { $gte: PREFIX, $lt: `${PREFIX}~` } }).toArray();
      const commits: number[] = [];
      for (const { _id, fence, beat } of pins) {
        const before = seen.get(_id);
        if (before?.beat !== beat) seen.set(_id, { beat, atMs: nowMs() });
        else if (nowMs() - before.atMs > SILENT_MS) await leases.deleteOne({ _id, beat });
        commits.push(fence);
      }
      return commits.length === 0 ? undefined : Math.min(...commits);
    },
  };
}
