import { describe } from 'node:test';
import { describeDeployment } from './deployment.ts';
import { describeDirectory } from './directory.ts';
import { describeEntries } from './entries.ts';
import { describeArrivals } from './arrivals.ts';
import { describeFeeds } from './feeds.ts';
import { describeReadEntries } from './read-entries.ts';
import { describeHeldLookups } from './held-lookups.ts';
import { describeHeldObjects } from './held-objects.ts';
import { describeLeases } from './leases.ts';
import { describeLifeCycle } from './life-cycle.ts';
import type { OpenStore } from './open-store.ts';
import { describeQueries } from './queries.ts';
import { describeSubmissions } from './submissions.ts';
import { describeTexts } from './texts.ts';
import { describeTicks } from './ticks.ts';
import { describeRefusedImports } from './refused-imports.ts';
import { describeTransfer } from './transfer.ts';
import { describeWalks } from './walks.ts';
import { describeWriting } from './writing.ts';

/** A store that never answers fails its part instead of stopping the run. */
const PART_TIMEOUT_MS = 600_000;

const PARTS: Readonly<Record<string, (openStore: OpenStore) => void>> = {
  queries: describeQueries,
  entries: describeEntries,
  ticks: describeTicks,
  walks: describeWalks,
  texts: describeTexts,
  writing: describeWriting,
  'held objects': describeHeldObjects,
  'held lookups': describeHeldLookups,
  submissions: describeSubmissions,
  directory: describeDirectory,
  deployment: describeDeployment,
  transfer: describeTransfer,
  'refused imports': describeRefusedImports,
  leases: describeLeases,
  feeds: describeFeeds,
  arrivals: describeArrivals,
  'entries to send on': describeReadEntries,
  'life cycle': describeLifeCycle,
};

/**
 * Tests a store against the obligations of `server/storage/port.ts`, whose numbers stand in the titles.
 * @param name of the store, as the report shows it.
 * @param openStore opens a store on a new, empty database for each test.
 */
export function describeStore(name: string, openStore: OpenStore): void {
  for (const [part, describePart] of Object.entries(PARTS)) {
    describe(`${name}: ${part}`, { timeout: PART_TIMEOUT_MS }, () => describePart(openStore));
  }
}
