import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PasswordHasher } from './auth/passwords.ts';
import type { Core } from './core.ts';
import { requireWrite, type Role } from './domain/access.ts';
import type { Audience } from './domain/collection.ts';
import { readPrincipal } from './domain/decision-context.ts';
import { AppError } from './domain/errors.ts';
import type { Ids, StixId } from './domain/ids.ts';
import { NO_TERMS } from './domain/submit.ts';
import { isJsonObject, memberOf } from './stix/json.ts';
import { readEnvelope } from './stix/read-objects.ts';

interface SampleOrganisation {
  readonly id: string;
  /** The name of its identity in the example. */
  readonly name: string;
  readonly audience: Audience;
  readonly hub: boolean;
  readonly role: Role;
}

/** Who takes part in the example of August 2018 (design, 3). */
const ORGANISATIONS: readonly SampleOrganisation[] = [
  { id: 'dhs', name: 'DHS', audience: 'federal', hub: true, role: 'analyst' },
  { id: 'fbi', name: 'FBI', audience: 'federal', hub: true, role: 'analyst' },
  { id: 'nass', name: 'NASS', audience: 'state', hub: false, role: 'partner' },
  { id: 'nased', name: 'NASED', audience: 'state', hub: false, role: 'partner' },
  { id: 'facebook', name: 'Facebook', audience: 'private', hub: false, role: 'analyst' },
  { id: 'microsoft', name: 'Microsoft', audience: 'private', hub: false, role: 'analyst' },
  { id: 'twitter', name: 'Twitter', audience: 'private', hub: false, role: 'analyst' },
  { id: 'fireeye', name: 'FireEye', audience: 'private', hub: false, role: 'analyst' },
  { id: 'platform-a', name: 'TEST Platform A', audience: 'private', hub: false, role: 'analyst' },
];

/** A user of the example with the password that was made for it. */
export interface SampleUser {
  readonly name: string;
  readonly audience: Audience;
  readonly role: Role;
  readonly password: string;
}

const PASSWORD_BYTES = 12;
const UPLOADER = 'dhs';

/** Whether nobody was ever added, so that the example may be loaded. */
export async function isEmpty({ store }: Core): Promise<boolean> {
  const [organisations, users] = await Promise.all([store.listOrganisations(), store.listUsers()]);
  return organisations.length === 0 && users.length === 0;
}

/** The bundle of the example, as it is shipped. */
export function readSampleBundle(packageRoot: string): Promise<Buffer> {
  return readFile(join(packageRoot, 'collections', 'samples', 'august-2018.json'));
}

/**
 * Loads the example of August 2018: its organisations, a user for each with a random password, and its bundle.
 * The policies must have been applied before.
 */
export async function loadSample(
  core: Core,
  hasher: Pick<PasswordHasher, 'hashPassword'>,
  ids: Ids,
  packageRoot: string,
): Promise<readonly SampleUser[]> {
  const bundle = await readSampleBundle(packageRoot);
  const users = await addSampleUsers(core, hasher, ids, bundle);
  const sender = await readPrincipal(core.store, UPLOADER);
  const intake = (await core.store.readPolicies()).find(({ release }) => release.policy === 'intake');
  if (!intake) throw new AppError('config.invalid', { detail: 'The example needs an intake collection.' });
  await core.submissions.submit(sender, requireWrite(sender, intake), bundle, NO_TERMS);
  return users;
}

/** Adds the organisations of the example with the identities that its bundle gives them, and a user for each. */
export async function addSampleUsers(
  core: Core,
  hasher: Pick<PasswordHasher, 'hashPassword'>,
  ids: Ids,
  bundle: Uint8Array,
): Promise<readonly SampleUser[]> {
  const identities = readIdentities(bundle);
  const users = ORGANISATIONS.map(({ id, audience, role }): SampleUser => {
    const password = Buffer.from(ids.secret(PASSWORD_BYTES)).toString('base64url');
    return { name: id, audience, role, password };
  });
  const hashes = await Promise.all(users.map(({ password }) => hasher.hashPassword(password)));
  for (const [index, { id, name, audience, hub, role }] of ORGANISATIONS.entries()) {
    const identity = identities.get(name);
    await core.store.addOrganisation({
      id,
      name,
      audience,
      hub,
      ...(identity === undefined ? {} : { identity }),
    });
    await core.store.addUser({ name: id, org: id, role, passwordHash: hashes[index] ?? '', disabled: false });
  }
  return users;
}

/** The ids of the identities in the example, by name. */
function readIdentities(body: Uint8Array): ReadonlyMap<string, StixId> {
  const identities = new Map<string, StixId>();
  for (const { value } of readEnvelope(body, { maxDepth: 100 })) {
    if (!isJsonObject(value) || memberOf(value, 'type') !== 'identity') continue;
    const { name, id } = value;
    if (typeof name === 'string' && typeof id === 'string') identities.set(name, id);
  }
  return identities;
}

/** What the example's users can do, for a terminal. */
export function describeSample(users: readonly SampleUser[], url: string): string {
  const width = Math.max(...users.map(({ name }) => name.length));
  const lines = users.map(
    ({ name, audience, role, password }) => `  ${name.padEnd(width)}  ${password}  ${audience}, ${role}`,
  );
  const poller = users.find(({ audience }) => audience === 'state');
  const curl = `curl -u '${poller?.name ?? ''}:${poller?.password ?? ''}' ${url}/feed/collections/state/objects/`;
  return [
    'The example of August 2018 is loaded. Its users, with passwords that are shown this once:',
    '',
    ...lines,
    '',
    'Poll the state collection:',
    '',
    `  ${curl}`,
    '',
    '',
  ].join('\n');
}
