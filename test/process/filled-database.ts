import type { TestContext } from 'node:test';
import { createPasswordHasher } from '../../server/auth/passwords.ts';
import { openCore, SYSTEM_IDS } from '../../server/compose.ts';
import { loadCollections } from '../../server/config/collections.ts';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { applyPolicies } from '../../server/core.ts';
import { loadSample } from '../../server/sample.ts';
import { makeTestDatabase } from '../support/test-database.ts';

/** A database that a server is told of, with the example in it. */
export interface FilledDatabase {
  /** What a server needs to find it. */
  readonly settings: Readonly<Record<string, string>>;
  /** The passwords of the example's users. */
  readonly users: ReadonlyMap<string, string>;
}

/** Does what a first start does that is told of no database: only such a start loads the example by itself. */
export async function makeFilledDatabase(t: TestContext, collections: string): Promise<FilledDatabase> {
  const database = await makeTestDatabase();
  t.after(() => database[Symbol.asyncDispose]());
  const settings = { POLLWATCH_DATABASE_URL: database.url };
  const core = await openCore(loadSettings(settings));
  try {
    await applyPolicies(core, await loadCollections(collections));
    const hasher = createPasswordHasher({ ids: SYSTEM_IDS });
    const users = await loadSample(core, hasher, SYSTEM_IDS, findPackageRoot());
    return { settings, users: new Map(users.map(({ name, password }) => [name, password])) };
  } finally {
    await core.close();
  }
}
