import type { ReadableCollection } from '../../domain/access.ts';
import type { FeedReject } from '../../domain/feed.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { ShownEntry } from '../../storage/port.ts';
import type { Progress, RunEnd } from '../feed-services.ts';
import { PartnerFault } from '../partner-fault.ts';
import { offerEnvelope, settleNow, waitForEnvelope } from './answers.ts';
import type { createDrafts, Draft, DraftRange } from './drafts.ts';
import { toPrintable, toReject } from '../rejects.ts';
import { requireSendable } from './rights.ts';
import type { PushRun } from './push-run.ts';

const MIB = 1024 * 1024;
/**
 * Many a proxy takes no more than a mebibyte unless it is told to, and a partner has to say its `max_content_length`
 * (TAXII 2.1, 4.2): who does not gets no more.
 */
const UNTOLD_BYTES = MIB;
/** Also when the partner takes more: an envelope is in memory, and goes again in parts when one object is bad. */
const MAX_SHARED_BYTES = 10 * MIB;
/** So many objects refused one by one, and none taken between: it is not the objects. */
const MAX_REFUSED_IN_A_ROW = 10;
/** What a row of refused objects holds back is in memory. */
const MAX_UNSAVED_REJECTS = 100;

/**
 * Sends all that there is to send, envelope by envelope.
 *
 * Envelopes that are refused as a whole are sent in halves, down to one object. The requests that this takes are no
 * more than twice those that the bound on pages counts, and the first page of a run goes whatever the bounds, so that
 * each run gets on.
 * @throws PartnerFault, and the reason of the signal
 */
export async function sendEntries(run: PushRun, drafts: ReturnType<typeof createDrafts>): Promise<RunEnd> {
  const { context, running, feed, journal } = run;
  const sending = createSending(run);
  for (;;) {
    running.signal.throwIfAborted();
    const collection = await requireSendable(context.store, feed);
    const draft = await drafts.readNext(sending.nextRange(collection));
    if (draft.entries.length === 0) {
      await sending.pass(draft);
      if (draft.hasEnded) return 'complete';
    } else if (sending.isSpent(draft)) {
      await journal.save();
      return 'unfinished';
    } else await sending.send(draft);
  }
}

interface Sending {
  readonly nextRange: (collection: ReadableCollection) => DraftRange;
  /** Whether the bounds of the run leave no room for it. */
  readonly isSpent: (draft: Draft) => boolean;
  /** Moves on over what is not to be sent. */
  readonly pass: (draft: Draft) => Promise<void>;
  readonly send: (draft: Draft) => Promise<void>;
}

function createSending(run: PushRun): Sending {
  const { context, running, journal, sentLimit, partner } = run;
  const { client, limits } = running;
  const at = (): number => context.clock.now();
  let sharedBytes = Math.min(
    partner().maxContentLength ?? UNTOLD_BYTES,
    MAX_SHARED_BYTES,
    limits.maxRunBytes,
  );
  /** Ticks up to which one envelope reaches at most, the nearest last: the halves of what was refused as a whole. */
  let stops: readonly Tick[] = [];
  let refusedInARow = 0;
  let pages = 0;
  let mayAskStatus = true;

  const note = (draft: Draft, own: Partial<Progress>, rejects: readonly FeedReject[] = []): void => {
    const reason = `It is larger than the ${partner().maxContentLength} bytes that the partner takes; it was not sent.`;
    const tooLarge = draft.tooLarge.map((entry) => toReject(entry, reason, at(), limits.maxObjectBytes));
    const done = { ...own, known: draft.known, rejected: (own.rejected ?? 0) + tooLarge.length };
    journal.note(draft.through, done, [...tooLarge, ...rejects]);
    stops = stops.filter((stop) => stop > draft.through);
  };

  const refuseOne = (draft: Draft, fault: PartnerFault): void => {
    refusedInARow += 1;
    pages += 1;
    if (refusedInARow >= MAX_REFUSED_IN_A_ROW) throw toRowFault(fault);
    const reason =
      fault.code === 'request.too-large'
        ? `Alone in a request of ${draft.envelope.bytes} bytes it is larger than the partner takes.`
        : `The partner refused it: ${toPrintable(fault.detail)}`;
    const rejects = draft.entries.map((entry) => toReject(entry, reason, at(), limits.maxObjectBytes));
    note(draft, { objects: 1, rejected: 1, pages: 1 }, rejects);
  };

  return {
    nextRange: (collection) => ({
      collection: collection.id,
      after: journal.tick,
      through: stops.at(-1),
      bounds: { objects: limits.pushObjects, sharedBytes, partnerBytes: partner().maxContentLength },
    }),
    isSpent({ envelope }) {
      if (pages === 0) return false;
      return pages >= limits.maxPages || client.bill().bytesOut + envelope.bytes > limits.maxRunBytes;
    },
    async pass(draft) {
      note(draft, {});
      // What was refused one by one is saved when it is known that it was not the partner.
      const waits = refusedInARow > 0 && journal.unsavedRejects < MAX_UNSAVED_REJECTS;
      if (draft.hasEnded || !waits) await journal.save();
    },
    async send(draft) {
      const { entries, envelope } = draft;
      const offer = await offerEnvelope(run, envelope.toBody());
      if (offer instanceof PartnerFault) {
        if (entries.length === 1) refuseOne(draft, offer);
        else if (offer.code === 'request.too-large') sharedBytes = Math.floor(envelope.bytes / 2);
        else stops = [...stops, ...toHalves(entries)];
        return;
      }
      refusedInARow = 0;
      pages += 1;
      const sent = { objects: entries.length, pages: 1 };
      if (!offer.isComplete) {
        note(draft, sent);
        mayAskStatus = await waitForEnvelope(run, offer, entries, mayAskStatus);
        await sentLimit.note(entries);
        return;
      }
      const { accepted, rejected, rejects } = settleNow(run, offer, entries);
      note(draft, { ...sent, accepted, rejected }, rejects);
      await journal.save();
      await sentLimit.note(entries);
    },
  };
}

/** Where the second half ends, and the first one. */
function toHalves(entries: readonly ShownEntry[]): readonly Tick[] {
  const ends = [entries.at(-1), entries[Math.ceil(entries.length / 2) - 1]];
  return ends.flatMap((entry) => (entry ? [entry.tick] : []));
}

function toRowFault(last: PartnerFault): PartnerFault {
  const { code, status } = last;
  const detail =
    `The partner refused ${MAX_REFUSED_IN_A_ROW} objects in a row that were sent one by one, so it is hardly the objects; ` +
    `they will be sent again. Ask the partner; if it does not take this kind of object, name what it takes with --match. ` +
    `Its last answer: ${toPrintable(last.detail)}`;
  return new PartnerFault(code, detail, { ...(status === undefined ? {} : { status }), cause: last });
}
