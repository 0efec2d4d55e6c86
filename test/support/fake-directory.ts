import type { Organisation, Token, User } from '../../server/domain/directory.ts';
import type { DirectoryStore } from '../../server/storage/port.ts';

/** A directory in memory that keeps what DirectoryStore promises. */
export function createFakeDirectory(): DirectoryStore {
  const organisations = new Map<string, Organisation>();
  const users = new Map<string, User>();
  const tokens = new Map<string, Token>();
  let generation = 1;

  function changeUser(name: string, change: Partial<User>): boolean {
    const user = users.get(name);
    if (!user) return false;
    users.set(name, { ...user, ...change });
    generation += 1;
    return true;
  }

  return {
    async addOrganisation(organisation) {
      const { id, identity } = organisation;
      const isTaken =
        identity !== undefined && [...organisations.values()].some((o) => o.identity === identity);
      if (organisations.has(id) || isTaken) return false;
      organisations.set(id, organisation);
      generation += 1;
      return true;
    },
    listOrganisations: async () => [...organisations.values()],
    findOrganisation: async (id) => organisations.get(id),
    async addUser(user) {
      const { name, certificate } = user;
      const isTaken =
        certificate !== undefined && [...users.values()].some((u) => u.certificate === certificate);
      if (users.has(name) || isTaken) return false;
      users.set(name, user);
      generation += 1;
      return true;
    },
    findUser: async (name) => users.get(name),
    findUserByCertificate: async (subject) =>
      [...users.values()].find((user) => user.certificate === subject),
    listUsers: async () => [...users.values()],
    setPasswordHash: async (name, passwordHash) => changeUser(name, { passwordHash }),
    disableUser: async (name) => changeUser(name, { disabled: true }),
    async addToken(token) {
      tokens.set(token.id, token);
      generation += 1;
    },
    findTokenByHash: async (hash) => [...tokens.values()].find((token) => token.hash === hash),
    listTokens: async () => [...tokens.values()],
    async revokeToken(id) {
      const token = tokens.get(id);
      if (!token) return false;
      tokens.set(id, { ...token, revoked: true });
      generation += 1;
      return true;
    },
    directoryGeneration: async () => generation,
  };
}
