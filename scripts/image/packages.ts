import { existsSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly peer?: boolean;
  readonly devOptional?: boolean;
}

/** The packages that a lock file has for development alone and that are installed below a folder all the same. */
export function findDevelopmentPackages(lock: string, folder: string): readonly string[] {
  return listLocked(lock)
    .filter(([, { dev }]) => dev === true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(folder, path)));
}

/** The packages that production needs and that are not installed below a folder. */
export function findMissingPackages(lock: string, folder: string): readonly string[] {
  return listLocked(lock)
    .filter(([, { dev, optional, devOptional }]) => !dev && !optional && !devOptional)
    .map(([path]) => path)
    .filter((path) => !existsSync(join(folder, path, 'package.json')));
}

function listLocked(lock: string): readonly (readonly [string, LockedPackage])[] {
  return Object.entries(parseLock(lock).packages).filter(([path]) => path !== '');
}

function parseLock(text: string): { readonly packages: Readonly<Record<string, LockedPackage>> } {
  return JSON.parse(text) as { readonly packages: Readonly<Record<string, LockedPackage>> };
}
