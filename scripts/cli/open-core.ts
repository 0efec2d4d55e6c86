import { openCore } from '../../server/compose.ts';
import { loadCollections } from '../../server/config/collections.ts';
import { loadSettings, type Settings } from '../../server/config/load.ts';
import { applyPolicies, type Core } from '../../server/core.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Opens the configured database for as long as `work` takes; a new one is made. A server may run on it meanwhile.
 * @throws AppError `config.invalid`, `storage.unavailable`, and what `work` throws
 */
export async function withCore<T>(
  { env, clock }: Surroundings,
  work: (core: Core, settings: Settings) => Promise<T>,
): Promise<T> {
  const settings = loadSettings(env);
  refuseMemory(settings);
  const core = await openCore(settings, clock).catch((error: unknown) => {
    throw explainOpening(error, settings.databaseUrl);
  });
  try {
    return await work(core, settings);
  } finally {
    await core.close();
  }
}

/** @throws AppError `config.invalid` when the database is one that only its own process sees */
export function refuseMemory({ databaseUrl }: Settings): void {
  if (databaseUrl !== 'sqlite::memory:') return;
  throw new AppError('config.invalid', {
    detail:
      'The database sqlite::memory: is known to the server alone. Set POLLWATCH_DATABASE_URL to a file, such as sqlite:./data/pollwatch.db.',
  });
}

/** What to tell whoever named a database that cannot be opened. */
export function explainOpening(error: unknown, databaseUrl: string): unknown {
  const isOurs = error instanceof AppError;
  const isUnexplained = isOurs && error.code === 'storage.unavailable' && error.detail === undefined;
  const isSystems = !isOurs && error instanceof Error && 'syscall' in error;
  if (!isUnexplained && !isSystems) return error;
  // The address of a MongoDB may hold a password, also among its options: it is not repeated.
  const detail = databaseUrl.startsWith('sqlite:')
    ? `The database ${databaseUrl} cannot be opened. Check that POLLWATCH_DATABASE_URL names the right file, ` +
      'that its folder and its files may be written by you, and that no other program keeps it locked.'
    : 'The database cannot be opened. Check the hosts, and the files for TLS, that POLLWATCH_DATABASE_URL names.';
  return new AppError('storage.unavailable', { detail, cause: error });
}

/**
 * The collections by which decisions are made: those that the server stored at its last start; when no server
 * ever started on this database, those of the collection files.
 */
export async function requirePolicies(core: Core, settings: Settings): Promise<readonly Collection[]> {
  const stored = await core.store.readPolicies();
  if (stored.length > 0) return stored;
  await applyPolicies(core, await loadCollections(settings.collectionsDir));
  return core.store.readPolicies();
}
