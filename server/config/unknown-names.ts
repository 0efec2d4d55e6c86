import { findNearestName } from '../domain/nearest-name.ts';
import { PREFIX, SETTINGS } from './settings.ts';

/** What to do about variables that Kubernetes makes for a service. */
export const KUBERNETES_HINT =
  'Kubernetes injects such values for a service named pollwatch: set enableServiceLinks: false in the pod, or rename the service';

/** A value as Kubernetes makes it for a service's port. */
export const SERVICE_ADDRESS = /^(tcp|udp|sctp):\/\//;

const SERVICE_NAME =
  /(^|_)(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]{1,100})?|PORT_\d{1,5}_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;

/**
 * Looks at names that begin with our prefix, have a value and are no setting; `POLLWATCH_TEST_*` belongs to the tests.
 * Values are never shown, because what was misspelled may be a secret.
 * @returns one line for each problem.
 */
export function findUnknownNames(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const known = Object.values(SETTINGS).map((setting) => setting.name);
  const injected: string[] = [];
  const problems: string[] = [];
  for (const fullName of Object.keys(env).sort()) {
    const name = fullName.slice(PREFIX.length);
    if (!fullName.startsWith(PREFIX) || known.includes(name) || name.startsWith('TEST_')) continue;
    const value = env[fullName] ?? '';
    if (value === '') continue;
    if (SERVICE_NAME.test(name) || SERVICE_ADDRESS.test(value)) injected.push(fullName);
    else problems.push(describeUnknown(fullName, name, known));
  }
  if (injected.length > 0) {
    problems.push(`${injected.join(', ')}: found, wanted only names of settings. ${KUBERNETES_HINT}.`);
  }
  return problems;
}

function describeUnknown(fullName: string, name: string, known: readonly string[]): string {
  const nearest = findNearestName(name, known) ?? '';
  return `${fullName}: found, but there is no such setting. The nearest name is ${PREFIX}${nearest}: rename it, or remove it.`;
}
