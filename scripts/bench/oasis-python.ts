import { spawnSync } from 'node:child_process';

/** The version that we are compared with. */
export const OASIS_VERSION = '3.2.0';

/** A Python with the OASIS validator, or why there is none. */
export type OasisPython = { readonly python: string } | { readonly missing: string };

const START_MS = 30_000;
const ASK = 'from importlib.metadata import version; print(version("stix2-validator"))';

/**
 * Looks for a Python that has the OASIS validator in the version that we are compared with.
 * @param python the program; `POLLWATCH_TEST_PYTHON` names it for the bench
 */
export function findOasisPython(python: string): OasisPython {
  const { stdout, error } = spawnSync(python, ['-c', ASK], { encoding: 'utf8', timeout: START_MS });
  if (error) return { missing: `${python} does not start (${error.message})` };
  const version = stdout.trim();
  if (version === OASIS_VERSION) return { python };
  const found = version === '' ? 'no stix2-validator' : `stix2-validator ${version}`;
  return { missing: `${python} has ${found}, wanted ${OASIS_VERSION}` };
}
