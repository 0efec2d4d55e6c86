import type { Organisation, Token, User } from '../../domain/directory.ts';
import type { DirectoryStore } from '../port.ts';
import type { Database } from './database.ts';
import type { Generations } from './generations.ts';
import { parseStored, textOf, type Row } from './rows.ts';

type Reads = Pick<
  DirectoryStore,
  | 'listOrganisations'
  | 'findOrganisation'
  | 'findUser'
  | 'findUserByCertificate'
  | 'listUsers'
  | 'findTokenByHash'
  | 'listTokens'
  | 'directoryGeneration'
>;

function recordOf<T>(row: Row | undefined): T | undefined {
  return row && parseStored<T>(textOf(row, 'record'));
}

/** The reading half; `guard` turns driver errors into ours. */
export function createDirectoryReader(
  database: Database,
  generations: Generations,
  guard: <T>(read: () => T) => Promise<T>,
): Reads {
  const one = <T>(sql: string, value: string): Promise<T | undefined> =>
    guard(() => recordOf<T>(database.statement(sql).get(value)));
  const all = <T>(sql: string): Promise<readonly T[]> =>
    guard(() =>
      database
        .statement(sql)
        .all()
        .map((row) => parseStored<T>(textOf(row, 'record'))),
    );
  return {
    listOrganisations: () => all<Organisation>('SELECT record FROM organisations ORDER BY id'),
    findOrganisation: (id) => one<Organisation>('SELECT record FROM organisations WHERE id = ?', id),
    findUser: (name) => one<User>('SELECT record FROM users WHERE name = ?', name),
    findUserByCertificate: (subject) => one<User>('SELECT record FROM users WHERE certificate = ?', subject),
    listUsers: () => all<User>('SELECT record FROM users ORDER BY name'),
    findTokenByHash: (hash) => one<Token>('SELECT record FROM tokens WHERE hash = ?', hash),
    listTokens: () => all<Token>('SELECT record FROM tokens ORDER BY id'),
    directoryGeneration: () =>
      guard(() => {
        generations.look();
        return generations.directory();
      }),
  };
}

type Writes = Omit<DirectoryStore, keyof Reads>;

/** The writing half; `commit` runs its task in a transaction of its own. */
export function createDirectoryWriter(database: Database, commit: <T>(task: () => T) => Promise<T>): Writes {
  /** @returns whether a row was inserted, so whether its keys were free. */
  const insert = (table: string, row: readonly (string | null)[]): Promise<boolean> =>
    commit(() => {
      const result = database.statement(`INSERT OR IGNORE INTO ${table} VALUES (?, ?, ?)`).run(...row);
      return touch(Number(result.changes) > 0);
    });

  function touch(changed: boolean): boolean {
    const sql = `UPDATE meta SET value = value + 1 WHERE key = 'directory_generation'`;
    if (changed) database.statement(sql).run();
    return changed;
  }

  function change<T>(table: string, key: string, value: string, edit: (record: T) => T): Promise<boolean> {
    return commit(() => {
      const record = recordOf<T>(
        database.statement(`SELECT record FROM ${table} WHERE ${key} = ?`).get(value),
      );
      if (!record) return false;
      const update = database.statement(`UPDATE ${table} SET record = ? WHERE ${key} = ?`);
      update.run(JSON.stringify(edit(record)), value);
      return touch(true);
    });
  }

  return {
    addOrganisation: (org) => insert('organisations', [org.id, org.identity ?? null, JSON.stringify(org)]),
    addUser: (user) => insert('users', [user.name, user.certificate ?? null, JSON.stringify(user)]),
    async addToken(token) {
      await insert('tokens', [token.id, token.hash, JSON.stringify(token)]);
    },
    setPasswordHash: (name, passwordHash) =>
      change<User>('users', 'name', name, (user) => ({ ...user, passwordHash })),
    disableUser: (name) => change<User>('users', 'name', name, (user) => ({ ...user, disabled: true })),
    revokeToken: (id) => change<Token>('tokens', 'id', id, (token) => ({ ...token, revoked: true })),
  };
}
