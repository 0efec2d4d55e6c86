import type { Organisation, Token, User } from '../../domain/directory.ts';
import type { DirectoryStore } from '../port.ts';
import type { Attempt } from './attempt.ts';
import type { HeadReader } from './head.ts';
import { addRecord, changeRecord, findByKey, findByOther, listRecords, type KeyedSpace } from './keyed.ts';
import type { Layout } from './layout.ts';
import type { KeyRow } from './rows.ts';

export interface DirectoryOptions {
  readonly layout: Layout;
  readonly heads: HeadReader;
  readonly guard: <T>(read: () => Promise<T>) => Promise<T>;
  /** Runs a task in a commit of its own. */
  readonly commit: <T>(task: (attempt: Attempt) => Promise<T>) => Promise<T>;
}

/** Organisations, users and tokens; each change raises the generation of the directory. */
export function createDirectory(options: DirectoryOptions): DirectoryStore {
  const { layout, heads, guard } = options;
  const one = <T>(space: KeyedSpace, key: string): Promise<T | undefined> =>
    guard(async () => findByKey<T>(layout, await heads.recent(), space, key));
  const other = <T>(space: KeyedSpace, value: string): Promise<T | undefined> =>
    guard(async () => findByOther<T>(layout, await heads.recent(), space, value));
  const all = <T>(space: KeyedSpace): Promise<readonly T[]> =>
    guard(async () => listRecords<T>(layout, await heads.recent(), space));

  const touch = (attempt: Attempt, changed: boolean): boolean => {
    if (changed) attempt.change({ directory: attempt.head.directory + 1 });
    return changed;
  };
  const add = (space: KeyedSpace, row: Pick<KeyRow, 'key' | 'other' | 'record'>): Promise<boolean> =>
    options.commit(async (attempt) => touch(attempt, await addRecord(layout, attempt, space, row)));
  // What somebody could do may be what nobody may do any more.
  const change = <T>(space: KeyedSpace, key: string, edit: (record: T) => T): Promise<boolean> =>
    options.commit(async (attempt) => {
      attempt.takeAway();
      return touch(attempt, await changeRecord<T>(layout, attempt, space, key, edit));
    });

  return {
    listOrganisations: () => all<Organisation>('organisations'),
    findOrganisation: (id) => one<Organisation>('organisations', id),
    findUser: (name) => one<User>('users', name),
    findUserByCertificate: (subject) => other<User>('users', subject),
    listUsers: () => all<User>('users'),
    findTokenByHash: (hash) => other<Token>('tokens', hash),
    listTokens: () => all<Token>('tokens'),
    directoryGeneration: () => guard(async () => (await heads.recent()).directory),
    addOrganisation: (organisation) => {
      const { id, identity } = organisation;
      const record = JSON.stringify(organisation);
      return add('organisations', {
        key: id,
        ...(identity === undefined ? {} : { other: identity }),
        record,
      });
    },
    addUser: (user) => {
      const { name, certificate } = user;
      const record = JSON.stringify(user);
      return add('users', {
        key: name,
        ...(certificate === undefined ? {} : { other: certificate }),
        record,
      });
    },
    async addToken(token) {
      await add('tokens', { key: token.id, other: token.hash, record: JSON.stringify(token) });
    },
    setPasswordHash: (name, passwordHash) =>
      change<User>('users', name, (user) => ({ ...user, passwordHash })),
    disableUser: (name) => change<User>('users', name, (user) => ({ ...user, disabled: true })),
    revokeToken: (id) => change<Token>('tokens', id, (token) => ({ ...token, revoked: true })),
  };
}
