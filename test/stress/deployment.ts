import assert from 'node:assert/strict';
import { createToken } from '../../server/auth/tokens.ts';
import { openCore, SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { loadCollections } from '../../server/config/collections.ts';
import { loadSettings } from '../../server/config/load.ts';
import { applyPolicies } from '../../server/core.ts';

const ORGANISATIONS = [
  { id: 'dhs', name: 'DHS', audience: 'federal', hub: true, role: 'analyst' },
  { id: 'fbi', name: 'FBI', audience: 'federal', hub: true, role: 'analyst' },
  { id: 'nass', name: 'NASS', audience: 'state', hub: false, role: 'partner' },
  { id: 'facebook', name: 'Facebook', audience: 'private', hub: false, role: 'analyst' },
] as const;

/**
 * Makes a new database what servers serve: policies, organisations, and one user for each with its name.
 * @param settings by their whole names
 * @returns the users' tokens
 */
export async function makeDeployment(
  settings: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const values = loadSettings(settings);
  const core = await openCore(values);
  try {
    await applyPolicies(core, await loadCollections(values.collectionsDir));
    const tokens = new Map<string, string>();
    for (const { role, ...organisation } of ORGANISATIONS) {
      const { id: name } = organisation;
      assert.ok(await core.store.addOrganisation(organisation));
      // Nobody signs in with a password here.
      assert.ok(await core.store.addUser({ name, org: name, role, passwordHash: '', disabled: false }));
      const { id, token, hash } = createToken(SYSTEM_IDS);
      await core.store.addToken({ id, user: name, hash, createdAt: SYSTEM_CLOCK.now(), revoked: false });
      tokens.set(name, token);
    }
    return tokens;
  } finally {
    await core.close();
  }
}
