import { createPasswordHasher, type PasswordHasher } from '../../../server/auth/passwords.ts';
import { createToken, type NewToken } from '../../../server/auth/tokens.ts';
import type { Tick } from '../../../server/domain/timestamp.ts';
import type { DirectoryStore } from '../../../server/storage/port.ts';
import { createFakeDirectory } from '../../support/fake-directory.ts';
import { createFakeIds } from '../../support/fake-ids.ts';

export const START: Tick = 1_700_000_000_000_000;
export const SECOND = 1_000_000;
export const PASSWORD = 'paß:wörd:1';
export const OTHER_PASSWORD = 'another password';

export const ids = createFakeIds(4);

export interface SampleDirectory {
  readonly directory: DirectoryStore;
  readonly hasher: PasswordHasher;
  readonly issueToken: (user: string, expiresAt?: Tick) => Promise<NewToken>;
}

export function createCheapHasher(): PasswordHasher {
  return createPasswordHasher({ ids, cost: { log2N: 4, r: 1, p: 1 } });
}

/** Users nass and nased (state) with their passwords, hashed as cheaply as can be. */
export async function createSampleDirectory(): Promise<SampleDirectory> {
  const directory = createFakeDirectory();
  const hasher = createCheapHasher();
  for (const [name, password] of [
    ['nass', PASSWORD],
    ['nased', OTHER_PASSWORD],
  ] as const) {
    await directory.addOrganisation({ id: name, name, audience: 'state', hub: false });
    const passwordHash = await hasher.hashPassword(password);
    await directory.addUser({ name, org: name, role: 'partner', passwordHash, disabled: false });
  }
  return {
    directory,
    hasher,
    async issueToken(user, expiresAt) {
      const made = createToken(ids);
      const token = { id: made.id, user, hash: made.hash, createdAt: START, revoked: false };
      await directory.addToken(expiresAt === undefined ? token : { ...token, expiresAt });
      return made;
    },
  };
}
