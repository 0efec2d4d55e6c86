import type { KnownPartner, PushFeed } from '../../domain/feed.ts';
import type { FeedContext, FeedRunning } from '../feed-services.ts';
import type { PushJournal } from './journal.ts';
import type { SentLimit } from '../settling.ts';

/** A push under way. */
export interface PushRun {
  readonly context: FeedContext;
  readonly running: FeedRunning;
  readonly feed: PushFeed;
  readonly journal: PushJournal;
  readonly sentLimit: SentLimit;
  readonly partner: () => KnownPartner;
}
