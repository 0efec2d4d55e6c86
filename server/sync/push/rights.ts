import { requireRead, type ReadableCollection } from '../../domain/access.ts';
import { readFeedPrincipal } from '../../domain/decision-context.ts';
import { AppError } from '../../domain/errors.ts';
import type { PushFeed } from '../../domain/feed.ts';
import type { Store } from '../../storage/port.ts';
import { PartnerFault } from '../partner-fault.ts';

/**
 * The collection that a push sends, for its organisation as it is now. Nothing is read or sent without it.
 * @throws PartnerFault `collection.unusable` when the organisation may not read it, or either is gone
 */
export async function requireSendable(store: Store, feed: PushFeed): Promise<ReadableCollection> {
  const collection = (await store.readPolicies()).find(({ id }) => id === feed.from);
  if (!collection) {
    const detail = `There is no collection ${feed.from} here any more; nothing more was sent. Bring it back, or remove the feed.`;
    throw new PartnerFault('collection.unusable', detail);
  }
  try {
    return requireRead(await readFeedPrincipal(store, feed), collection);
  } catch (error) {
    if (!(error instanceof AppError) || !DENIALS.includes(error.code)) throw error;
    const detail =
      `The organisation "${feed.org}" may not read the collection "${collection.alias}"; nothing more was sent. ` +
      'Grant it in the file of the collection, or remove the feed.';
    throw new PartnerFault('collection.unusable', detail, { cause: error });
  }
}

/** The last one: its organisation is gone. */
const DENIALS: readonly AppError['code'][] = ['collection.not-found', 'access.denied', 'input.invalid'];
