import { toArrival } from '../../domain/arrival.ts';
import type {
  Arrival,
  FeedReject,
  FeedState,
  KnownPartner,
  PullCursor,
  PullFeed,
} from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { FeedContext, FeedMover, FeedRunning, Progress, RunEnd } from '../feed-services.ts';
import { findHoldings, type Holding } from './held-before.ts';
import { toIncoming, type Incoming } from './incoming.ts';
import { findLookBack } from './look-back.ts';
import { takeIn, toRunFault, type Taken } from './intake.ts';
import { PartnerFault } from '../partner-fault.ts';
import { resolvePartner } from '../partner.ts';
import { toReject } from '../rejects.ts';
import { findSettled } from '../settling.ts';
import { requireTarget, type Target } from './target.ts';
import { isJsonObject } from '../../stix/json.ts';
import { walk, type WalkedPage } from './walk.ts';

/**
 * Reads a partner's collection into one of ours, page by page, as an upload of the feed's organisation (release
 * rules, 1). The cursor is saved after the page is durable, so that a crash repeats one page at most, which changes
 * nothing (docs/decisions/0019). Objects that are not taken become rejects.
 * @returns a mover that throws `PartnerFault`, and the reason of the signal
 */
export function createPull(context: FeedContext): FeedMover {
  return async (running) => {
    const { feed, state, client } = running;
    if (feed.direction !== 'pull') throw new PartnerFault('internal', `The feed "${feed.name}" is no pull.`);
    try {
      await requireTarget(context.store, feed);
      // What an earlier run left saved is older than what comes now, and must not come in after it.
      await context.submissions.resume().catch(() => undefined);
      const partner = await resolvePartner(client, feed, state.partner, 'read');
      const pull = {
        context,
        running,
        feed,
        position: { pull: state.pull, isCoarse: state.isCoarse },
      };
      try {
        return await readOn(pull, partner);
      } catch (error) {
        if (state.partner === undefined || !isElsewhere(error)) throw error;
        // What was known of the partner does not hold any more.
        running.signal.throwIfAborted();
        const found = await resolvePartner(client, feed, undefined, 'read');
        // The dates of another collection mean nothing in this one.
        if (found.collection !== partner.collection) pull.position = NOWHERE;
        return await readOn(pull, found);
      }
    } catch (error) {
      throw toRunFault(error);
    }
  };
}

/** What is durable of where a run stands. */
interface Position {
  readonly pull: PullCursor | undefined;
  readonly isCoarse: boolean | undefined;
}

const NOWHERE: Position = { pull: undefined, isCoarse: undefined };

function isElsewhere(error: unknown): boolean {
  return error instanceof PartnerFault && (error.code === 'not-found' || error.code === 'redirect.refused');
}

interface Pull {
  readonly context: FeedContext;
  readonly running: FeedRunning;
  readonly feed: PullFeed;
  position: Position;
}

async function readOn(pull: Pull, partner: KnownPartner): Promise<RunEnd> {
  const { context, running, feed } = pull;
  const { pull: from = {} } = pull.position;
  let date: Tick | undefined;
  const end = await readFrom(pull, partner, from, (page) => {
    date ??= page.date;
    pull.position = { pull: page.cursor, isCoarse: page.isCoarse };
    return { pull: page.cursor, ...(page.isCoarse === undefined ? {} : { isCoarse: page.isCoarse }) };
  });
  const idle = context.clock.now() - (running.state.succeededAt ?? feed.createdAt);
  const after = end === 'complete' ? findLookBack(from, date, idle) : undefined;
  // The cursor stays where it is: it never goes back.
  return after === undefined ? end : readFrom(pull, partner, { after }, () => ({}));
}

/**
 * Reads on to the end.
 * @param toChange called once a page is durable, says what is saved of where the feed stands
 */
async function readFrom(
  { context, running, feed, position: { isCoarse } }: Pull,
  partner: KnownPartner,
  cursor: PullCursor,
  toChange: (page: WalkedPage) => Partial<FeedState>,
): Promise<RunEnd> {
  const { client, limits, signal } = running;
  const pages = walk({
    client,
    address: partner,
    ...(feed.match.types === undefined ? {} : { types: feed.match.types }),
    cursor,
    ...(feed.since === undefined ? {} : { since: feed.since }),
    ...(isCoarse === undefined ? {} : { isCoarse }),
    limits,
    clock: context.clock,
    signal,
  });
  for (;;) {
    const step = await pages.next();
    if (step.done === true) return step.value;
    // Its rights may have ended while the partner was answering.
    const target = await requireTarget(context.store, feed);
    const { done, rejects, changes } = await takePage({ context, running, feed }, target, step.value);
    await running.save({ ...toChange(step.value), partner }, done, rejects);
    if (changes.length > 0) await context.store.saveArrivals(feed.org, changes);
  }
}

interface Page {
  readonly done: Progress;
  readonly rejects: readonly FeedReject[];
  /** To be remembered once all of it is saved. */
  readonly changes: readonly Arrival[];
}

/** Makes a page durable, all but what is saved with the cursor. */
async function takePage(
  { context, running, feed }: Omit<Pull, 'position'>,
  target: Target,
  page: WalkedPage,
): Promise<Page> {
  const { store, clock } = context;
  const { maxObjectBytes, maxObjects } = running.limits;
  const rejects: FeedReject[] = [];
  const reject = (
    { id, version, raw }: Pick<Incoming, 'id' | 'version'> & { raw?: Incoming['raw'] },
    why: string,
  ) => rejects.push(toReject({ id: id ?? '', version, text: raw?.text }, why, clock.now(), maxObjectBytes));

  for (const id of page.oversized) {
    reject(
      { id, version: undefined },
      'no answer of the partner may be as large, or nest as deep, as this object',
    );
  }
  const given = page.objects.map(toIncoming);
  // Before anything is published, so that no push sends it back meanwhile.
  await store.saveArrivals(feed.org, given.flatMap(arrivalsOf));
  const { types } = feed.match;
  // Partners that do not know `match` give everything.
  const incoming = given.filter(({ type }) => !types || (type !== undefined && types.includes(type)));
  const taken: Incoming[] = [];
  for (const each of incoming) {
    if (Buffer.byteLength(each.raw.text) <= maxObjectBytes) taken.push(each);
    else reject(each, `it is larger than ${maxObjectBytes} bytes (POLLWATCH_FEED_MAX_OBJECT_BYTES)`);
  }

  let accepted = 0;
  let known = 0;
  const changes: Arrival[] = [];
  const texts = new Set<string>();
  for (let from = 0; from < taken.length; from += maxObjects) {
    const part = taken.slice(from, from + maxObjects);
    const holdings = await findHoldings(store, target.collection, feed.org, part);
    const { settled, counts } = await findSettled(store, feed, part, holdings);
    const open = part.filter((each) => !settled.has(each));
    const raws = open.map(({ raw }) => raw);
    const outcomes = await takeIn(context, target, raws, feed.defaults, running.signal);
    const outcomeOf = new Map(open.map((each, index) => [each, outcomes[index]]));
    for (const [index, each] of part.entries()) {
      if (settled.has(each)) {
        known += 1;
        continue;
      }
      const outcome = outcomeOf.get(each);
      const isTwice = texts.has(each.raw.text);
      texts.add(each.raw.text);
      const standing = standingOf(outcome, isTwice ? 'same' : (holdings[index] ?? 'new'));
      const count = counts.get(each);
      if (standing === 'accepted' && count) changes.push(count);
      if (standing === 'accepted') accepted += 1;
      else if (standing === 'known') known += 1;
      else reject(each, outcome?.message ?? 'it was not taken');
    }
  }
  const objects = incoming.length + page.oversized.length;
  return { done: { objects, accepted, known, rejected: rejects.length, pages: 1 }, rejects, changes };
}

function arrivalsOf({ id, versionKey, raw }: Incoming): readonly Arrival[] {
  const { value } = raw;
  if (id === undefined || versionKey === undefined || !isJsonObject(value)) return [];
  return [toArrival(id, versionKey, () => value)];
}

/** What is ours, and comes back through others, is refused to them, and is held all the same. */
function standingOf(taken: Taken | undefined, holding: Holding): 'accepted' | 'known' | 'rejected' {
  const isRefused = taken === undefined || (taken.result === 'failure' && !taken.isHeld);
  if (holding === 'same') return 'known';
  if (isRefused) return holding === 'foreign-copy' ? 'known' : 'rejected';
  return holding === 'other' ? 'known' : 'accepted';
}
