import type { Arrival } from '../../domain/feed.ts';
import type { OrganisationId } from '../../domain/ids.ts';
import type { FeedStore } from '../port.ts';
import type { Database } from './database.ts';

export interface ArrivalOptions {
  readonly reader: Database;
  readonly writer: Database;
  /** Turns driver errors into ours. */
  readonly guard: <T>(read: () => T) => Promise<T>;
  /** Runs a task in a transaction of its own. */
  readonly commit: <T>(task: () => T) => Promise<T>;
}

export const FIND_ARRIVAL = 'SELECT 1 FROM arrivals WHERE org = ? AND id = ? AND version_key = ?';
export const ADD_ARRIVAL = 'INSERT OR IGNORE INTO arrivals VALUES (?, ?, ?)';

/** What partners have shown us: one row each, which is never changed. */
export function createArrivals(options: ArrivalOptions): Pick<FeedStore, 'saveArrivals' | 'findArrivals'> {
  const { reader, writer, guard, commit } = options;

  const isKnown = (org: OrganisationId, { id, versionKey }: Arrival): boolean =>
    reader.statement(FIND_ARRIVAL).get(org, id, versionKey) !== undefined;

  /** Many searches in one transaction cost a fifth of what they cost each by itself. */
  function together<T>(read: () => T): T {
    reader.exec('BEGIN');
    try {
      return read();
    } finally {
      reader.exec('COMMIT');
    }
  }

  return {
    async saveArrivals(org, arrivals) {
      // A page that comes again costs no commit; one that needs a commit is looked at no further.
      const areKnown = (): boolean => arrivals.every((arrival) => isKnown(org, arrival));
      if (await guard(() => together(areKnown))) return;
      await commit(() => {
        const add = writer.statement(ADD_ARRIVAL);
        for (const { id, versionKey } of arrivals) add.run(org, id, versionKey);
      });
    },
    findArrivals: (orgs, arrivals) =>
      guard(() => together(() => arrivals.map((arrival) => orgs.some((org) => isKnown(org, arrival))))),
  };
}
