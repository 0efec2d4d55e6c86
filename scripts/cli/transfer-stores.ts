import { existsSync } from 'node:fs';
import { openStore } from '../../server/compose.ts';
import type { Settings } from '../../server/config/load.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { ExportBatch, Store, StoreExport } from '../../server/storage/port.ts';
import { explainOpening, refuseMemory } from './open-core.ts';
import type { Surroundings } from './surroundings.ts';

/** The URL of a database as it may be shown: without who signs in, and without options, which may be passwords. */
export function toShownUrl(url: string): string {
  // Neither a password nor an address has a question mark, or the setting would not have been taken.
  return url.replace(/\?.*$/s, '').replace(/^(mongodb(?:\+srv)?:\/\/).*@/s, '$1');
}

/** The kind of store that a URL names. */
export function kindOf(url: string): 'sqlite' | 'mongodb' {
  return url.startsWith('mongodb') ? 'mongodb' : 'sqlite';
}

/**
 * Opens a store, whatever it holds, for as long as `work` takes.
 * @throws AppError `config.invalid`, `storage.unavailable`, and what `work` throws
 */
export async function withStore<T>(
  { clock }: Surroundings,
  settings: Settings,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  refuseMemory(settings);
  const store = await openStore(settings, clock).catch((error: unknown) => {
    throw explainOpening(error, toShownUrl(settings.databaseUrl));
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/**
 * Opens a store that is there and whole, and exports it, for as long as `work` takes.
 * @throws AppError `input.invalid` when there is nothing to export, and what `withStore` throws
 */
export function withExport<T>(
  cli: Surroundings,
  settings: Settings,
  work: (source: StoreExport, store: Store) => Promise<T>,
): Promise<T> {
  refuseMemory(settings);
  const { databaseUrl } = settings;
  // Opening would make a new one.
  const isMissing = kindOf(databaseUrl) === 'sqlite' && !existsSync(databaseUrl.replace(/^sqlite:/, ''));
  if (isMissing) throw new AppError('input.invalid', { detail: `There is no database ${databaseUrl}.` });
  return withStore(cli, settings, async (store) => {
    if (await store.importState()) {
      throw new AppError('input.invalid', {
        detail: `The database ${toShownUrl(databaseUrl)} holds a restore or a copy that did not come to its end. Finish that first.`,
      });
    }
    const source = await store.openExport();
    try {
      return await work(source, store);
    } finally {
      await source.close();
    }
  });
}

/** @throws AppError `input.invalid` when an export begins like that of a store that nobody ever used */
export function requireContents({ records }: ExportBatch, databaseUrl: string): void {
  if (records[0]?.kind === 'deployment') return;
  throw new AppError('input.invalid', {
    detail: `The database ${toShownUrl(databaseUrl)} is empty: no server and no command has used it yet.`,
  });
}
