import type { PullCursor } from '../../domain/feed.ts';
import type { Clock } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { RawObject } from '../../stix/read-objects.ts';
import {
  followNext,
  isAfter,
  isSameBeginning,
  later,
  notePage,
  openChain,
  restartChain,
  resumeChain,
} from './chain.ts';
import { toCursor, toEnd, type Chain, type Place } from './chain.ts';
import type { CollectionAddress, PartnerManifest, PartnerPage, TaxiiClient } from '../client/taxii-client.ts';
import type { FeedLimits, RunEnd } from '../feed-services.ts';
import { createEndDates, findEnd, passMoment } from './manifest-dates.ts';
import { cutAhead, isSecondOpen, isStillCoarse, placeOf } from './page-place.ts';
import { createPageSize } from './page-size.ts';
import { PartnerFault } from '../partner-fault.ts';
import { createSeen, toPrints } from './seen.ts';

export interface WalkSource {
  readonly client: Pick<TaxiiClient, 'readObjects' | 'readManifest' | 'bill'>;
  readonly address: CollectionAddress;
  /** `match[type]`; everything unless told. */
  readonly types?: readonly string[];
  readonly cursor: PullCursor;
  /** Where a feed begins that has read nothing yet. */
  readonly since?: Tick;
  /** Every timestamp of the partner so far was a whole second. */
  readonly isCoarse?: boolean;
  readonly limits: Pick<FeedLimits, 'maxPages' | 'maxRunBytes' | 'pageLimit' | 'maxObjects'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What one request brought. */
export interface WalkedPage {
  /** Some of them may have come before. */
  readonly objects: readonly RawObject[];
  /** Ids of objects so large that no answer can hold them. */
  readonly oversized: readonly string[];
  /** Where to go on once the page is durable. */
  readonly cursor: PullCursor;
  readonly isCoarse: boolean | undefined;
  /** The partner's clock, when it says it. */
  readonly date: Tick | undefined;
}

/** What comes after a page. */
type Move =
  | { readonly kind: 'on'; readonly chain: Chain }
  /** The same once more, with another limit. */
  | { readonly kind: 'again' }
  | { readonly kind: 'end' }
  | { readonly kind: 'stuck'; readonly why: string };

const again: Move = { kind: 'again' };
const end: Move = { kind: 'end' };
const stuck = (why: string): Move => ({ kind: 'stuck', why });
const goOn = (chain: Chain): Move => ({ kind: 'on', chain });

/** More empty pages in a row with the promise of more are no gaps that deletions left. */
const MAX_EMPTY = 1000;
/** So often an empty page that leads nowhere is asked for again. */
const MAX_EMPTY_AGAIN = 3;
const MAX_RESTARTS = 3;
/** So often in a row a page may come again before its `next` is not followed any more. */
const MAX_REPEATS = 2;
/** Of the manifest, to see what shares a moment. */
const MOMENT_RECORDS = 16;
/** Of the manifest, to find dates in; it may give fewer. */
const MANIFEST_RECORDS = 1000;

/**
 * Reads a partner's collection from where the cursor stands, page by page, so that nothing is left out whatever faults
 * its paging has (docs/decisions/0019). A page is handed out before the next one is asked for; what comes twice is
 * handed out twice. The cursor of a page never lies before the one that was given.
 * @returns how the run ended, after the last page
 * @throws PartnerFault `paging.stuck` when the partner says that there is more and nothing leads there,
 * `answer.too-large` when an object cannot be passed over, and what the client throws
 */
export async function* walk(source: WalkSource): AsyncGenerator<WalkedPage, RunEnd, undefined> {
  const { client, address, limits, signal, clock } = source;
  const matched = source.types === undefined ? {} : { types: source.types };
  const size = createPageSize(limits.pageLimit, limits.maxObjects);
  const seen = createSeen();
  const seenInChain = createSeen();
  let chain = resumeChain(source.cursor, source.since);
  const began = chain.highest;
  let { isCoarse } = source;
  let latest: readonly RawObject[] = [];
  let isDated = true;
  let pages = 0;
  let trust: 'full' | 'late' | 'none' = 'full';
  let restarts = 0;
  let blocked: PartnerFault | undefined;
  let empties = 0;
  let repeats = 0;
  /** Where the next run begins. */
  let kept = source.cursor;

  const isSpent = (asked: number): boolean =>
    pages >= limits.maxPages ||
    asked >= 2 * limits.maxPages + MAX_EMPTY ||
    client.bill().bytesIn >= limits.maxRunBytes;

  const queryAt = (after: Tick | undefined, limit: number) => ({
    ...(after === undefined ? {} : { addedAfter: after }),
    ...matched,
    limit,
    allVersions: true,
  });

  /** A partner without a manifest is borne. */
  async function readManifest(after: Tick | undefined, limit: number): Promise<PartnerManifest | undefined> {
    try {
      return cutAhead(await client.readManifest(address, queryAt(after, limit)), clock.now());
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PartnerFault && error.code !== 'lease.lost') return undefined;
      throw error;
    }
  }

  function restart(): Chain {
    restarts += 1;
    return restartChain(chain);
  }

  function begin(next: Chain): void {
    chain = next;
    if (chain.next === undefined) seenInChain.keep([]);
  }

  /** @returns undefined when the same has to be asked again, after `chain` was set */
  async function ask(): Promise<PartnerPage | 'oversized' | undefined> {
    try {
      const { next } = chain;
      const query = { ...queryAt(chain.after, size.limit), ...(next === undefined ? {} : { next }) };
      const { requests } = client.bill();
      const page = await client.readObjects(address, query);
      const isAskedOnce = client.bill().requests <= requests + 1;
      // An answer that was lost on the way counts as read where the partner only remembers how far it came.
      if (next === undefined || isAskedOnce || chain.isChanging || (page.next ?? next) !== next) return page;
      if (restarts >= MAX_RESTARTS) trust = trust === 'full' ? 'late' : 'none';
      begin(restart());
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PartnerFault)) throw error;
      const isTooLarge = error.code === 'answer.too-large';
      if (isTooLarge && size.shrink()) {
        // What is only remembered may have gone on behind the page that was too large.
        if (chain.next !== undefined && !chain.isChanging) begin(restartChain(chain));
        return undefined;
      }
      if (isTooLarge && chain.next === undefined) return 'oversized';
      if (chain.next === undefined) throw error;
      const isRefused = REFUSALS.includes(error.code);
      if (!isRefused && !isTooLarge && !FAILURES.includes(error.code)) throw error;
      if (restarts >= MAX_RESTARTS) throw isRefused ? stuckFault('its "next" is refused', error) : error;
      // Partners forget a `next` after a while (medallion: 30 s). One that was given just now does not work at all.
      if (chain.isFresh || isTooLarge) trust = trust === 'full' ? 'late' : 'none';
      if (!isRefused) blocked = error;
      begin(restart());
      return undefined;
    }
  }

  /** Goes past one object that no answer can hold. */
  async function skipOversized(): Promise<{ page: WalkedPage; isLast: boolean }> {
    const manifest = await readManifest(chain.after, MOMENT_RECORDS);
    const passage = manifest && passMoment(manifest, [], 1);
    if (!passage || !(passage.isLast || isAfter(passage.after, chain.after))) {
      const detail =
        'One object of the partner is larger than any answer may be (POLLWATCH_FEED_MAX_PAGE_BYTES), or nests deeper ' +
        '(POLLWATCH_MAX_DEPTH), and its manifest does not show how to get past it. Raise the bound, or ask the partner.';
      throw new PartnerFault('answer.too-large', detail);
    }
    const { after, moment, skipped: oversized, isLast } = passage;
    // Where everything is too large it is no object's fault: what lies behind has to be readable.
    await client.readObjects(address, queryAt(after, 1));
    chain = openChain(later(after, chain.after), later(chain.reached, moment));
    isCoarse = isStillCoarse(isCoarse, [moment]);
    return { page: { objects: [], oversized, cursor: toCursor(chain), isCoarse, date: undefined }, isLast };
  }

  /** Where to go on after a page that says that there is more. */
  async function advance(page: PartnerPage, place: Place, isRepeated: boolean): Promise<Move> {
    const { next, objects } = page;
    const isEmpty = objects.length === 0;
    if (isEmpty && ++empties > MAX_EMPTY) return stuck(`${MAX_EMPTY} empty pages came in a row`);
    repeats = isRepeated ? repeats + 1 : 0;
    const isStale = repeats > MAX_REPEATS;
    if (next !== undefined && !isStale && trust === 'full') return goOn(followNext(chain, next));
    if (next !== undefined && trust === 'full') trust = 'none';

    // That a full page without a word of more might be followed by another is a guess.
    const isGuess = page.more === undefined && next === undefined;
    if (isGuess && chain.next !== undefined) return end;
    const { last } = place;
    if (last !== undefined && chain.isInOrder && isAfter(last - 1, chain.after)) {
      return goOn(openChain(last - 1, later(chain.reached, last)));
    }
    if (chain.next !== undefined && restarts < MAX_RESTARTS) {
      if (trust === 'full') trust = 'late';
      return goOn(restart());
    }
    if (last === undefined && chain.next === undefined && !isEmpty) {
      const manifest = await readManifest(chain.after, size.limit);
      const found = manifest && findEnd(manifest.records, objects);
      if (found !== undefined && isAfter(found - 1, chain.after)) {
        isCoarse = isStillCoarse(isCoarse, [found]);
        return goOn(openChain(found - 1, later(chain.reached, found)));
      }
    }
    if ((!isEmpty || empties <= MAX_EMPTY_AGAIN) && size.enlarge(objects.length)) return again;
    if (chain.next === undefined && !isEmpty) {
      // Everything of this moment was read when the manifest lists nothing else.
      const manifest = await readManifest(chain.after, Math.max(size.limit, MOMENT_RECORDS));
      const passage = manifest && passMoment(manifest, objects, 0);
      if (passage?.isLast === true) return end;
      if (passage && isAfter(passage.after, chain.after)) {
        return goOn(openChain(passage.after, later(chain.reached, passage.moment)));
      }
    }
    if (next !== undefined && !isStale && trust === 'late') return goOn(followNext(chain, next));
    return stuck('no "next", no date in its headers and no manifest of it leads there');
  }

  /** When the objects were added that the chain ended with, as the manifest says. */
  async function dateLatest(): Promise<Tick | undefined> {
    const dates = createEndDates(latest);
    let from = chain.last ?? chain.after;
    for (let manifests = 0; manifests <= 2 * pages; manifests += 1) {
      const manifest = await readManifest(from, MANIFEST_RECORDS);
      if (!manifest) break;
      dates.add(manifest.records);
      const reach = manifest.records.at(-1)?.dateAdded;
      if (dates.isFull || manifest.more !== true) break;
      if (reach === undefined || !isAfter(reach, from)) break;
      from = isAfter(reach - 1, from) ? reach - 1 : reach;
    }
    return dates.latest;
  }

  /** Where the next run begins. */
  async function endCursor(page: PartnerPage): Promise<PullCursor> {
    if (!isDated) {
      const found = await dateLatest();
      isCoarse = isStillCoarse(isCoarse, [found]);
      chain = { ...chain, highest: later(chain.highest, found) };
    }
    const cursor = toEnd(chain);
    const { after } = cursor;
    if (after === undefined || isCoarse !== true) return cursor;
    const hasGrown = isAfter(after, began);
    return isSecondOpen(after, page.date, hasGrown, clock.now()) ? { ...cursor, overlaps: true } : cursor;
  }

  for (let asked = 0; ; asked += 1) {
    signal.throwIfAborted();
    if (isSpent(asked)) {
      if (isSameBeginning(kept, source.cursor, source.since)) throw inVainFault();
      return 'unfinished';
    }
    const page = await ask();
    if (page === undefined) continue;
    if (page === 'oversized') {
      pages += 1;
      const passed = await skipOversized();
      kept = passed.page.cursor;
      yield passed.page;
      if (passed.isLast) return 'complete';
      continue;
    }
    const place = placeOf(page, chain.after, clock.now());
    const before = chain.highest;
    let fresh = 0;
    let isRepeated = false;
    if (page.objects.length > 0) {
      empties = 0;
      latest = page.objects;
      isDated = place.last !== undefined;
      isCoarse = isStillCoarse(isCoarse, [page.first, page.last]);
      chain = notePage(chain, place);
      const prints = toPrints(page.objects);
      fresh = seen.add(prints);
      isRepeated = seenInChain.add(prints) === 0 && chain.next !== undefined;
      if (chain.highest !== before) seen.keep(prints);
    }
    // What only repeats leads to larger pages, and is bounded by `asked`.
    if (fresh > 0 || page.objects.length === 0) pages += 1;
    const move = isMore(page, size.limit) ? await advance(page, place, isRepeated) : end;
    const cursor =
      move.kind === 'end' ? await endCursor(page) : toCursor(move.kind === 'on' ? move.chain : chain);
    kept = cursor;
    yield { objects: fresh === 0 ? [] : page.objects, oversized: [], cursor, isCoarse, date: page.date };
    if (move.kind === 'end') return 'complete';
    if (move.kind === 'stuck') throw blocked ?? stuckFault(move.why);
    if (move.kind === 'on') {
      begin(move.chain);
      if (fresh > 0) size.settle();
    } else {
      // The same page again is no step back.
      chain = { ...chain, last: undefined };
      seenInChain.keep([]);
    }
  }
}

/** What a `next` is answered with that is of no use any more. */
const REFUSALS: readonly PartnerFault['code'][] = ['request.refused', 'not-found'];
/** What some answer to one instead; another way may lead on. */
const FAILURES: readonly PartnerFault['code'][] = ['partner.failed', 'answer.unreadable'];

/** Without a word on it a page that has a `next`, or is as large as was asked for, may be followed by another. */
function isMore({ more, next, objects }: PartnerPage, limit: number): boolean {
  if (more !== undefined) return more;
  return objects.length > 0 && (next !== undefined || objects.length === limit);
}

/** Otherwise each run would read the same, and say that it goes on. */
function inVainFault(): PartnerFault {
  const detail =
    'The bounds of a run (POLLWATCH_FEED_MAX_PAGES, POLLWATCH_FEED_MAX_RUN_BYTES) were reached before the partner had ' +
    'told a place to go on from, so the next run reads the same. Raise them, or tell the partner.';
  return new PartnerFault('paging.stuck', detail);
}

function stuckFault(why: string, cause?: unknown): PartnerFault {
  const detail = `The partner says that there is more, but ${why}. What was read is kept. Tell the partner.`;
  return new PartnerFault('paging.stuck', detail, { cause });
}
