import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPackageRoot } from '../server/config/package-root.ts';
import { readStixSchemas } from '../server/stix/validation/schema-files.ts';
import { renderStixTypes } from './stix-types.ts';

const TARGET = 'server/stix/types.ts';
const COMMAND = 'node_modules/.bin/node scripts/generate-types.ts --write';

/** Whether the types are no longer what the schemas say. */
export function areTypesStale(root: string): boolean {
  const path = join(root, TARGET);
  const found = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return found !== renderStixTypes(readStixSchemas(root));
}

/** Writes the types of the schemas of a package to `server/stix/types.ts`. */
export function writeTypes(root: string): void {
  writeFileSync(join(root, TARGET), renderStixTypes(readStixSchemas(root)));
}

function main(mode: string | undefined): void {
  if (mode === '--write') {
    writeTypes(findPackageRoot());
  } else if (mode !== undefined) {
    process.stderr.write('Usage: generate-types.ts [--write]\n');
    process.exitCode = 2;
  } else if (areTypesStale(findPackageRoot())) {
    process.stderr.write(`${TARGET} does not say what the schemas say: run ${COMMAND}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) main(process.argv[2]);
