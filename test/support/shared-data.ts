import { join } from 'node:path';

/** Real and worked data that is not part of the product; tests over it skip, and say so, where it is not there. */
export const SHARED_DATA = join(import.meta.dirname, '../../../shared/data');

/** Why a test over a file is skipped; false when the file is there. */
export function skipWithout(isThere: boolean, path: string): string | false {
  return isThere ? false : `SKIPPED LOUDLY: there is no ${path}, so nothing was compared`;
}
