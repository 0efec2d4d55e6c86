import type { FeedReject, KnownPartner, PendingStatus } from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { FeedRunning, Progress } from '../feed-services.ts';

/** How many status resources are remembered; each is asked for once at the beginning of a run. */
export const MAX_PENDING = 100;

/** Where a push stands: what is noted becomes durable with the next `save`, all at once. */
export interface PushJournal {
  /** Everything up to here is done with, as far as this run knows. */
  readonly tick: Tick;
  /** Oldest first. */
  readonly pending: readonly PendingStatus[];
  /** How many rejects wait to be saved. */
  readonly unsavedRejects: number;
  /** Moves on to `tick`. */
  note(tick: Tick, done: Partial<Progress>, rejects?: readonly FeedReject[]): void;
  /** @returns those that are given up so that no more than `MAX_PENDING` are kept */
  addPending(status: PendingStatus): readonly PendingStatus[];
  dropPending(id: string): void;
  /** @throws PartnerFault `lease.lost` */
  save(): Promise<void>;
}

export interface JournalStart {
  readonly tick: Tick;
  readonly pending: readonly PendingStatus[];
  /** Saved with the rest. */
  readonly partner: () => KnownPartner;
  /** The partner is not saved yet. */
  readonly isPartnerNew: boolean;
}

const NOTHING: Progress = { objects: 0, accepted: 0, known: 0, rejected: 0, pages: 0 };

/** Starts where the last run ended. */
export function createPushJournal(running: Pick<FeedRunning, 'save'>, start: JournalStart): PushJournal {
  let { tick, pending } = start;
  let done = NOTHING;
  let rejects: readonly FeedReject[] = [];
  let isSaved = !start.isPartnerNew;
  return {
    get tick() {
      return tick;
    },
    get pending() {
      return pending;
    },
    get unsavedRejects() {
      return rejects.length;
    },
    note(reached, progress, added = []) {
      const isNothing = added.length === 0 && Object.values(progress).every((count) => count === 0);
      if (reached === tick && isNothing) return;
      tick = reached;
      done = add(done, { ...NOTHING, ...progress });
      rejects = [...rejects, ...added];
      isSaved = false;
    },
    addPending(status) {
      const all = [...pending, status];
      pending = all.slice(-MAX_PENDING);
      isSaved = false;
      return all.slice(0, -MAX_PENDING);
    },
    dropPending(id) {
      pending = pending.filter((each) => each.id !== id);
      isSaved = false;
    },
    async save() {
      if (isSaved) return;
      await running.save({ push: { tick, pending }, partner: start.partner() }, done, rejects);
      done = NOTHING;
      rejects = [];
      isSaved = true;
    },
  };
}

function add(one: Progress, other: Progress): Progress {
  return {
    objects: one.objects + other.objects,
    accepted: one.accepted + other.accepted,
    known: one.known + other.known,
    rejected: one.rejected + other.rejected,
    pages: one.pages + other.pages,
  };
}
