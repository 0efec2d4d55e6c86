import { requireWrite, type SignedIn, type WritableCollection } from '../../domain/access.ts';
import { isReleased } from '../../domain/collection.ts';
import { readFeedPrincipal } from '../../domain/decision-context.ts';
import { AppError } from '../../domain/errors.ts';
import type { PullFeed } from '../../domain/feed.ts';
import type { Store } from '../../storage/port.ts';
import { PartnerFault } from '../partner-fault.ts';

/** Who uploads for a feed, and where to. */
export interface Target {
  readonly sender: SignedIn;
  readonly collection: WritableCollection;
}

/**
 * Where a pull puts what it reads, with the rights of its organisation as they are now.
 * @throws PartnerFault `collection.unusable` when the organisation may not write there, or either is gone
 */
export async function requireTarget(store: Store, feed: PullFeed): Promise<Target> {
  const collection = (await store.readPolicies()).find(({ id }) => id === feed.into);
  if (!collection) {
    const detail = `There is no collection ${feed.into} here any more; nothing more was read. Bring it back, or remove the feed.`;
    throw new PartnerFault('collection.unusable', detail);
  }
  if (isReleased(collection)) {
    const detail =
      `The collection "${collection.alias}" is filled by the release rules; nothing was read. ` +
      'Add the feed with --into for the intake collection, or for a plain one.';
    throw new PartnerFault('collection.unusable', detail);
  }
  try {
    const sender = await readFeedPrincipal(store, feed);
    return { sender, collection: requireWrite(sender, collection) };
  } catch (error) {
    if (!(error instanceof AppError) || !DENIALS.includes(error.code)) throw error;
    const detail =
      `The organisation "${feed.org}" may not write to the collection "${collection.alias}"; nothing more was read. ` +
      `Grant it in the file of the collection ("write": ["org:${feed.org}"]), or remove the feed.`;
    throw new PartnerFault('collection.unusable', detail, { cause: error });
  }
}

/** The last one: its organisation is gone. */
const DENIALS: readonly AppError['code'][] = ['collection.not-found', 'access.denied', 'input.invalid'];
