import type { Behaviour } from './behaviour.ts';
import { writeDate } from './dates.ts';
import { select, type HeldObject, type PartnerStock } from './stock.ts';

/** One page of a chain. */
export interface Page {
  readonly held: readonly HeldObject[];
  readonly more: boolean | undefined;
  readonly next: string | number | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a page is refused: what the error message says. */
export interface Refusal {
  readonly refused: string;
}

/** Where a `next` leads to. */
interface Position {
  /** Behind this one; undefined: at the beginning. */
  readonly behind: HeldObject | undefined;
  /** The page of its chain, from 1. */
  readonly page: number;
  readonly emptyLeft: number;
  readonly repeatsLeft: number;
}

export interface Pager {
  read(stock: PartnerStock, query: URLSearchParams, behaviour: Behaviour): Page | Refusal;
  /** No `next` that was given out so far is good any more. */
  forget(): void;
}

const DEFAULT_PAGE_SIZE = 100;
const HOUR = 3_600_000_000;
const CYCLE = 3;
const FIRST: Position = { behind: undefined, page: 1, emptyLeft: 0, repeatsLeft: 0 };

export function createPager(): Pager {
  let positions = new Map<string, Position>();
  let given = 0;
  let pages = 0;

  function remember(position: Position, kept: string | undefined): number {
    if (kept !== undefined) {
      positions.set(kept, position);
      return Number(kept);
    }
    given += 1;
    positions.set(String(given), position);
    return given;
  }

  function turn(from: Position, last: HeldObject | undefined, behaviour: Behaviour): Position {
    const { repeatedPages = 0, emptyPages = 0, next } = behaviour;
    if (next === 'repeats') return from;
    if (next === 'cycles' && from.page === CYCLE) return FIRST;
    if (from.repeatsLeft > 0) return { ...from, repeatsLeft: from.repeatsLeft - 1 };
    if (from.emptyLeft > 0) return { ...from, emptyLeft: from.emptyLeft - 1 };
    return {
      behind: last ?? from.behind,
      page: from.page + 1,
      emptyLeft: emptyPages,
      repeatsLeft: repeatedPages,
    };
  }

  return {
    forget() {
      positions = new Map();
    },
    read(stock, query, behaviour) {
      const token = query.get('next');
      if (token !== null && behaviour.next === 'refused') return { refused: 'The next is not known.' };
      const position =
        token === null ? { ...FIRST, repeatsLeft: behaviour.repeatedPages ?? 0 } : positions.get(token);
      if (!position) return { refused: 'The next is not known.' };
      if (token !== null && position.page > (behaviour.nextLivesFor ?? Infinity)) {
        return { refused: 'The next has expired.' };
      }
      const addedAfter = query.get('added_after');
      const types = query.get('match[type]')?.split(',');
      const found = select(
        stock,
        {
          ...(addedAfter === null ? {} : { addedAfter }),
          ...(types ? { types } : {}),
          allVersions: query.get('match[version]') === 'all',
        },
        behaviour,
      );
      const start = position.behind ? countUpTo(found, position.behind, behaviour) : 0;
      const limit = Math.min(Number(query.get('limit') ?? Infinity), behaviour.pageSize ?? DEFAULT_PAGE_SIZE);
      const held = position.emptyLeft > 0 ? [] : found.slice(start, start + limit);
      const isMore = start + held.length < found.length || position.repeatsLeft > 0;
      const hasNext = isMore || behaviour.next === 'always' || behaviour.next === 'repeats';
      const turned = turn(position, held.at(-1), behaviour);
      const kept = behaviour.next === 'kept' && token !== null ? token : undefined;
      pages += 1;
      return {
        held,
        more: toMore(isMore, behaviour),
        next: hasNext ? toNext(() => remember(turned, kept), behaviour) : undefined,
        headers: toHeaders(held, pages, behaviour),
      };
    },
  };
}

/** How many of these come up to this one, also when it is gone. */
function countUpTo(found: readonly HeldObject[], behind: HeldObject, { order }: Behaviour): number {
  const isUpTo = ({ dateAdded, seq }: HeldObject): boolean =>
    dateAdded < behind.dateAdded || (dateAdded === behind.dateAdded && seq <= behind.seq);
  const isBefore = ({ dateAdded, seq }: HeldObject): boolean =>
    dateAdded > behind.dateAdded || (dateAdded === behind.dateAdded && seq >= behind.seq);
  return found.filter(order === 'newest-first' ? isBefore : isUpTo).length;
}

function toMore(isMore: boolean, { more }: Behaviour): boolean | undefined {
  if (more === 'left-out') return undefined;
  if (more === 'always') return true;
  return isMore ? true : undefined;
}

function toNext(remember: () => number, { next }: Behaviour): string | number | undefined {
  if (next === 'left-out') return undefined;
  if (next === 'empty') return '';
  return next === 'integer' ? remember() : String(remember());
}

function toHeaders(
  held: readonly HeldObject[],
  pages: number,
  { dates, precision = 'us' }: Behaviour,
): Record<string, string> {
  const first = held[0]?.dateAdded;
  const last = held.at(-1)?.dateAdded;
  if (dates === 'missing' || first === undefined || last === undefined) return {};
  const write = (date: number): string => {
    if (dates === 'invalid') return new Date(date / 1000).toUTCString();
    if (dates === 'empty') return 'undefined';
    if (dates === 'backwards') return writeDate(date - pages * HOUR, precision);
    if (dates === 'future') return writeDate(date + 365_000 * 24 * HOUR, precision);
    return writeDate(date, precision);
  };
  return { 'X-TAXII-Date-Added-First': write(first), 'X-TAXII-Date-Added-Last': write(last) };
}
