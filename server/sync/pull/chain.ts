import type { PullCursor } from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';

/** Pages that `next` leads through, all with the `added_after` of the first one (TAXII 2.1, 3.5). */
export interface Chain {
  /** What `added_after` says. */
  readonly after: Tick | undefined;
  /** What is sent as `next`; undefined for the first page. */
  readonly next: string | undefined;
  /** Whether `next` was given in this run. */
  readonly isFresh: boolean;
  /**
   * Whether `next` has changed from page to page. One that stays the same stands for what the partner remembers
   * (medallion): asked for twice, it leaves a page out.
   */
  readonly isChanging: boolean;
  /** What was surely read up to when the chain began. */
  readonly floor: Tick | undefined;
  /** What was surely read up to; as long as the pages come in order. */
  readonly reached: Tick | undefined;
  /** The highest date of all pages, in order or not. */
  readonly highest: Tick | undefined;
  /** Where the page before ended. */
  readonly last: Tick | undefined;
  readonly isInOrder: boolean;
}

/** Begins a chain. @param reached what was surely read up to */
export function openChain(after: Tick | undefined, reached: Tick | undefined): Chain {
  return {
    // One moment before the beginning of time there is none.
    after: after === undefined ? undefined : Math.max(0, after),
    next: undefined,
    isFresh: true,
    isChanging: false,
    floor: reached,
    reached,
    highest: reached,
    last: undefined,
    isInOrder: true,
  };
}

/**
 * Where dates say how far it came, a run begins with these: what a `next` stands for may have gone on or be forgotten.
 * @param since where a feed begins that has read nothing yet
 */
export function resumeChain(cursor: PullCursor, since: Tick | undefined): Chain {
  const { after = since, next, reached } = cursor;
  if (reached !== undefined && isAfter(reached - 1, after)) return openChain(reached - 1, reached);
  if (next !== undefined) {
    const chain = openChain(after, reached ?? after);
    return { ...chain, next, isFresh: false, isChanging: true, floor: after };
  }
  const isBefore = after !== undefined && cursor.overlaps === true;
  return openChain(isBefore ? after - 1 : after, later(reached, after));
}

/** Whether a run that begins with the one cursor asks for the same as one that begins with the other. */
export function isSameBeginning(one: PullCursor, other: PullCursor, since: Tick | undefined): boolean {
  const [a, b] = [resumeChain(one, since), resumeChain(other, since)];
  return a.after === b.after && a.next === b.next;
}

/** What a page says about where it stands, as far as it can be right. */
export interface Place {
  readonly first: Tick | undefined;
  readonly last: Tick | undefined;
}

/** The chain after a page with objects. */
export function notePage(chain: Chain, { first, last }: Place): Chain {
  const isInOrder =
    chain.isInOrder && !(first !== undefined && chain.last !== undefined && first < chain.last);
  return {
    ...chain,
    isInOrder,
    reached: isInOrder ? later(chain.reached, last) : chain.floor,
    highest: later(chain.highest, last),
    last: last ?? chain.last,
  };
}

export function followNext(chain: Chain, next: string): Chain {
  return { ...chain, next, isFresh: true, isChanging: chain.next !== undefined && chain.next !== next };
}

/** A chain from where what was read surely ends: when `next` leads no further. */
export function restartChain({ after, reached, floor, isInOrder }: Chain): Chain {
  const isFurther = isInOrder && reached !== undefined && isAfter(reached - 1, after);
  return isFurther ? openChain(reached - 1, reached) : openChain(after, floor);
}

/** Where the chain goes on. */
export function toCursor({ after, next, isChanging, reached }: Chain): PullCursor {
  return {
    ...(after === undefined ? {} : { after }),
    ...(next === undefined || !isChanging ? {} : { next }),
    ...(reached === undefined ? {} : { reached }),
  };
}

/** Where to begin when the chain has come to its end. */
export function toEnd({ after, highest }: Chain): PullCursor {
  const end = later(highest, after);
  return end === undefined ? {} : { after: end, reached: end };
}

/** Whether a moment comes after another one; everything comes after the beginning. */
export function isAfter(moment: Tick, other: Tick | undefined): boolean {
  return other === undefined || moment > other;
}

export function later(a: Tick | undefined, b: Tick | undefined): Tick | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}
