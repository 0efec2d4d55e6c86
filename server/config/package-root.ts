import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../domain/errors.ts';

/**
 * Finds the folder with our `package.json`, from a checkout and from `dist/` alike.
 * @throws AppError `internal` when no folder above has one.
 */
export function findPackageRoot(from: string = import.meta.dirname): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new AppError('internal', { cause: new Error(`no package.json above ${from}`) });
    folder = parent;
  }
  return folder;
}
