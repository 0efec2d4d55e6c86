import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The version of what runs. @param packageRoot the folder with our `package.json` */
export function readVersion(packageRoot: string): string {
  const found: unknown = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
  if (typeof found !== 'object' || found === null || !('version' in found)) return 'unknown';
  return typeof found.version === 'string' ? found.version : 'unknown';
}
