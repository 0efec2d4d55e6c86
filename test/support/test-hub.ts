import { join } from 'node:path';
import { loadCollections } from '../../server/config/collections.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { createCore } from '../../server/core.ts';
import {
  requireWrite,
  type Role,
  type SignedIn,
  type WritableCollection,
} from '../../server/domain/access.ts';
import type { Audience, Collection } from '../../server/domain/collection.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import type { DeletionFilter } from '../../server/domain/deletion.ts';
import type { FollowUp } from '../../server/domain/follow-up.ts';
import { ALL_VERSIONS } from '../../server/domain/object-query.ts';
import type { ObjectOutcome, Submission } from '../../server/domain/submission.ts';
import { NO_TERMS, type SubmissionService, type SubmissionTerms } from '../../server/domain/submit.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import type { Store } from '../../server/storage/port.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { createFakeIds } from './fake-ids.ts';
import { toStixId } from './publications.ts';
import { openTestStore, type TestDatabase } from './test-database.ts';

/** The organisations of a test hub, each with an analyst of its name; `twitter` and `nass` registered no identity. */
const ORGANISATIONS = [
  { id: 'dhs', audience: 'federal', hub: true, role: 'analyst', identity: 901 },
  { id: 'fbi', audience: 'federal', hub: false, role: 'analyst', identity: 902 },
  { id: 'facebook', audience: 'private', hub: false, role: 'analyst', identity: 903 },
  { id: 'microsoft', audience: 'private', hub: false, role: 'analyst', identity: 904 },
  { id: 'twitter', audience: 'private', hub: false, role: 'analyst', identity: undefined },
  { id: 'nass', audience: 'state', hub: false, role: 'partner', identity: undefined },
] as const satisfies readonly {
  id: string;
  audience: Audience;
  hub: boolean;
  role: Role;
  identity: number | undefined;
}[];

export type HubUser = (typeof ORGANISATIONS)[number]['id'] | 'dhs-partner';

/** The identity that an organisation of the test hub registered. */
export const IDENTITIES = {
  dhs: toStixId('identity', 901),
  fbi: toStixId('identity', 902),
  facebook: toStixId('identity', 903),
  microsoft: toStixId('identity', 904),
} as const;

/** 2018-08-24T18:00:00Z. */
const START = Date.UTC(2018, 7, 24, 18) * 1000;
export const GRACE_MICROS = 600_000_000;

/** One entry as a collection shows it. */
export interface Entry {
  readonly id: string;
  readonly dateAdded: Tick;
  readonly text: string;
}

export interface SendTerms extends Partial<SubmissionTerms> {
  /** The alias of the collection; `intake` unless told. */
  readonly to?: string;
}

/** The released and as-posted collections as shipped, over a store, without HTTP. */
export interface TestHub extends AsyncDisposable {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly submissions: SubmissionService;
  readonly followUp: FollowUp;
  /** The collection, for somebody who may write to it: who is granted what is not in question here. */
  readonly writable: (user: HubUser, alias: string) => Promise<readonly [SignedIn, WritableCollection]>;
  readonly submit: (user: HubUser, objects: readonly object[], terms?: SendTerms) => Promise<Submission>;
  /** Sends objects; what became of each. */
  readonly send: (
    user: HubUser,
    objects: readonly object[],
    terms?: SendTerms,
  ) => Promise<readonly ObjectOutcome[]>;
  /** Sends one object; what became of it, as `result: message`. */
  readonly sendOne: (user: HubUser, object: object, terms?: SendTerms) => Promise<string>;
  readonly remove: (user: HubUser, alias: string, id: string, filter?: DeletionFilter) => Promise<void>;
  /** All versions that the collection shows, of one object when it is named, in the order of `date_added`. */
  readonly show: (alias: string, id?: string) => Promise<readonly Entry[]>;
  /** The aliases of the collections that show the id. */
  readonly whereShown: (id: string) => Promise<string>;
}

export interface TestHubOptions {
  /** One that two hubs share; one of its own unless told. */
  readonly database?: TestDatabase;
  /** The second hub on a database finds the directory there. */
  readonly isSecond?: boolean;
  /** Puts something between the services and the store. */
  readonly wrap?: (store: Store) => Store;
}

/** Starts a hub with a clock that stands still. */
export async function startTestHub(options: TestHubOptions = {}): Promise<TestHub> {
  const clock = createFakeClock(START);
  const bounds = { writeWaitMs: 2000, maxPendingWrites: 100, pageScanMax: 100_000 };
  const opened = await openTestStore({ clock, ...bounds }, options.database);
  const packageRoot = findPackageRoot();
  const store = options.wrap?.(opened) ?? opened;
  const settings = {
    referenceGraceMs: GRACE_MICROS / 1000,
    maxDepth: 100,
    maxObjects: 50_000,
    title: 'Test hub',
  };
  const ids = createFakeIds(options.isSecond === true ? 2 : 1);
  const core = await createCore({ store, clock, ids, settings, packageRoot });
  const collections = await loadCollections(join(packageRoot, 'collections'));
  if (options.isSecond !== true) await fill(store, collections);

  const find = (alias: string): Collection => {
    const found = collections.find((collection) => collection.alias === alias);
    if (!found) throw new Error(`no collection ${alias}`);
    return found;
  };
  const writable: TestHub['writable'] = async (user, alias) => {
    const sender = await readPrincipal(store, user);
    return [sender, requireWrite(sender, { ...find(alias), write: ['*'] })];
  };
  const show: TestHub['show'] = async (alias, only) => {
    const ids = only === undefined ? {} : { ids: [only] };
    const query = { after: 0, limit: 1000, versions: [ALL_VERSIONS], ...ids };
    const { texts } = await store.readObjects(find(alias).id, query);
    const { records } = await store.readManifest(find(alias).id, query);
    return records.map(({ id, dateAdded }, index) => ({ id, dateAdded, text: texts[index] ?? '' }));
  };
  const submit: TestHub['submit'] = async (user, objects, { to = 'intake', ...terms } = {}) => {
    const [sender, collection] = await writable(user, to);
    const body = Buffer.from(JSON.stringify({ objects }));
    return core.submissions.submit(sender, collection, body, { ...NO_TERMS, ...terms });
  };
  const send: TestHub['send'] = async (...given) => (await submit(...given)).outcomes;
  return {
    ...core,
    store,
    clock,
    writable,
    submit,
    send,
    async sendOne(user, object, terms) {
      const [outcome] = await send(user, [object], terms);
      return `${outcome?.result}: ${outcome?.message}`;
    },
    async remove(user, alias, id, filter = {}) {
      const [sender, collection] = await writable(user, alias);
      await core.submissions.remove(sender, collection, id, filter);
    },
    show,
    async whereShown(id) {
      const aliases: string[] = [];
      for (const { alias, release } of collections) {
        if (release.policy !== 'intake' && (await show(alias, id)).length > 0) aliases.push(alias);
      }
      return aliases.sort().join(' ');
    },
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

async function fill(store: Store, collections: readonly Collection[]): Promise<void> {
  for (const { role, identity, ...rest } of ORGANISATIONS) {
    const registered = identity === undefined ? {} : { identity: toStixId('identity', identity) };
    await store.addOrganisation({ ...rest, name: rest.id, ...registered });
    await store.addUser({ name: rest.id, org: rest.id, role, passwordHash: '', disabled: false });
  }
  await store.addUser({
    name: 'dhs-partner',
    org: 'dhs',
    role: 'partner',
    passwordHash: '',
    disabled: false,
  });
  await store.savePolicies(collections);
  await store.markPoliciesDecided(await store.policyEpoch());
}
