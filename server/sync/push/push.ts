import type { ReadableCollection } from '../../domain/access.ts';
import { createEchoTest } from '../echo.ts';
import type { FeedContext, FeedMover } from '../feed-services.ts';
import { PartnerFault } from '../partner-fault.ts';
import { resolvePartner } from '../partner.ts';
import { createDrafts } from './drafts.ts';
import { createPushJournal } from './journal.ts';
import { settlePending } from './pending.ts';
import { requireSendable } from './rights.ts';
import type { PushRun } from './push-run.ts';
import { sendEntries } from './sending.ts';
import { createSentLimit } from '../settling.ts';

/**
 * Sends the entries of a feed's collection, as its readers see them, to the partner's collection (TAXII 2.1, 5.5), as
 * long as the feed's organisation may read them.
 *
 * What a run does is saved after each envelope that the partner answered: a crash repeats one envelope at most, which
 * changes nothing there. Objects that the partner refuses become rejects.
 * @returns a mover that throws `PartnerFault`, and the reason of the signal
 */
export function createPush(context: FeedContext): FeedMover {
  return async (running) => {
    const { feed, state, client } = running;
    if (feed.direction !== 'push') throw new PartnerFault('internal', `The feed "${feed.name}" is no push.`);
    const collection = await requireSendable(context.store, feed);
    let partner = await resolvePartner(client, feed, state.partner, 'write');
    const journal = createPushJournal(running, {
      tick: Math.max(state.push?.tick ?? 0, feed.since ?? 0),
      pending: state.push?.pending ?? [],
      partner: () => partner,
      isPartnerNew: state.partner === undefined,
    });
    const sentLimit = createSentLimit(context.store, feed, collection);
    const run: PushRun = { context, running, feed, journal, sentLimit, partner: () => partner };
    await settleEarlier(run, collection);

    const isEcho = sentLimit.extend(await createEchoTest(context.store, feed));
    const drafts = createDrafts({ store: context.store, feed, isEcho, signal: running.signal });
    try {
      return await sendEntries(run, drafts);
    } catch (error) {
      if (state.partner === undefined || !isElsewhere(error)) throw error;
      // What was known of the partner does not hold any more.
      running.signal.throwIfAborted();
      const { collection: before } = partner;
      partner = await resolvePartner(client, feed, undefined, 'write');
      // What the earlier collection took is not in this one.
      if (partner.collection !== before) journal.note(feed.since ?? 0, {});
      return await sendEntries(run, drafts);
    }
  };
}

const MOVED: readonly PartnerFault['code'][] = ['not-found', 'redirect.refused', 'access.denied'];

function isElsewhere(error: unknown): boolean {
  return error instanceof PartnerFault && MOVED.includes(error.code);
}

/** What earlier runs could not wait for comes first. Each is saved by itself, as its rejects are in memory. */
async function settleEarlier(run: PushRun, collection: ReadableCollection): Promise<void> {
  const { context, running, journal } = run;
  const { client, signal, limits } = running;
  const terms = {
    client,
    signal,
    collection,
    apiRoot: run.partner().apiRoot,
    store: context.store,
    now: () => context.clock.now(),
    maxOriginalBytes: limits.maxObjectBytes,
    maxFailures: limits.pushObjects,
  };
  for (const pending of journal.pending) {
    signal.throwIfAborted();
    const settled = await settlePending(terms, pending);
    if (settled === 'troubled') return;
    if (settled === 'pending') continue;
    const { accepted, rejected, rejects } = settled;
    journal.note(journal.tick, { accepted, rejected }, rejects);
    journal.dropPending(pending.id);
    await journal.save();
  }
}
