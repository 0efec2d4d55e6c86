import type { Collection, Db, Document } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import { isDuplicateKey } from './errors.ts';
import type { HeadDocument } from './head.ts';
import type {
  BodyDocument,
  CounterDocument,
  GraveRow,
  LeaseDocument,
  Row,
  SpaceName,
  Spaces,
  SubmissionDocument,
} from './rows.ts';

/** The collections of the database. */
export interface Layout {
  readonly heads: Collection<HeadDocument>;
  readonly submissions: Collection<SubmissionDocument>;
  readonly bodies: Collection<BodyDocument>;
  readonly leases: Collection<LeaseDocument>;
  readonly graves: Collection<GraveRow>;
  readonly counters: Collection<CounterDocument>;
  /** The rows of one kind. */
  space<S extends SpaceName>(name: S): Collection<Spaces[S]>;
  /** The same, of whichever kind. */
  rows(name: SpaceName): Collection<Row>;
}

/** One index. TAXII queries have those that are named for their endpoints. */
export interface IndexPlan {
  readonly collection: string;
  readonly name: string;
  readonly key: Readonly<Record<string, 1>>;
}

/**
 * Every index, named for what it serves. Those of entries end with the tick, so that a page is a range in order.
 * `_id` has one by itself: heads, leases, bodies and the ranges of an attempt's rows need no other.
 */
export const INDEXES: readonly IndexPlan[] = [
  {
    collection: 'entries',
    name: 'get_objects_and_manifest',
    key: { collection: 1, poll: 1, tick: 1 },
  },
  { collection: 'entries', name: 'get_objects_all_versions', key: { collection: 1, tick: 1 } },
  { collection: 'entries', name: 'get_objects_match_type', key: { collection: 1, type: 1, tick: 1 } },
  { collection: 'entries', name: 'get_object_and_versions', key: { collection: 1, id: 1, tick: 1 } },
  {
    collection: 'entries',
    name: 'get_objects_match_version',
    key: { collection: 1, versionKey: 1, tick: 1 },
  },
  { collection: 'objects', name: 'objects_by_id', key: { id: 1, versionKey: 1, rank: 1 } },
  { collection: 'objects', name: 'objects_by_handle', key: { handle: 1 } },
  { collection: 'objects', name: 'objects_by_sender', key: { sender: 1, id: 1 } },
  { collection: 'objects', name: 'analysts_by_type', key: { 'stix.type': 1, 'stix.modified': 1 } },
  { collection: 'pieces', name: 'pieces_by_key', key: { key: 1, part: 1 } },
  { collection: 'standings', name: 'standings_by_handle', key: { handle: 1 } },
  { collection: 'standings', name: 'standings_by_due', key: { due: 1 } },
  { collection: 'names', name: 'names_by_target', key: { target: 1, role: 1, handle: 1 } },
  { collection: 'names', name: 'names_by_handle', key: { handle: 1 } },
  { collection: 'records', name: 'records_by_id', key: { id: 1 } },
  { collection: 'records', name: 'records_by_owner', key: { owner: 1 } },
  { collection: 'outcomes', name: 'get_status', key: { submission: 1, part: 1 } },
  { collection: 'submissions', name: 'submissions_to_carry_out', key: { waits: 1, receivedAt: 1, place: 1 } },
  { collection: 'bodies', name: 'bodies_by_submission', key: { submission: 1, part: 1 } },
  { collection: 'settings', name: 'settings_by_key', key: { key: 1 } },
  { collection: 'organisations', name: 'organisations_by_key', key: { key: 1 } },
  { collection: 'organisations', name: 'organisations_by_identity', key: { other: 1 } },
  { collection: 'users', name: 'users_by_key', key: { key: 1 } },
  { collection: 'users', name: 'users_by_certificate', key: { other: 1 } },
  { collection: 'tokens', name: 'tokens_by_key', key: { key: 1 } },
  { collection: 'tokens', name: 'tokens_by_hash', key: { other: 1 } },
  { collection: 'feeds', name: 'feeds_by_id', key: { key: 1 } },
  { collection: 'feeds', name: 'feeds_by_name', key: { other: 1 } },
  { collection: 'feedStates', name: 'feed_states_by_feed', key: { key: 1 } },
  { collection: 'feedRejects', name: 'feed_rejects_by_key', key: { key: 1 } },
  { collection: 'feedRejects', name: 'feed_rejects_by_time', key: { other: 1 } },
  // With what says who sees it, so that the index alone answers.
  { collection: 'arrivals', name: 'arrivals_by_version', key: { key: 1, from: 1 } },
];

/** The form in which this version writes; a database of a later form is refused. */
const FORMAT = 1;

/** Names the collections of a database. Nothing is created by this. */
export function createLayout(database: Db): Layout {
  return {
    heads: database.collection<HeadDocument>('heads'),
    submissions: database.collection<SubmissionDocument>('submissions'),
    bodies: database.collection<BodyDocument>('bodies'),
    leases: database.collection<LeaseDocument>('leases'),
    graves: database.collection<GraveRow>('graves'),
    counters: database.collection<CounterDocument>('counters'),
    space: <S extends SpaceName>(name: S) => database.collection<Spaces[S]>(name),
    rows: (name) => database.collection<Row>(name),
  };
}

/**
 * Makes what is missing: indexes and the head. Any number of servers may do so at once, any number of times.
 * @param name for a database that is new
 * @throws AppError `storage.unavailable` when the database is of a later form
 */
export async function prepareLayout(
  database: Db,
  heads: Collection<HeadDocument>,
  name: string,
): Promise<void> {
  for (const [collection, plans] of Map.groupBy(INDEXES, (plan) => plan.collection)) {
    const specifications = plans.map(({ name, key }): { key: Document; name: string } => ({ key, name }));
    await database.collection(collection).createIndexes(specifications);
  }
  const first = { format: FORMAT, fence: 0, commit: 0, aborted: [], lock: null, nextHandle: 1, lastTick: 0 };
  const fresh = { ...first, directory: 1, collections: {}, database: name };
  await heads
    .updateOne({ _id: 'head' }, { $setOnInsert: fresh }, { upsert: true })
    .catch((error: unknown) => {
      // Another server was quicker.
      if (!isDuplicateKey(error)) throw error;
    });
  const head = await heads.findOne({ _id: 'head' });
  if (head && head.format > FORMAT) {
    throw new AppError('storage.unavailable', {
      detail: 'The database was written by a newer version of pollwatch. Start that version.',
    });
  }
}
