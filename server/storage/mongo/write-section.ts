import type { Tick } from '../../domain/timestamp.ts';
import type { WriteSection } from '../port.ts';
import type { Attempt } from './attempt.ts';
import type { HeadDocument } from './head.ts';
import type { HeldReader } from './held-reader.ts';
import type { Layout } from './layout.ts';
import type { Snapshot } from './snapshot.ts';
import { isOpenIntent } from './submissions.ts';

/** A tick above every tick given out before, in any collection and to any commit. */
export function nextTick({ lastTick, collections }: HeadDocument, wallClock: Tick): Tick {
  const ticks = Object.values(collections).map((collection) => collection.lastTick);
  return Math.max(wallClock, lastTick + 1, ...ticks.map((tick) => tick + 1));
}

/** The reads of a section over what one head shows. */
export function createReadSection(
  layout: Layout,
  snapshot: Snapshot,
  held: HeldReader,
  now: Tick,
): Omit<WriteSection, 'reserveHandles'> {
  return { now, isOpenIntent: (id) => isOpenIntent(layout, id, snapshot), ...held };
}

/** The same, with handles to give out. */
export function createWriteSection(
  layout: Layout,
  attempt: Attempt,
  held: HeldReader,
  now: Tick,
): WriteSection {
  return {
    ...createReadSection(layout, attempt.snapshot, held, now),
    reserveHandles(count) {
      const first = attempt.changes().nextHandle ?? attempt.head.nextHandle;
      attempt.change({ nextHandle: first + count });
      return first;
    },
  };
}
