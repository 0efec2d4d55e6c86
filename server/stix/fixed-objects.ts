import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvelope, type RawObject } from './read-objects.ts';

const FILES = ['fixed-objects.json', 'tlp-1.0-objects.json'];

/**
 * Reads the objects that are built in: the TLP markings, ours for audience, consent and personal data, the
 * extension-definitions, and the fixed identity.
 * @param packageRoot the folder with `schemas`
 */
export function readFixedObjects(packageRoot: string): readonly RawObject[] {
  return FILES.flatMap((file) =>
    readEnvelope(readFileSync(join(packageRoot, 'schemas', file)), { maxDepth: 100 }),
  );
}
